"""PAM513: async functions that run a loop, which fails while theirs is running."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.analysis.awaits.drives import Drives
from codemods.analysis.awaits.file_drives import file_drives
from codemods.analysis.loops.awaiting import awaiting
from codemods.analysis.loops.drivers import Driver, driver
from codemods.analysis.loops.making import Made, made_loop
from codemods.model import Finding, Safety
from codemods.rules.awaits._obstacles import says_of_loops
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition
from codemods.semantics.pytest.marks import aliased_value
from codemods.semantics.pytest.owners import Owner, owners_of

_BEFORE = """\
import asyncio

import pytest


@pytest.mark.asyncio
async def test_get(client):
    assert asyncio.run(client.get()) == 42
"""

_AFTER = """\
import pytest


@pytest.mark.asyncio
async def test_get(client):
    assert await client.get() == 42
"""

_LEFT = """\
import asyncio

import pytest


@pytest.mark.asyncio
async def test_get(client):
    def get():
        return asyncio.run(client.get())

    assert await asyncio.to_thread(get) == 42
"""


class DriverInAsyncTest(Rule):
    """Async tests, and the coroutines of their files, await what they run in a loop.

    ## What it does

    Writes `await x` for `asyncio.run(x)` and `loop.run_until_complete(x)` in an `async def` itself, and for a helper of the
    project that does nothing else with `x`.

    ## Why

    A loop can't run while another one is running: "asyncio.run() cannot be called from a running event loop", "This event
    loop is already running".

    ## Safety

    Safe: such a call always raises. Needs review where the file imports `nest_asyncio`, under which it works.
    Passed over: files that call `nest_asyncio.apply`. Left alone: calls in a lambda or in a function inside of the test, which may run in a thread; tests that expect the error or to fail;
    loops that may be something else; functions of another library's runner.

    ## References

    - [asyncio.run](https://docs.python.org/3/library/asyncio-runner.html#asyncio.run)
    """

    code = "PAM513"
    name = "driver-in-async-test"
    summary = "An async function awaits what it runs in a loop, which always raises"
    triggers = (b"run",)
    pattern = rb"async[ \t]+def"
    examples = (
        Example(_BEFORE, _AFTER),
        Example(_LEFT, title="a thread may run a loop of its own"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each coroutine that an async function runs instead of awaiting it."""
        if not context.suite.is_test_module and not context.suite.fixtures:
            return
        known = file_drives(context.suite)
        drives = known.drives
        if _is_nested(context.module):
            return
        if not (running := list(_in_async(context.module, drives))):
            return
        owners = owners_of(context)
        for found, function in running:
            outer = context.module.outermost(function)
            if says_of_loops(context.module, outer) or any(each.name == "xfail" for each in context.suite.marks(outer)):
                continue
            if not _expects_error(context.module, found.call) and owners.of(outer) is Owner.ASYNCIO:
                yield from self._await(context, drives, found, function)

    def _await(self, context: Context, drives: Drives, found: Driver, function: Definition) -> Iterator[Finding]:
        module = context.module
        changes = awaiting(module, found, function)
        if changes is None:
            return
        name = module.segment(found.call.func)
        safety = Safety.REVIEW if _nested(context) or not _is_run(context, function) else self.safety
        unless = ", unless `nest_asyncio` lets it" if _nested(context) else ""
        yield self.finding(
            context, found.call, f"`{name}` raises where a loop is running, as in `async def {function.name}`{unless}",
            edits=changes.edits, imports=changes.imports, released=drives.released(found.call), safety=safety,
        )  # fmt: skip


def _in_async(module: Module, drives: Drives) -> Iterator[tuple[Driver, Definition]]:
    """Yield what async functions themselves run."""
    for function in module.nodes(ast.AsyncFunctionDef):
        for call in drives.direct.get(function, ()):
            found = driver(module, call)
            if found is not None and (found.loop is None or _is_loop(module, found.loop)):
                yield found, function
        for drive in drives.by_function.get(function, ()):
            yield drive.driver, function


def _is_loop(module: Module, loop: ast.expr) -> bool:
    return made_loop(module, aliased_value(module, loop) or loop) is Made.PLAIN


def _expects_error(module: Module, call: ast.Call) -> bool:
    """Say whether a call stands in a ``with`` or a ``try`` that may be there for the error that it raises."""
    for each in module.ancestors(call):
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            return False
        if isinstance(each, ast.Try) and each.handlers:
            return True
        if isinstance(each, (ast.With, ast.AsyncWith)) and any(
            re.search("raises|suppress", ast.unparse(item), re.I) for item in each.items
        ):
            return True
    return False


def _is_nested(module: Module) -> bool:
    """Say whether the file lets loops run in each other."""
    calls = module.nodes(ast.Call) if "nest_asyncio" in module.text else []
    return any(module.resolve(each.func) == "nest_asyncio.apply" for each in calls)


def _nested(context: Context) -> bool:
    return "nest_asyncio" in context.module.text


def _is_run(context: Context, function: Definition) -> bool:
    """Say whether a function runs in a loop, as tests and fixtures do; others may be for a thread."""
    is_test = function in context.suite.test_nodes
    return function in context.suite.fixture_nodes or (is_test and function not in context.module.generators)
