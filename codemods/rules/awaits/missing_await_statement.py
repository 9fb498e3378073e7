"""PAM501: coroutines that a statement makes and nothing awaits."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.awaits.meant import is_about_warnings
from codemods.analysis.mocking.xfail import is_expected_to_raise
from codemods.model import Finding, Safety
from codemods.rules.awaits._coroutines import Coroutines
from codemods.rules.awaits._lost import Lost, awaiting, lost
from codemods.rules.awaits._raising import block_around
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.file.module import Module

_BEFORE = """\
import asyncio

import pytest


class Cache:
    def __init__(self):
        self.data = {}

    async def put(self, key, value):
        self.data[key] = value


@pytest.mark.asyncio
async def test_put():
    cache = Cache()
    cache.put("a", 1)
    asyncio.sleep(0)
    assert cache.data == {"a": 1}
"""

_TASK = """\
import asyncio

import pytest


async def work():
    await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_work():
    task = asyncio.create_task(work())
    await task
"""

_UNKNOWN = """\
import pytest


@pytest.mark.asyncio
async def test_send(client):
    client.send(1)
"""


class MissingAwaitStatement(Rule):
    """Awaits calls of async functions that stand as statements.

    ## What it does

    Writes `await f()` for a statement `f()` in a coroutine, where `f` is an `async def` for sure: one of the file, one of
    the project or of what is installed, found through imports, or one of asyncio's own, such as `asyncio.sleep`.

    ## Why

    Calling an async function only makes a coroutine. Nothing of its body runs, the test goes on without it, and passes
    unless it checks what should have happened. Python says `coroutine ... was never awaited`, which pytest lists among
    its warnings.

    ## Safety

    Safe in tests, fixtures and the coroutines that they define: a test that fails with the `await` passed only because
    that call did nothing. For review in other coroutines of the file, whose callers it may not show; where an error
    is expected or caught around the statement, which the call may raise from now on; where it runs beside other
    coroutines or tasks, whose order changes; and where an assertion behind it says what may hold only because the call
    did nothing: that something is empty or as it was before. A sync test or fixture can't await anything: what stands in
    one is listed without a fix.

    Decided by what is called, never by its name alone. Left alone: mocks and what the file, or a
    fixture, base class or helper of another one, may replace, functions
    with decorators that may make something else of them, async generators, sync functions that return something to await,
    and tests that are about warnings.

    ## References

    - [asyncio: detect never-awaited coroutines](https://docs.python.org/3/library/asyncio-dev.html#detect-never-awaited-coroutines)
    - [mypy: unused-coroutine](https://mypy.readthedocs.io/en/stable/error_code_list.html#check-that-coroutine-return-value-is-used-unused-coroutine)
    """

    code = "PAM501"
    name = "missing-await-statement"
    summary = "A statement that calls an async function awaits it"
    triggers = (b"async def",)
    examples = (
        Example(
            _BEFORE,
            _BEFORE.replace("    cache.put", "    await cache.put").replace(
                "    asyncio.sleep", "    await asyncio.sleep"
            ),
        ),
        Example(_TASK, title="what a task runs"),
        Example(_UNKNOWN, title="it isn't known what the fixture gives"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each such statement."""
        for found in lost(context, _statements(context.module)):
            yield self._call(context, found)
        known = Coroutines(context.suite)
        for call, function in _in_sync(context):
            if (coroutine := known.called(call)) is not None and not is_about_warnings(context.module, function):
                message = (
                    f"`{coroutine.name}` is async, and a call of it does nothing until it is awaited, which "
                    f"`{function.name}` can't: it is sync"
                )
                yield self.finding(context, call, message, evidence=coroutine.evidence)

    def _call(self, context: Context, found: Lost) -> Finding:
        safety, note = found.safety, f"; {found.doubt.reason}" if found.doubt is not None else ""
        if is_expected_to_raise(context.module, found.call):
            safety, note = Safety.REVIEW, "; an error is expected or caught around it"
        return self.finding(
            context,
            found.call,
            f"`{found.coroutine.name}` is async, and a call of it does nothing until it is awaited{note}",
            edits=[awaiting(context.module, found.call)],
            safety=safety,
            evidence=found.evidence,
        )


def _statements(module: Module) -> Iterator[ast.Call]:
    for node in module.nodes(ast.Expr):
        if isinstance(node.value, ast.Call) and block_around(module, node) is None:
            yield node.value


def _in_sync(context: Context) -> Iterator[tuple[ast.Call, ast.FunctionDef]]:
    """Yield the statements of sync tests and fixtures that call something."""
    owners = {*context.suite.fixture_nodes, *(test.node for test in context.suite.tests)}
    for call in _statements(context.module):
        function = context.module.function_of(call)
        if isinstance(function, ast.FunctionDef) and function in owners:
            yield call, function
