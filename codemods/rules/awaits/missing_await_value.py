"""PAM502: coroutines that are taken for what they would return."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from codemods.analysis.awaits.meant import is_about_warnings
from codemods.analysis.awaits.positions import are_values, binding, is_value, reads
from codemods.analysis.mocking.xfail import expected_errors
from codemods.model import Finding, Safety
from codemods.rules.awaits._coroutines import Coroutines
from codemods.rules.awaits._lost import Lost, awaiting, lost
from codemods.rules.awaits._raising import block_around
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.file.module import Module

_BEFORE = """\
import pytest


async def fetch(key):
    return {"key": key}


@pytest.mark.asyncio
async def test_fetch():
    assert fetch("a") is not None
    assert fetch("b")["key"] == "b"
"""

_AFTER = """\
import pytest


async def fetch(key):
    return {"key": key}


@pytest.mark.asyncio
async def test_fetch():
    assert await fetch("a") is not None
    assert (await fetch("b"))["key"] == "b"
"""

_NAMED = """\
import pytest


async def fetch():
    return 1


@pytest.mark.asyncio
async def test_fetch():
    found = fetch()
    assert found
"""

_PASSED = """\
import asyncio

import pytest


async def fetch(key):
    return key


@pytest.mark.asyncio
async def test_fetch():
    first, second = fetch("a"), fetch("b")
    assert await asyncio.gather(first, second) == ["a", "b"]
    later = fetch("c")
    assert await later == "c"
"""
_ERRORS = frozenset({"AttributeError", "BaseException", "Exception", "TypeError"})
"""What a coroutine raises that is taken for a value."""
_IN_SYNC = (
    "`{coroutine}` is async: this is a coroutine, and no result, and `{function}` can't await it, which is sync: "
    "make the test async, or run the coroutine"
)


class MissingAwaitValue(Rule):
    """Awaits calls of async functions whose result is used as a value.

    ## What it does

    Writes `await f()` where `f` is an `async def` for sure and its call stands in an assertion, a comparison or a
    condition, has an attribute or an item taken of it, is unpacked, calculated with, looped over or entered by `with`;
    and for `x = f()` where that is all that the function does with `x`, or where it does nothing with it.

    ## Why

    A coroutine is true, isn't `None`, and is equal to nothing else: `assert f()`, `assert f() is not None` and
    `assert f() != 1` hold whatever `f` would do, and nothing of its body runs.

    ## Safety

    Safe where the call itself is the value, in tests, fixtures and the coroutines that they define: what held, held
    without the function. Needs review where a name stands between, where other tasks run beside it, and in other coroutines of
    the file. A sync test or fixture can't await anything: what stands in one is listed without a fix.

    Left alone: a coroutine that is awaited later, returned, stored, or passed to anything; its own attributes, as `close`
    and `send`; what expects the error that a coroutine raises as a value; tests that are about warnings; and all that
    PAM501 leaves alone.

    ## References

    - [asyncio: coroutines](https://docs.python.org/3/library/asyncio-task.html#coroutines)
    """

    code = "PAM502"
    name = "missing-await-value"
    summary = "A call of an async function that is used as a value is awaited"
    safety = Safety.REVIEW
    triggers = (b"async def",)
    examples = (
        Example(_BEFORE, _AFTER),
        Example(_NAMED, _NAMED.replace("= fetch()", "= await fetch()"), title="a name between"),
        Example(_PASSED, title="awaited later, or by another function"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each such call."""
        values = list(_values(context.module))
        for found in lost(context, iter(values)):
            if _is_lost(context.module, found.call) and not _ERRORS & expected_errors(context.module, found.call):
                yield self._call(context, found)
        yield from self._in_sync(context, values)

    def _in_sync(self, context: Context, values: Iterable[ast.Call]) -> Iterator[Finding]:
        """Yield what sync tests and fixtures take for a result; they can't await it."""
        module, known = context.module, Coroutines(context.suite)
        owners = {*context.suite.fixture_nodes, *context.suite.test_nodes}
        for call in values:
            function = module.function_of(call)
            if not isinstance(function, ast.FunctionDef) or function not in owners or not _is_read(module, call):
                continue
            coroutine = known.called(call)
            if coroutine is None or is_about_warnings(module, function) or _ERRORS & expected_errors(module, call):
                continue
            message = _IN_SYNC.format(coroutine=coroutine.name, function=function.name)
            yield self.finding(context, call, message, evidence=coroutine.evidence)

    def _call(self, context: Context, found: Lost) -> Finding:
        module = context.module
        direct = is_value(module, found.call) and not isinstance(module.parents[found.call], ast.withitem)
        caught = expected_errors(module, found.call)
        return self.finding(
            context,
            found.call,
            f"`{found.coroutine.name}` is async: without `await` this is a coroutine, and no result{_note(module, found)}",
            edits=[awaiting(module, found.call)],
            safety=found.safety if direct and not caught else Safety.REVIEW,
            evidence=found.evidence,
        )


def _note(module: Module, found: Lost) -> str:
    if found.doubt is not None:
        return f"; {found.doubt.reason}"
    if isinstance(module.parents[found.call], ast.withitem):
        return "; what it gives may need an `async with`"
    name = binding(module, found.call)
    if name is None:
        return ""
    return "" if reads(module, name) else f"; nothing reads `{name.id}`"


def _values(module: Module) -> Iterator[ast.Call]:
    """Yield the calls that may be values; what is done with a name takes long to tell, and is looked at last."""
    for call in module.nodes(ast.Call):
        if (is_value(module, call) or binding(module, call)) and not _is_in_block(module, call):
            yield call


def _is_read(module: Module, call: ast.Call) -> bool:
    """Return whether a result is taken for a value where it stands, or wherever a name of it is read."""
    name = binding(module, call)
    if name is None:
        return True
    found = reads(module, name)
    return bool(found) and are_values(module, found or ())


def _is_lost(module: Module, call: ast.Call) -> bool:
    name = binding(module, call)
    if name is None:
        return True
    found = reads(module, name)
    return found is not None and are_values(module, found)


def _is_in_block(module: Module, call: ast.Call) -> bool:
    """Return whether an assignment is all that a block expects an error of: PAM503's."""
    parent = module.parents[call]
    return isinstance(parent, ast.Assign) and block_around(module, parent) is not None
