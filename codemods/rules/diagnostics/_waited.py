"""Which functions of its file a block waits for: by ``await``, in a task that it awaits, or in a task group."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterator

from codemods.semantics.answers import Answer
from codemods.semantics.asyncio_names import TASK_MAKERS, asyncio_name
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import (
    coroutine_function,
    local_function,
    member,
    only_value,
    receiver_class,
)


def waited_functions(suite: Suite, block: ast.AsyncWith) -> Iterator[tuple[ast.expr, Definition]]:
    """Yield the functions that run while a block lasts, each with the place that waits for it."""
    module = suite.module
    for node in (each for statement in block.body for each in walk(statement)):
        if isinstance(node, ast.Await):
            for given in _given(module, node.value, block):
                if (function := _called(module, given)) is not None:
                    yield node, function
        elif isinstance(node, ast.Call) and _is_in_group(module, node, block):
            if node.args and (function := _called(module, node.args[0])) is not None:
                yield node, function


def _given(module: Module, node: ast.expr, block: ast.AsyncWith) -> list[ast.expr]:
    """Return the coroutines that an await waits for."""
    if isinstance(node, ast.Name):
        value = only_value(module, node)
        fresh = value is not None and _starts(module, value) and not _waits_between(module, value, block)
        return value.args[:1] if fresh and isinstance(value, ast.Call) else []
    if not isinstance(node, ast.Call):
        return []
    if module.resolve(node.func) == "asyncio.gather":
        return list(node.args)
    return node.args[:1] if _starts(module, node) else [node]


def _starts(module: Module, node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and asyncio_name(module.resolve(node.func)) in TASK_MAKERS


def _waits_between(module: Module, node: ast.expr, block: ast.AsyncWith) -> bool:
    """Return whether a task, started at ``node``, may have run before the block begins."""
    function = module.function_of(node)
    if function is not module.function_of(block) or function is None:
        return True
    if node.lineno > block.lineno:
        return False
    waits = _waits_in(module, function)
    following = bisect_right(waits, node.lineno)
    return following < len(waits) and waits[following] < block.lineno


@once
def _waits_in(module: Module, function: ast.AST) -> list[int]:
    waits = (ast.Await, ast.AsyncWith, ast.AsyncFor)
    return sorted(each.lineno for each in walk(function) if isinstance(each, waits))


def _is_in_group(module: Module, call: ast.Call, block: ast.AsyncWith) -> bool:
    """Return whether a call starts a task of a group that ends within a block."""
    func = call.func
    group = module.only_binding(func.value) if isinstance(func, ast.Attribute) and func.attr == "create_task" else None
    item = module.parents.get(group) if group is not None else None
    if not isinstance(item, ast.withitem) or not isinstance(item.context_expr, ast.Call):
        return False
    inside = module.parents[item] is not block and block in module.ancestors(item)
    return inside and module.resolve(item.context_expr.func) == "asyncio.TaskGroup"


def _called(module: Module, node: ast.expr) -> Definition | None:
    """Return the coroutine function of the file that a call calls: by its name, or as a method of the same object."""
    if not isinstance(node, ast.Call):
        return None
    found: ast.AST | None = local_function(module, node.func)
    if isinstance(node.func, ast.Attribute) and (owner := receiver_class(module, node.func.value)) is not None:
        found = member(module, owner, node.func.attr)
    is_async = coroutine_function(module, found) is Answer.ASYNC
    return found if is_async and isinstance(found, ast.AsyncFunctionDef) else None
