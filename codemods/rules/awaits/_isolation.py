"""What a test may owe to the loop and the context that each ``asyncio.run`` has for itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.analysis.awaits.closures import Closure
from codemods.analysis.awaits.file_drives import FileDrives
from codemods.analysis.sleeping.clocks import read_behind
from codemods.semantics.asyncio_names import LOOP_GETTERS_OF_COROUTINES, TASK_MAKERS, asyncio_name
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, last_name, walk
from codemods.semantics.memo import once

_CONTEXT = re.compile(r"ContextVar$|^decimal\..*context|contextvars\.|_contextvars$")
_OWN = LOOP_GETTERS_OF_COROUTINES | {"current_task"}
_LOOP = re.compile(r"loop", re.I)


def isolation_obstacles(module: Module, found: FileDrives, closure: Closure) -> Iterator[str]:
    """Yield why what a closure runs would do something else in one loop and one context."""
    if _uses_context(module):
        yield "a context variable that a coroutine sets would be seen after it"
    if not any(map(found.drives.runs_of, closure.functions)):
        return
    for node in closure.functions:
        if _LOOP.search(node.name):
            yield f"`{node.name}` may be about the loop that `asyncio.run` makes"
        if any(read_behind(module, call, node) for call in found.drives.runs_of(node)):
            yield "a clock measures `asyncio.run`, and how long the loop takes to end is part of that"
    reached = set(closure.functions)
    for outer in {module.outermost(each) for each in closure.functions}:
        reached |= found.reach.closure(outer)
    for each in sorted(reached, key=lambda one: one.lineno):
        if (own := _kept_loop_or_task(module, each)) is not None:
            yield f"`{module.segment(own.func)}` in line {own.lineno} gives another one under each `asyncio.run`"
        if (call := _left_task(module, each)) is not None:
            yield f"`asyncio.run` cancels what is left of the task of line {call.lineno}, and an await doesn't"


@once
def _uses_context(module: Module) -> bool:
    return any(_CONTEXT.search(module.resolve(each.func) or "") for each in module.nodes(ast.Call))


@once
def _kept_loop_or_task(module: Module, node: Definition) -> ast.Call | None:
    """Return a call that gets the loop or the task for something else than to use it: to return, keep or compare it."""
    for each in walk(node):
        if isinstance(each, ast.Call) and asyncio_name(module.resolve(each.func)) in _OWN:
            parent = module.parents[each]
            kept = isinstance(parent, ast.Call) and getattr(parent.func, "attr", "") in ("add", "append")
            if kept or isinstance(parent, (ast.Return, ast.Compare)):
                return each
    return None


@once
def _left_task(module: Module, node: Definition) -> ast.Call | None:
    """Return a call that begins a task for which a function doesn't wait."""
    for each in walk(node):
        if isinstance(each, ast.Call) and last_name(each.func) in TASK_MAKERS:
            parent = module.parents[each]
            target = parent.targets[0] if isinstance(parent, ast.Assign) else None
            if isinstance(parent, ast.Expr) or (
                isinstance(target, ast.Name) and target.id not in _awaited(module, node)
            ):
                return each
            if isinstance(target, ast.Attribute) and target.attr not in _awaited(module, module.tree):
                return each
    return None


@once
def _awaited(module: Module, node: ast.AST) -> frozenset[str]:
    """Return the names in what is awaited below a node."""
    awaited = (each.value for each in walk(node) if isinstance(each, ast.Await))
    inner = (each for value in awaited for each in walk(value))
    named = (each for each in inner if isinstance(each, (ast.Name, ast.Attribute)))
    return frozenset(each.id if isinstance(each, ast.Name) else each.attr for each in named)
