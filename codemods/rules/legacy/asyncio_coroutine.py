"""PAM706: coroutines written as generators become ``async def``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.fixture_args import decorator_root
from codemods.analysis.legacy.generator_coroutines import (
    Conversion,
    annotation_names,
    converted,
)
from codemods.analysis.legacy.generator_uses import GeneratorUses
from codemods.analysis.legacy.marked_generators import is_marked_generator
from codemods.analysis.legacy.yields import yields_by_function
from codemods.analysis.loops.decoration import Decoration, test_decoration
from codemods.edits.calls import replace_call
from codemods.edits.decorators import remove_decorators
from codemods.edits.functions import make_async
from codemods.edits.yields import Yielded
from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.legacy._about_coroutines import is_meant
from codemods.rules.legacy._called_coroutines import called_coroutines, given, imports_mocks
from codemods.rules.legacy._old_coroutines import awaited_return, other_coroutine
from codemods.semantics.decorators import OLD_COROUTINES
from codemods.semantics.file.order import Definition, walk
from codemods.semantics.pytest.marks import Decorator
from codemods.semantics.pytest.runners import automatic_runner, keeps_async, other_runner
from codemods.semantics.pytest.suite import Test

_GONE = "which Python 3.11 doesn't have any more"
_BEFORE = """\
import asyncio

import pytest


class Server:
    def __init__(self):
        self.lock = asyncio.Lock()

    @asyncio.coroutine
    def answer(self):
        with (yield from self.lock):
            yield from asyncio.sleep(0.01)
        return 42


@pytest.mark.asyncio
def test_answer():
    assert (yield from Server().answer()) == 42
"""

_AFTER = """\
import asyncio

import pytest


class Server:
    def __init__(self):
        self.lock = asyncio.Lock()

    async def answer(self):
        async with self.lock:
            await asyncio.sleep(0.01)
        return 42


@pytest.mark.asyncio
async def test_answer():
    assert await Server().answer() == 42
"""

_LEFT = """\
import asyncio


def numbers():
    yield 1
    yield 2


@asyncio.coroutine
def answer():
    yield from numbers()
    return 42
