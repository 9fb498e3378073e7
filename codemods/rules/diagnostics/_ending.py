"""Calls that stop or close the event loop that runs them, or the current one of sync code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.analysis.loops.parameter import NAME, loop_parameter
from codemods.semantics.asyncio_names import CURRENT_LOOP, LOOP_GETTERS_OF_COROUTINES, asyncio_name
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, walk
from codemods.semantics.pytest.marks import aliased_value

_METHODS = frozenset({"stop", "close"})
_SCHEDULING = frozenset({"call_soon", "call_soon_threadsafe"})


@dataclass(frozen=True, slots=True)
class Ending:
    """A place that stops or closes a loop, and the function that does."""

    node: ast.Call
    function: Definition
    method: str


def endings(module: Module) -> Iterator[Ending]:
    """Yield the calls of ``stop`` and ``close`` on the running loop, in sync functions on the current one."""
    for call in module.nodes(ast.Call):
        method = _method(call, isinstance(module.parents[call], ast.Expr))
        function = module.function_of(call) if method is not None else None
        if method is None or not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if _is_its_loop(module, method.value, function) and not _is_replaced(function, method.attr):
            yield Ending(call, function, method.attr)


def _method(call: ast.Call, is_statement: bool) -> ast.Attribute | None:
    """Return ``loop.stop`` or ``loop.close`` of a call of it, or of one that has the loop call it at once.

    Who keeps the handle of the latter may cancel it.
    """
    func = call.func
    if not isinstance(func, ast.Attribute):
        return None
    if func.attr in _METHODS:
        return func
    given = call.args[0] if func.attr in _SCHEDULING and call.args and is_statement else None
    return given if isinstance(given, ast.Attribute) and given.attr == "stop" else None


def _is_its_loop(module: Module, node: ast.expr, function: Definition) -> bool:
    value = aliased_value(module, node) if isinstance(node, ast.Name) else node
    if value is None:
        parameter = loop_parameter(function) if isinstance(function, ast.AsyncFunctionDef) else None
        named = isinstance(node, ast.Name) and node.id == NAME
        return named and module.bindings_of(node) == [parameter]
    if not isinstance(value, ast.Call) or module.function_of(value) is not function:
        return False
    getters = LOOP_GETTERS_OF_COROUTINES if isinstance(function, ast.AsyncFunctionDef) else {CURRENT_LOOP}
    return asyncio_name(module.resolve(value.func)) in getters


def _is_replaced(function: Definition, method: str) -> bool:
    """Return whether a function may put something in the place of the loop's method."""
    for each in walk(function):
        if isinstance(each, ast.Constant) and each.value == method:
            return True
        if isinstance(each, ast.Attribute) and each.attr == method and not isinstance(each.ctx, ast.Load):
            return True
    return False
