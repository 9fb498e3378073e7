"""PAM906: async tests that await nothing."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.diagnostics._awaiting_nothing import awaits_nothing, may_need_loop
from codemods.semantics.file.order import is_generator
from codemods.semantics.pytest.owners import Owner, owners_of
from codemods.semantics.pytest.runners import unknown_decorator

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


class AsyncTestWithoutAwait(Rule):
    """Finds async tests that could be sync.

    ## What it does

    Lists async tests without `await`, `async for` and `async with` that ask for no async fixture and name nothing that may
    need a running loop: no class, and nothing that is called a loop, task, client, ... Tests of a `TestCase` are left out.

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
        owners = owners_of(context)
        for test in found:
            if (
                awaits_nothing(test.node)
                and not is_generator(test.node)
                and not unknown_decorator(context.suite, test.node)
                and not may_need_loop(context, test.node)
                and owners.of(test.node) is Owner.ASYNCIO
            ):
                message = f"`{test.node.name}` awaits nothing: as a plain `def` it needs no event loop and no marker"
                yield self.finding(context, test.node, message)
