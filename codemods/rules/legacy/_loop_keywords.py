"""Calls of asyncio that pass a ``loop``, which Python 3.10 stopped taking."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.analysis.legacy.conditions import expectation, replaced
from codemods.analysis.loops.uses import is_current_loop
from codemods.semantics.asyncio_names import COROUTINE_FUNCTIONS, RUNNING_LOOP, asyncio_name
from codemods.semantics.file.arguments import arguments, keyword
from codemods.semantics.file.module import Module

_COROUTINES = COROUTINE_FUNCTIONS - {"to_thread"}
_EAGER = frozenset({"as_completed", "gather", "shield"})
"""Those that take the loop at once, so that in sync code it isn't the one that was passed."""
_PRIMITIVES = frozenset({"BoundedSemaphore", "Condition", "Event", "LifoQueue", "Lock", "PriorityQueue", "Queue",
                         "Semaphore"})  # fmt: skip
_WITHOUT_LOOP = _COROUTINES | _EAGER | _PRIMITIVES
_SUBMODULES = frozenset({"asyncio.locks", "asyncio.queues", "asyncio.streams", "asyncio.subprocess", "asyncio.tasks"})


@dataclass(frozen=True, slots=True)
class LoopKeyword:
    """A call that passes a loop; ``index`` is the place of the argument."""

    call: ast.Call
    name: str
    keyword: ast.keyword
    index: int
    obstacle: str | None
    """Why it has to stay."""
    is_eager: bool
    """Whether the call takes a loop of its own before one runs."""
    is_expected: bool
    """Whether something around it waits for it to fail, or chooses it by a version."""


def loop_keywords(module: Module) -> Iterator[LoopKeyword]:
    """Yield the calls that fail for their ``loop``."""
    for call in module.nodes(ast.Call):
        given = keyword(call, "loop")
        if given is None or (name := _name(module, call)) is None:
            continue
        if module.is_in_f_string(call):
            continue
        eager = name in _EAGER and not isinstance(module.function_of(call), ast.AsyncFunctionDef)
        expected = expectation(module, call)
        obstacle = expected or _obstacle(module, call, name, given.value)
        yield LoopKeyword(call, name, given, arguments(call).index(given), obstacle, eager, expected is not None)


def _name(module: Module, call: ast.Call) -> str | None:
    owner, _, name = (module.resolve(call.func) or "").rpartition(".")
    return name if name in _WITHOUT_LOOP and owner in {"asyncio", *_SUBMODULES} else None


def _obstacle(module: Module, call: ast.Call, name: str, value: ast.expr) -> str | None:
    if not _is_plain(module, value):
        return f"`{module.segment(value)}` may do more than give a loop"
    if replaced(module, frozenset({name})) is not None:
        return f"a fake may stand in the place of `{name}`"
    return None


def _is_plain(module: Module, node: ast.expr) -> bool:
    """Say whether nothing is lost when an expression isn't evaluated."""
    while isinstance(node, ast.Attribute):
        node = node.value
    if isinstance(node, ast.Call):
        return is_current_loop(module, node) or asyncio_name(module.resolve(node.func)) == RUNNING_LOOP
    return isinstance(node, (ast.Name, ast.Constant))
