"""A sync test or fixture that asks for a loop, as an async one that doesn't."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.analysis.loops.async_fixtures import doubt
from codemods.analysis.loops.becoming_async import fixture_obstacles, obstacles
from codemods.analysis.loops.decoration import fixture_decoration, test_decoration
from codemods.analysis.loops.drivers import drivers_in
from codemods.analysis.loops.parameter import NAME
from codemods.analysis.loops.running import annotated_names, first_line, leftover
from codemods.analysis.loops.uses import LoopUses
from codemods.edits.calls import insert_await
from codemods.edits.functions import make_async, remove_parameter
from codemods.model import Edit, Import, Released
from codemods.semantics.answers import Answer
from codemods.semantics.asyncio_names import TASK_READERS
from codemods.semantics.file.bodies import returns
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, is_generator, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.reach import Reach
from codemods.semantics.pytest.suite import Fixture, Test
from codemods.semantics.pytest.values.awaitable import awaitable


@dataclass(frozen=True, slots=True)
class MadeAsync:
    """The edits, with what they need and free, and the rules whose work they include."""

    edits: tuple[Edit, ...]
    imports: tuple[Import, ...]
    released: tuple[Released, ...]
    also: tuple[str, ...]


def made_async(context: Context, each: Test | Fixture, uses: LoopUses, name: str = NAME) -> MadeAsync | None:
    """Return what makes a test or fixture async; None where a name that it needs is taken, or its scope isn't known."""
    module, node = context.module, each.node
    changes = fixture_decoration(context, each) if isinstance(each, Fixture) else test_decoration(context, each)
    added = first_line(context, node, name) if uses.is_read else ((), ())
    if changes is None or added is None:
        return None
    awaited = _awaited(context, each) if isinstance(each, Test) else ()
    parameter = remove_parameter(module, node, name)
    edits = (make_async(module, node), parameter, *added[0], *uses.edits, *awaited, *changes.edits)
    released: tuple[Released, ...] = (*annotated_names(node, name), *leftover(module, node, name), *changes.released)
    return MadeAsync(edits, (*added[1], *uses.imports, *changes.imports), released, changes.also)


def _given(context: Context, test: Test) -> list[ast.expr]:
    """Return what a test returns, apart from what a loop of its own gives it."""
    driven = set(drivers_in(context.module, test.node))
    return [each.value for each in returns(test.node) if each.value is not None and each.value not in driven]


def _awaited(context: Context, test: Test) -> list[Edit]:
    """Return the edits that await what a test returns: pytest-asyncio awaits the test alone."""
    given = (each for each in _given(context, test) if isinstance(each, ast.Call))
    return [insert_await(context.module, each) for each in given if awaitable(context.suite, each) is Answer.ASYNC]


def _returned(context: Context, test: Test) -> Iterator[str]:
    """Yield that a test returns what may have to be awaited, and that isn't known to be a coroutine."""
    for each in _given(context, test):
        answer = awaitable(context.suite, each)
        if answer is Answer.UNKNOWN or (answer is Answer.ASYNC and not isinstance(each, ast.Call)):
            yield f"`{context.module.segment(each)}`, which it returns, may have to be awaited"


def stays_sync(context: Context, reach: Reach, each: Test | Fixture, uses: LoopUses) -> Iterator[str]:
    """Yield why a test or fixture can't become async."""
    yield from obstacles(context, reach, each.node)
    yield from uses.obstacles
    own = reach.closure(each.node) - context.suite.fixture_nodes | {each.node}
    if any(_reads_tasks(context.module, function) for function in own):
        yield "it looks which tasks there are, and its own would be one of them"
    if isinstance(each, Fixture):
        yield from fixture_obstacles(context, each)
        yield from filter(None, (doubt(context, each),))
        return
    yield from _returned(context, each)
    if is_generator(each.node):
        yield "pytest doesn't run a test that yields"
    elif any(mark.name is None for mark in context.suite.marks(each.node)):
        yield "it can't be told which marks it has"


@once
def _reads_tasks(module: Module, node: Definition) -> bool:
    """Say whether a function reads the tasks of asyncio, or of a library that has the same for older versions."""
    names = (each for each in walk(node) if isinstance(each, (ast.Name, ast.Attribute)))
    return any((module.resolve(each) or "").rpartition(".")[2] in TASK_READERS for each in names)
