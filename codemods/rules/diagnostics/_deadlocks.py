"""Shapes of code in which a task waits for ever for what it holds itself, or for what waits for it."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codemods.analysis.awaits.primitives import QUEUES, kind_of
from codemods.analysis.mocking.xfail import is_expected_to_raise
from codemods.rules.diagnostics._bounded import is_bounded
from codemods.rules.diagnostics._locks import Locks, Taken
from codemods.rules.diagnostics._waited import waited_functions
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.suite import Suite

_STRAIGHT = (ast.AsyncWith, ast.With, ast.withitem, ast.Expr, ast.Assign, ast.Await, ast.Call, ast.Starred, ast.For)
_OWN_USES = frozenset({"put", "put_nowait", "get", "get_nowait", "join", "qsize", "empty", "full"})

_AGAIN = (
    "takes `{}` where the same task holds it: locks of asyncio aren't re-entrant, and it waits for itself for ever; "
    "take it once"
)
_WAITS = (
    "waits for `{}`, which takes `{}`, in the block that holds it: each waits for the other for ever; wait after the "
    "block, or call a function that doesn't take the lock"
)
_CROSSED = (
    "takes `{}` before `{}`, and `{}` takes them in the opposite order: if both run, each waits for the "
    "other for ever; take them in one order everywhere"
)
_UNDONE = (
    "waits until `task_done()` is called for each item of `{}`, and nobody calls it: it waits for ever; start a "
    "consumer that does"
)


@dataclass(frozen=True, slots=True)
class Deadlock:
    """A place where a task stands still: what it does, and the place of which it waits."""

    node: ast.AST
    reason: str
    other: ast.AST


def deadlocks(suite: Suite) -> Iterator[Deadlock]:
    """Yield the shapes of a file that nothing ends after a time."""
    locks = Locks(suite)
    found = [*_again(suite, locks), *_in_what_it_waits_for(suite, locks), *_crossed(suite, locks), *_unconsumed(suite)]
    for each in sorted(found, key=lambda one: suite.module.span(one.node).line):
        if not is_bounded(suite.module, each.node) and not is_expected_to_raise(suite.module, each.node):
            yield each


def _again(suite: Suite, locks: Locks) -> Iterator[Deadlock]:
    """Yield where a function takes a lock that it holds."""
    for outer, inner in _held(suite.module, locks):
        if inner.lock == outer.lock:
            yield Deadlock(inner.node, _AGAIN.format(_text(suite, outer.node)), outer.node)


def _held(module: Module, locks: Locks) -> list[tuple[Taken, Taken]]:
    """Return the pairs of which the first is held where the second is taken, by the places of the first."""
    by_block: defaultdict[ast.AST | None, list[int]] = defaultdict(list)
    for index, each in enumerate(locks.taken):
        by_block[each.block].append(index)
    pairs = sorted(
        (outer, index)
        for index, inner in enumerate(locks.taken)
        for parent in module.ancestors(inner.node)
        for outer in by_block.get(parent, ())
    )
    found = [(locks.taken[outer], locks.taken[inner]) for outer, inner in pairs]
    return [(outer, inner) for outer, inner in found if _holds(module, outer, inner.node)]


def _holds(module: Module, taken: Taken, node: ast.AST) -> bool:
    """Return whether a lock is held wherever a place is reached, which is whenever its block runs to the end."""
    if taken.block is None or module.function_of(node) is not taken.function or _is_released(module, taken.block):
        return False
    items = [each.context_expr for each in taken.block.items]
    if node in items:
        return items.index(node) > items.index(taken.node)
    for parent in module.ancestors(node):
        if parent is taken.block:
            return True
        if not isinstance(parent, _STRAIGHT):
            return False
    return False


@once
def _is_released(module: Module, block: ast.AsyncWith) -> bool:
    return any(isinstance(each, ast.Attribute) and each.attr in ("release", "wait") for each in walk(block))


def _in_what_it_waits_for(suite: Suite, locks: Locks) -> Iterator[Deadlock]:
    """Yield where a function holds a lock and waits for a function that takes it."""
    for taken in locks.taken:
        if taken.block is None:
            continue
        for node, function in waited_functions(suite, taken.block):
            if _holds(suite.module, taken, node) and any(
                each.lock == taken.lock for each in locks.always_taken_by(function)
            ):
                yield Deadlock(node, _WAITS.format(function.name, _text(suite, taken.node)), taken.node)


def _crossed(suite: Suite, locks: Locks) -> Iterator[Deadlock]:
    """Yield where two functions take two locks in opposite orders, and one lets the other run in between."""
    pairs = [(outer, inner) for outer, inner in _held(suite.module, locks) if outer.lock != inner.lock]
    alone = {*suite.test_nodes, *suite.fixture_nodes}
    for one, other in _opposite(pairs):
        if one[0].function is not other[0].function and {one[0].function, other[0].function} - alone:
            if _waits_between(*one) or _waits_between(*other):
                names = (_text(suite, other[0].node), _text(suite, other[1].node), one[0].function.name)
                yield Deadlock(other[1].node, _CROSSED.format(*names), one[1].node)


def _opposite(pairs: Sequence[tuple[Taken, Taken]]) -> Iterator[tuple[tuple[Taken, Taken], tuple[Taken, Taken]]]:
    """Yield the pairs of pairs that take the same two locks in opposite orders."""
    by_locks: defaultdict[tuple[object, object], list[int]] = defaultdict(list)
    for index, (outer, inner) in enumerate(pairs):
        by_locks[outer.lock, inner.lock].append(index)
    for index, (outer, inner) in enumerate(pairs):
        others = by_locks.get((inner.lock, outer.lock), [])
        for other in others[bisect_right(others, index) :]:
            yield pairs[index], pairs[other]


def _waits_between(outer: Taken, inner: Taken) -> bool:
    block = outer.block.body if outer.block is not None else []
    waits = [each for statement in block for each in walk(statement) if isinstance(each, ast.Await)]
    return any(each.lineno < inner.node.lineno for each in waits)


def _unconsumed(suite: Suite) -> Iterator[Deadlock]:
    """Yield where a function waits until a queue is done with that nobody says anything is done of."""
    module = suite.module
    for node in module.nodes(ast.Await) if "task_done" not in module.text else ():
        func = node.value.func if isinstance(node.value, ast.Call) else None
        if not isinstance(func, ast.Attribute) or func.attr != "join" or not isinstance(func.value, ast.Name):
            continue
        if kind_of(suite, func.value) in QUEUES and (put := _put(module, func.value)) is not None:
            yield Deadlock(node, _UNDONE.format(func.value.id), put)


def _put(module: Module, queue: ast.Name) -> ast.AST | None:
    """Return where the same function has put something in a queue that it gives to nobody."""
    bindings = module.scopes.lookup(queue.id, queue)[1]
    uses = [module.parents[each] for each in module.reads(bindings[0], queue.id)] if bindings else []
    if not all(isinstance(each, ast.Attribute) and each.attr in _OWN_USES for each in uses):
        return None
    before = (each for each in uses if isinstance(each, ast.Attribute) and each.lineno < queue.lineno)
    puts = (each for each in before if each.attr.startswith("put"))
    return next((each for each in puts if module.function_of(each) is module.function_of(queue)), None)


def _text(suite: Suite, node: ast.expr) -> str:
    text = suite.module.segment(node.value.func.value if isinstance(node, ast.Await) else node)  # type: ignore[attr-defined]
    return " ".join(text.split())
