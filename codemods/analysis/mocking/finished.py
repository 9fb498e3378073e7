"""Awaitables that a file makes only to hand a value on: finished futures, their helpers, trivial coroutines."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from codemods.analysis.mocking.futures import (
    Finished,
    coroutine,
    helper,
    is_new_future,
    is_setter,
    made,
    value_set,
)
from codemods.semantics.access_path import AccessPath
from codemods.semantics.answers import Answer
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import single_assignment, walk
from codemods.semantics.file.reaching_bindings import block_of, names_bound_by, reaching
from codemods.semantics.memo import once
from codemods.semantics.pytest.values.instances import coroutine_function, local_function
from codemods.semantics.pytest.values.mocks import mock_class

_DEPTH = 8


@once
def finished(module: Module, node: ast.expr, depth: int = _DEPTH) -> Finished | None:
    """Return the value behind a finished future or trivial coroutine, or None if an expression is anything else."""
    if isinstance(node, ast.Name):
        return _named(module, node, depth - 1) if depth else None
    if not isinstance(node, ast.Call):
        return None
    function = local_function(module, node.func)
    if function is None:
        dotted = module.resolve(node.func)
        known = module.answers.future_helper(AccessPath.imported(dotted)) if dotted else None
        return made(known, node) if known is not None else None
    if coroutine_function(module, function) is Answer.ASYNC:
        return coroutine(module, function, node)
    found = helper(module, function) if coroutine_function(module, function) is Answer.SYNC else None
    return made(found, node) if found is not None else None


def _named(module: Module, node: ast.Name, depth: int) -> Finished | None:
    """Look at ``f = Future()`` and ``f.set_result(v)``, if nothing else but ``node`` uses the name."""
    binding = reaching(module, node)
    statement = module.parents.get(binding) if binding else None
    stored = single_assignment(statement)
    if not isinstance(binding, ast.Name) or not isinstance(statement, (ast.Assign, ast.AnnAssign)) or stored is None:
        return None
    value = stored[1]
    loads = names_bound_by(module, binding)
    if loads is None:
        return None
    others = [each for each in loads if each is not node]
    if is_new_future(module, value):
        return _set_once(module, statement, others)
    found = finished(module, value, depth) if not others else None
    return Finished(found.value, found.raises, (*found.removed, statement), statement) if found else None


def _set_once(module: Module, statement: ast.stmt, others: list[ast.Name]) -> Finished | None:
    attribute = module.parents[others[0]] if len(others) == 1 else None
    call = module.parents[attribute] if isinstance(attribute, ast.Attribute) else None
    expression = module.parents[call] if call is not None and is_setter(call) else None
    if not isinstance(call, ast.Call) or not isinstance(expression, ast.Expr):
        return None
    block = block_of(module, statement)
    if expression not in block or _may_be_awaited(module, block[block.index(statement) + 1 : block.index(expression)]):
        return None
    found = value_set(call)
    return Finished(found.value, found.raises, (statement, expression), expression)


def _may_be_awaited(module: Module, statements: Sequence[ast.stmt]) -> bool:
    """Say whether a loop may run while these do; no call runs one while the function itself runs in it."""
    here = module.function_of(statements[0]) if statements else None
    inside = [each for one in statements for each in walk(one) if module.function_of(each) is here]
    if any(isinstance(each, (ast.Await, ast.AsyncWith, ast.AsyncFor)) for each in inside):
        return True
    calls = [each for each in inside if isinstance(each, ast.Call)]
    known = all(mock_class(module, each) or is_new_future(module, each) for each in calls)
    return not known and not isinstance(here, ast.AsyncFunctionDef)
