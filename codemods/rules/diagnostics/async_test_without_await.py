"""PAM906: async tests that await nothing."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.diagnostics._awaiting_nothing import awaits_nothing, may_need_loop
from codemods.semantics.file.order import Definition, is_generator
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.loop_scopes import runs_on_asyncio
from codemods.semantics.pytest.marks import Level
from codemods.semantics.pytest.owners import Owner, owners_of
from codemods.semantics.pytest.runners import unknown_decorator
from codemods.semantics.pytest.suite import Test

_NOTHING_AWAITED = """\
import pytest


@pytest.mark.asyncio
async def test_name(user):
    assert user.name == "Ada"
"""

_ON_A_LOOP = """\
import asyncio

import pytest


@pytest.mark.asyncio
async def test_clock(clock):
    assert clock.loop is asyncio.get_running_loop()
"""
_SHARED = (Level.CLASS, Level.MODULE)


class AsyncTestWithoutAwait(Rule):
    """Finds async tests that could be sync.

    ## What it does

    Lists async tests without `await`, `async for` and `async with` that ask for no async fixture and name nothing that may
    need a running loop: no class, and nothing that is called a loop, task, client, ... Left out are tests of a `TestCase`, those
    that nothing runs yet (PAM101), and those whose marker is that of their class or module: pytest-asyncio warns of sync tests
    under it.

    ## Why

    A sync test says that nothing in it waits, needs no marker, and is run by every runner. It is off by default: a suite may
    well have all of its tests async.

    ## Safety

    Changes nothing: what a test calls may need a running loop, and not say so.

    ## References

    - [ruff RUF029](https://docs.astral.sh/ruff/rules/unused-async/), which has no fix
    """

    code = "PAM906"
    name = "async-test-without-await"
    summary = "An async test awaits nothing"
    safety = Safety.MANUAL
    default = False
    triggers = (b"async def",)
    examples = (
        Example(_NOTHING_AWAITED, title="nothing is awaited"),
        Example(_ON_A_LOOP, title="it needs the running loop"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each test."""
        found = [
            each for each in context.suite.tests if each.is_async and each.test_case is None and each.doubt is None
        ]
        for test in found:
            if _could_be_sync(context, test.node) and _is_ours(context, test):
                message = f"`{test.node.name}` awaits nothing: as a plain `def` it needs no event loop and no marker"
                yield self.finding(context, test.node, message)


def _could_be_sync(context: Context, function: Definition) -> bool:
    if not awaits_nothing(function) or is_generator(function) or unknown_decorator(context.suite, function):
        return False
    return not may_need_loop(context, function)


def _is_ours(context: Context, test: Test) -> bool:
    """Say whether pytest-asyncio runs a test, and not by a mark of its class or module, of which a sync one warns."""
    if any(each.name == "asyncio" and each.level in _SHARED for each in context.suite.marks(test.node)):
        return False
    return runs_on_asyncio(Declaration(context, test.node)) and owners_of(context).of(test.node) is Owner.ASYNCIO
