"""PAM503: errors that are expected of a coroutine that nothing awaits."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.awaits.meant import is_about_warnings
from codemods.analysis.awaits.suspending import coroutine_around, safety_of
from codemods.model import Edit, Finding, Safety
from codemods.rules.awaits._blocks import block_edits
from codemods.rules.awaits._coroutines import Coroutine, Coroutines
from codemods.rules.awaits._lost import awaiting, enclosing
from codemods.rules.awaits._raising import Expecting, block_around, expecting, expects, is_raised_at_the_call
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import walk

_BEFORE = """\
import pytest


async def fetch(key):
    raise KeyError(key)


@pytest.mark.asyncio
async def test_block():
    with pytest.raises(KeyError):
        fetch("a")


@pytest.mark.asyncio
async def test_call():
    pytest.raises(KeyError, fetch, "a")
"""

_AFTER = """\
import pytest


async def fetch(key):
    raise KeyError(key)


@pytest.mark.asyncio
async def test_block():
    with pytest.raises(KeyError):
        await fetch("a")


@pytest.mark.asyncio
async def test_call():
    with pytest.raises(KeyError):
        await fetch("a")
"""

_CASE_BEFORE = """\
from unittest import IsolatedAsyncioTestCase


async def fetch(key):
    raise KeyError(key)


class TestFetch(IsolatedAsyncioTestCase):
    async def test_missing(self):
        self.assertRaises(KeyError, fetch, "a")
"""

_CASE_AFTER = _CASE_BEFORE.replace(
    'self.assertRaises(KeyError, fetch, "a")', 'with self.assertRaises(KeyError):\n            await fetch("a")'
)

_SYNC = """\
import pytest


async def fetch(key):
    raise KeyError(key)


def test_missing():
    with pytest.raises(KeyError):
        fetch("a")
"""
_SYNC_MESSAGE = "; await it in an async test: `{name}` is a sync function"


class RaisesWithoutAwait(Rule):
    """Awaits the async function of which an error is expected.

    ## What it does

    Writes `await f()` where a call of an async function is all that stands in a block of `pytest.raises`, `assertRaises`
    or `assertRaisesRegex`, and makes a block of `pytest.raises(E, f, *args)` and `self.assertRaises(E, f, *args)`.

    ## Why

    Calling an async function makes a coroutine and raises nothing, so that the test fails with `DID NOT RAISE`.

    ## Safety

    Safe: the test fails as it is. In coroutines other than tests, fixtures and those that they define, and where other tasks
    run beside it, it needs review.

    A sync function can't await anything: what stands in one is listed without a fix. Left alone: files in which nothing is
    async; expectations of `TypeError`, which a call raises by itself if its arguments don't fit; tests that are about
    warnings; and all that PAM501 leaves alone.

    ## References

    - [pytest.raises](https://docs.pytest.org/en/stable/reference/reference.html#pytest.raises)
    """

    code = "PAM503"
    name = "raises-without-await"
    summary = "An error that is expected of an async function is awaited"
    triggers = (b"raises(", b"assertRaises")
    in_async_files = True
    examples = (
        Example(_BEFORE, _AFTER),
        Example(_CASE_BEFORE, _CASE_AFTER, title="a test case"),
        Example(_SYNC, title="a sync test"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each block and each call."""
        known = Coroutines(context.suite)
        for call in _calls_in_blocks(context.module):
            if (coroutine := known.called(call)) is not None:
                yield from self._finding(context, call, coroutine, [awaiting(context.module, call)])
        for node in context.module.nodes(ast.Call):
            found = expecting(context.module, node) if expects(context.module, node) else None
            if found is not None and (coroutine := _expected(known, found)) is not None:
                if not is_raised_at_the_call(node, {"TypeError"}):
                    yield from self._finding(context, node, coroutine, block_edits(context.module, found))

    def _finding(
        self, context: Context, call: ast.Call, coroutine: Coroutine, edits: list[Edit] | None
    ) -> Iterator[Finding]:
        function = enclosing(context.module, call)
        outermost = context.module.outermost(function) if function is not None else None
        if function is None or outermost is None or is_about_warnings(context.module, outermost):
            return
        message = f"`{coroutine.name}` is async: a call of it raises nothing until it is awaited"
        if coroutine_around(context.module, call) is None:
            edits, note = None, _SYNC_MESSAGE.format(name=function.name)
        else:
            note = "" if edits else "; await it in a block"
        from codemods.analysis.sleeping.beside import runs_beside  # few files have such a call

        safety = safety_of(context, outermost) if edits else Safety.MANUAL
        place = runs_beside(context.suite, call, function, outermost) if safety is Safety.SAFE else None
        if place is not None:
            safety, note = Safety.REVIEW, "; what runs beside it gets its turn meanwhile"
        yield self.finding(
            context,
            call,
            message + note,
            edits=edits or [],
            safety=safety,
            evidence=(*coroutine.evidence, *filter(None, [place])),
        )


def _calls_in_blocks(module: Module) -> Iterator[ast.Call]:
    """Yield the calls that are all that is expected to raise an error."""
    statements: list[ast.Expr | ast.Assign] = [*module.nodes(ast.Expr), *module.nodes(ast.Assign)]
    for node in statements:
        if isinstance(node.value, ast.Call) and (block := block_around(module, node)) is not None:
            if not is_raised_at_the_call(block, {"TypeError"}):
                yield node.value


def _expected(known: Coroutines, found: Expecting) -> Coroutine | None:
    """Return the async function that is given, itself or as all that a lambda calls."""
    node = found.function
    if not isinstance(node, ast.Lambda):
        return known.named(node)
    bare = not found.args and not found.call.keywords and not any(isinstance(each, ast.arg) for each in walk(node))
    return known.called(node.body) if bare and isinstance(node.body, ast.Call) else None
