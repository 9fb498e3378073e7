"""Tasks that a test or fixture makes, and what it does with them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from codemods.analysis.awaits.positions import binding, reads
from codemods.semantics.asyncio_names import LOOP_GETTERS_OF_COROUTINES, TASK_MAKERS, asyncio_name
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import position, walk
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import only_value


@dataclass(frozen=True, slots=True)
class Task:
    """A call that makes a task, the test or fixture that makes it, and the places that read its only name."""

    call: ast.Call
    function: ast.AsyncFunctionDef
    name: str | None = None
    reads: tuple[ast.Name, ...] = ()


def tasks(suite: Suite) -> Iterator[Task]:
    """Yield the tasks of a file's async tests and fixtures that nothing but one local name can hold."""
    owners = {*suite.fixture_nodes, *(test.node for test in suite.tests)}
    for call in suite.module.nodes(ast.Call):
        if _makes_task(suite.module, call):
            function = suite.module.function_of(call)
            if isinstance(function, ast.AsyncFunctionDef) and function in owners:
                yield from _task(suite.module, call, function)


def is_polled(module: Module, task: Task) -> bool:
    """Return whether a loop below a task sleeps: it waits for what the task does."""
    loops = (*module.inside(ast.For, task.function), *module.inside(ast.While, task.function))
    below = (each for each in loops if position(each) > position(task.call))
    return any(_sleeps(module, node) for each in below for node in walk(each))


def _sleeps(module: Module, node: ast.AST) -> bool:
    called = node.value if isinstance(node, ast.Await) else None
    return isinstance(called, ast.Call) and module.resolve(called.func) == "asyncio.sleep"


def coroutine_function(module: Module, task: Task) -> ast.AsyncFunctionDef | None:
    """Return the function of the file that runs as a task."""
    made = coroutine_call(task)
    found = module.only_binding(made.func) if made is not None else None
    return found if isinstance(found, ast.AsyncFunctionDef) and not found.decorator_list else None


def coroutine_call(task: Task) -> ast.Call | None:
    """Return the call whose coroutine runs as a task, where it stands among the arguments."""
    given = next(iter(task.call.args), None)
    return given if isinstance(given, ast.Call) else None


def catches(module: Module, handler: ast.ExceptHandler, errors: Collection[str]) -> bool:
    """Return whether a handler catches one of some errors by its name, or all there are."""
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(each is None or (module.resolve(each) or module.unbound_name(each)) in errors for each in caught)


def _task(module: Module, call: ast.Call, function: ast.AsyncFunctionDef) -> Iterator[Task]:
    if isinstance(module.parents[call], ast.Expr):
        yield Task(call, function)
    elif (name := binding(module, call)) is not None and (found := reads(module, name)) is not None:
        yield Task(call, function, name.id, tuple(found))


def _makes_task(module: Module, call: ast.Call) -> bool:
    if asyncio_name(module.resolve(call.func)) in TASK_MAKERS:
        return True
    func = call.func
    return isinstance(func, ast.Attribute) and func.attr == "create_task" and _is_loop(module, func.value)


def _is_loop(module: Module, node: ast.expr) -> bool:
    made = only_value(module, node) or node
    return isinstance(made, ast.Call) and asyncio_name(module.resolve(made.func)) in LOOP_GETTERS_OF_COROUTINES
