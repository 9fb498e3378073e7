"""Coroutine functions that are handed to others: who runs them, and in which thread, is up to those."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile

from codemods.analysis.loops.scheduling import is_scheduling
from codemods.semantics.decorators import MANAGERS, PROPERTIES
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, callee, last_name, single_assignment
from codemods.semantics.memo import once
from codemods.semantics.project.origins import dotted
from codemods.semantics.pytest.runners import has_asyncio_mark, keeps_async
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import methods_read

_IN_THREADS = re.compile(
    r"(?<!from_)thread(?!_?safe)|executor|worker|(?:\b|_)(?:submit|Process|Timer)$|pool\w*\.(?:apply|i?map|starmap)",
    re.I,
)
_THREADED = frozenset({"thread", "threaded", "in_thread", "use_thread"})
_WRAPS = frozenset({"functools.wraps", "functools.partial", "functools.partialmethod"})
_ASKS = re.compile(r"is(coroutine|asyncgen|awaitable)\w*|callable|hasattr|getattr|repr|str|type|id|partial")
_LIBRARIES = frozenset({"asyncio", "anyio", "curio", "trio"})
_BY_HAND = ("__await__", "send")
_MOST = 100
"""How many of the places that read a method, and of the functions that call each other, are looked at."""
_HOLDERS = (ast.keyword, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Starred, ast.IfExp, ast.Lambda)


@dataclass(frozen=True, slots=True)
class Handed:
    """Where a function is handed on, to what, and whether that speaks of threads."""

    function: Definition
    node: ast.expr
    taker: str
    in_thread: bool


def threaded_block(module: Module, node: ast.AST, function: Definition) -> ast.expr | None:
    """Return what an ``async with`` around a node enters that speaks of threads: its body may run in one."""
    for each in takewhile(lambda one: one is not function, module.ancestors(node)):
        items = each.items if isinstance(each, ast.AsyncWith) else []
        found = [item.context_expr for item in items if _speaks_of_threads(item.context_expr)]
        if found:
            return found[0]
    return None


@once
def handed_on(suite: Suite, function: Definition) -> Handed | None:
    """Return where a function, or one that it runs in, is handed to someone: to a thread, if to any."""
    found = [each for node in _running(suite, function) for each in _places(suite, node)]
    return next((each for each in found if each.in_thread), next(iter(found), None))


def _running(suite: Suite, function: Definition) -> list[Definition]:
    """Return the functions in which a function runs, itself included: those around it, and those that call it."""
    found = dict.fromkeys([function])
    waiting = [function]
    while waiting and len(found) < _MOST:
        node = waiting.pop()
        calls = filter(suite.module.is_called, _references(suite, node))
        around = map(suite.module.function_of, (node, *calls))
        new = {each: None for each in around if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))}
        waiting += [each for each in new if each not in found and not _is_pytests(suite, each)]
        found |= new
    return [*found]


def _is_pytests(suite: Suite, node: Definition) -> bool:
    return node in suite.test_nodes or node in suite.fixture_nodes


@once
def _references(suite: Suite, function: Definition) -> list[ast.expr]:
    """Return what reads a function: its name, and, for a method in a test, any attribute of that name there."""
    module, owner = suite.module, suite.module.class_of(function)
    names: list[ast.expr] = [*module.reads(function, function.name)]
    if owner is None:
        return names
    outermost = module.outermost(function)
    if outermost is function:
        return [*names, *methods_read(suite, owner, function.name)]
    return [*names, *_attributes(module).get((outermost, function.name), ())[:_MOST]]


@once
def _attributes(module: Module) -> Mapping[tuple[ast.AST, str], list[ast.Attribute]]:
    """Return the places that read or store an attribute, by the outermost function around them and its name."""
    found: defaultdict[tuple[ast.AST, str], list[ast.Attribute]] = defaultdict(list)
    for each in module.nodes(ast.Attribute):
        found[module.outermost(each), each.attr].append(each)
    return dict(found)


def _places(suite: Suite, function: Definition) -> Iterator[Handed]:
    if not _is_pytests(suite, function):
        yield from _decorating(suite, function)
        yield from _given(suite, function)
    elif function in suite.test_nodes and not has_asyncio_mark(suite.marks(function)):
        yield from _decorating(suite, function)


def _decorating(suite: Suite, function: Definition) -> Iterator[Handed]:
    """Look at the decorators of which it isn't known what they make of a function."""
    for each in suite.decorators(function):
        is_known = each.title in {*MANAGERS, *PROPERTIES, *_WRAPS} or last_name(callee(each.node)) in (
            "setter",
            "getter",
        )
        if not is_known and not keeps_async(suite.module, each):
            in_thread = _speaks_of_threads(each.node)
            yield Handed(function, each.node, suite.module.segment(callee(each.node)), in_thread)


def _given(suite: Suite, function: Definition) -> Iterator[Handed]:
    """Look at the calls that are given a function; what its own call gives counts only for threads."""
    module = suite.module
    for each in _references(suite, function):
        is_run = module.is_called(each)
        if (target := _stored_in(module, each)) is not None:
            yield Handed(function, each, target, in_thread=False)
        for call in _takers(module, module.parents[each] if is_run else each):
            in_thread = _speaks_of_threads(call)
            if in_thread or not (is_run or _is_known(module, call.func)):
                yield Handed(function, call, module.segment(call.func), in_thread)


def _stored_in(module: Module, reference: ast.expr) -> str | None:
    """Return what a function is stored in, from where anyone may run it."""
    stored = single_assignment(module.parents[reference])
    return module.segment(stored[0]) if stored is not None and stored[1] is reference else None


@once
def time_limits(suite: Suite, function: Definition) -> list[ast.Call]:
    """Return what limits by ``wait_for`` how long a function, or one that it runs in, may take."""
    module = suite.module
    reads = (each for node in _running(suite, function) for each in _references(suite, node) if module.is_called(each))
    takers = (call for each in reads for call in _takers(module, module.parents[each]))
    return [call for call in takers if last_name(call.func) == "wait_for"]


@once
def driven_by_hand(module: Module, function: Definition) -> ast.Attribute | None:
    """Return what runs a coroutine step by step in a function, without a loop."""
    found = (each for name in _BY_HAND for each in module.attributes.get(name, ()))
    return next((each for each in found if module.outermost(each) is function), None)


def _is_known(module: Module, taker: ast.expr) -> bool:
    """Return whether what takes a function runs it on the loop that is there, or doesn't run it."""
    is_library = (module.resolve(taker) or "").partition(".")[0] in _LIBRARIES
    return is_library or is_scheduling(taker) or _ASKS.fullmatch(last_name(taker)) is not None


def _takers(module: Module, node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that take a value as an argument, the nearest first."""
    for parent in module.ancestors(node):
        if isinstance(parent, ast.Call) and parent.func is not node:
            yield parent
        elif not isinstance(parent, _HOLDERS):
            return
        node = parent


def _speaks_of_threads(node: ast.expr) -> bool:
    """Return whether a call is of something named after threads, or says so by an argument."""
    keywords = node.keywords if isinstance(node, ast.Call) else []
    is_threaded = any(each.arg in _THREADED and not _is_false(each.value) for each in keywords)
    return is_threaded or _IN_THREADS.search(dotted(callee(node)) or last_name(callee(node))) is not None


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value
