"""How code ends a loop that it made, apart from closing it: it stops it, lets tasks finish, collects garbage."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from codemods.semantics.asyncio_names import asyncio_name
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import calls_in, stored_names, walk

CLOSING = frozenset({"close", "_close", "stop"})
ASKING = frozenset({"is_closed", "is_running"})
_FINISHING = frozenset({"shutdown_asyncgens", "shutdown_default_executor"})
_LATER = frozenset({"call_soon", "call_soon_threadsafe"})
_ALL_TASKS = frozenset({"all_tasks", "Task.all_tasks"})
_WAITING = frozenset({"gather", "wait", "sleep"})
_OF_TASKS = frozenset({"cancel", "cancelled", "done"})
_HARMLESS = frozenset({"contextlib.suppress", "list", "set"})
_SIMPLE = (ast.Assign, ast.Expr, ast.For, ast.With)
_LEAVING = (ast.Yield, ast.YieldFrom, ast.Return, ast.Raise, ast.Assert, ast.Global, ast.Nonlocal, ast.Import)


class LoopEnd:
    """Says which statements do nothing but end one of some loops, in their order."""

    def __init__(self, module: Module, loops: Collection[str], stops: bool) -> None:
        """Begin with the names of the loops, which may become more; ``stops`` is whether something stops them."""
        self._module = module
        self._loops = loops
        self._stops = stops
        self._tasks: set[str] = set()

    def is_by(self, node: ast.stmt) -> bool:
        """Return whether a statement only ends a loop, or what still runs on it."""
        calls = calls_in(node)
        if not calls or not isinstance(node, _SIMPLE) or any(isinstance(each, _LEAVING) for each in walk(node)):
            return False
        names = {*_bound_to(node, self._tasks, self._module)}
        self._tasks |= names
        return stored_names([node]) <= names and all(map(self._is_of_end, calls)) and not _stores_more(node)

    def _is_of_end(self, call: ast.Call) -> bool:
        name = self._module.resolve(call.func) or getattr(call.func, "id", "")
        if name in _HARMLESS or asyncio_name(name) in _ALL_TASKS | _WAITING:
            return asyncio_name(name) != "sleep" or self._is_run(call)
        return self._is_method(call)

    def _is_run(self, call: ast.Call) -> bool:
        parent = self._module.parents[call]
        return isinstance(parent, ast.Call) and self._owner(parent) in self._loops

    def _is_method(self, call: ast.Call) -> bool:
        method, owner = getattr(call.func, "attr", ""), self._owner(call)
        if owner in self._tasks:
            return method in _OF_TASKS
        if owner not in self._loops:
            return False
        if method in _LATER:
            return len(call.args) == 1 and self._is_stop(call.args[0])
        first = call.args[0] if len(call.args) == 1 else None
        runs = method == "run_until_complete" and (isinstance(first, ast.Call) or _name(first) in self._tasks)
        return method in CLOSING | ASKING | _FINISHING or runs or (method == "run_forever" and self._stops)

    def _is_stop(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Attribute) and node.attr in CLOSING and _name(node.value) in self._loops

    def _owner(self, call: ast.Call) -> str | None:
        return _name(call.func.value) if isinstance(call.func, ast.Attribute) else None


def _bound_to(node: ast.AST, tasks: Collection[str], module: Module) -> Iterator[str]:
    """Yield the names that a statement binds to the tasks of a loop, or to one of them."""
    for each in walk(node):
        if isinstance(each, (ast.For, ast.comprehension)):
            target, value = each.target, each.iter
        elif isinstance(each, ast.Assign) and len(each.targets) == 1:
            target, value = each.targets[0], each.value
        else:
            continue
        named = {_name(part) for part in walk(value)} & {*tasks}
        found = any(asyncio_name(module.resolve(call.func)) in _ALL_TASKS for call in calls_in(value))
        if isinstance(target, ast.Name) and (named or found):
            yield target.id


def _stores_more(node: ast.AST) -> bool:
    targets = (each for each in walk(node) if isinstance(each, (ast.Attribute, ast.Subscript)))
    return any(not isinstance(each.ctx, ast.Load) for each in targets)


def _name(node: ast.AST | None) -> str | None:
    return node.id if isinstance(node, ast.Name) else None