"""


class AsyncioCoroutine(Rule):
    """Writes `async def` and `await` for `@asyncio.coroutine` and `yield from`.

    ## What it does

    Makes functions under `@asyncio.coroutine` `async def`, at every depth of a file: tests, fixtures, helpers, methods. So
    it makes tests that are generators under an asyncio mark. `yield from x` becomes `await x`, without the parentheses
    that it doesn't need, `with (yield from lock):` becomes `async with lock:`, a bare `yield` becomes
    `await asyncio.sleep(0)`. Of `Generator[A, B, T]` as the annotation of the result only `T` stays. `asyncio.coroutine(…)`,
    called with a mock or a lambda, becomes an `AsyncMock`.

    ## Why

    `asyncio.coroutine` is gone since Python 3.11, and `with (yield from lock)` since 3.9. pytest 8.4 and newer refuse tests
    that are generators, and with them all others of their file or class.

    ## Safety

    Safe where the function only yields from what is known to be awaitable: what asyncio gives, and calls of coroutines that
    the file or the project defines, and the file does nothing with the function but call it. Needs review elsewhere, and
    always in tests that weren't coroutines and where an `AsyncMock` is written: `await` refuses plain generators, over which `yield from` may iterate. Left alone, with the reason: functions that yield values or from
    something that can't be awaited, that are iterated over or looked into, and functions without a `yield` whose result may be awaitable,
    since `asyncio.coroutine` awaits it. Passed over are those that depend on Python's version or whose deprecation warning
    is expected. Coroutines of tornado, of twisted and of `types.coroutine` are never touched.

    ## References

    - [Python 3.11: removed](https://docs.python.org/3/whatsnew/3.11.html#removed)
    - [PEP 492](https://peps.python.org/pep-0492/)
    - [pytest: yield tests](https://docs.pytest.org/en/stable/deprecations.html#yield-tests)
    """

    code = "PAM706"
    name = "asyncio-coroutine"
    summary = "A coroutine with `yield from` becomes `async def` with `await`"
    triggers = (b"coroutine", b"yield from")
    pattern = rb"\bcoroutine\b|yield from"
    examples = (
        Example(_BEFORE, _AFTER),
        Example(_LEFT, title="what it yields from isn't awaitable"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each coroutine of the old kind, and for each marked test that is a generator."""
        yields = yields_by_function(context.module)
        uses = GeneratorUses(context.suite, yields)
        tests = {each.node: each for each in context.suite.tests}
        for each in called_coroutines(context.module):
            yield self._named(context, each)
        for node in context.module.definitions:
            decorator = next((each for each in context.suite.decorators(node) if each.name in OLD_COROUTINES), None)
            if decorator is not None:
                if is_meant(context.module, node):
                    continue
                yield self._coroutine(context, node, decorator, yields.get(node, []), uses, tests.get(node))
            elif node in yields and node in tests and is_marked_generator(context, tests[node], yields[node]):
                yield self._test(context, node, converted(context, node, yields[node]))

    def _named(self, context: Context, node: ast.expr) -> Finding:
        message = (
            f"`{context.module.segment(node.func if isinstance(node, ast.Call) else node)}` is gone since Python 3.11"
        )
        if not isinstance(node, ast.Call):
            return self.finding(context, node, message)
        found = given(context.suite, node)
        written = context.reference("unittest.mock.AsyncMock", node, bare=imports_mocks(context.module))
        if found.obstacle is not None or written is None:
            reason = found.obstacle or "AsyncMock is another name here"
            return self.finding(context, node, f"{message}; left alone: {reason}")
        edit = replace_call(context.module, node, f"{written.text}({found.text})")
        return self.finding(
            context, node, f"{message}: an AsyncMock does the same", edits=[edit], imports=written.imports,
            released=tuple(each.id for each in walk(node) if isinstance(each, ast.Name)), safety=Safety.REVIEW,
        )  # fmt: skip

    def _coroutine(
        self, context: Context, node: Definition, decorator: Decorator, mine: list[Yielded],
        uses: GeneratorUses, test: Test | None,
    ) -> Finding:  # fmt: skip
        module = context.module
        message = f"`{node.name}` is a coroutine by `asyncio.coroutine`, {_GONE}"
        removed = remove_decorators(module, node, [decorator.index])
        released = (decorator_root(module, decorator), *annotation_names(node))
        if isinstance(node, ast.AsyncFunctionDef):
            return self.finding(context, node, message, edits=[removed], released=released, safety=Safety.SAFE)
        found = converted(context, node, mine)
        obstacle = other_coroutine(context, node, decorator) or found.obstacle or uses.obstacle(node)
        if obstacle is None and not mine and (result := awaited_return(context.suite, node)) is not None:
            obstacle = f"`asyncio.coroutine` awaits `{result}` if it can; write `return await` if it should"
        changes = _decoration(context, test)
        if obstacle is not None or changes is None:
            return self.finding(context, node, f"{message}; left alone: {obstacle or 'pytest is another name here'}")
        doubts = [*found.doubts, *uses.doubts(node), *_doubts(context, node, decorator)]
        edits = [removed, *changes.edits, make_async(module, node), *found.edits]
        return self.finding(
            context, node, "; ".join((message, *doubts[:1])), edits=edits, imports=(*found.imports, *changes.imports),
            released=released, safety=Safety.REVIEW if doubts else Safety.SAFE, also=changes.also,
        )  # fmt: skip

    def _test(self, context: Context, node: Definition, found: Conversion) -> Finding:
        message = f"`{node.name}` is a generator, and not a coroutine: pytest 8.4 and newer refuse it"
        edits = [make_async(context.module, node), *found.edits]
        return self.finding(
            context, node, "; ".join((message, *found.doubts[:1])), edits=edits, imports=found.imports,
            released=tuple(annotation_names(node)), safety=Safety.REVIEW, also=("PAM903",),
        )  # fmt: skip


def _decoration(context: Context, test: Test | None) -> Decoration | None:
    """Return what marks a test that becomes async, unless it isn't pytest-asyncio's."""
    if test is None or test.test_case or test.doubt or other_runner(context, test.node):
        return Decoration(())
    if automatic_runner(context.config, context.project) is not None:
        return Decoration(())
    return test_decoration(context, test)


def _doubts(context: Context, node: Definition, decorator: Decorator) -> Iterator[str]:
    """Yield what can't be told of a function beside its body."""
    if node in context.suite.fixture_nodes:
        yield "its tests get what it returns"
    for each in context.suite.decorators(node):
        if each.index != decorator.index and not keeps_async(context.module, each):
            yield f"`{context.module.segment(each.node)}` has to take an async function"
