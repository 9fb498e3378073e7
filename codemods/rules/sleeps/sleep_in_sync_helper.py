"""PAM404: sync helpers of async tests that call ``time.sleep``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.sleeps._helpers import Helper, sleeping_helpers
from codemods.semantics.pytest.owners import Owner, owners_of

_SYNC_HELPER = """\
import time

import pytest


def wait_until_expired(entry):
    while not entry.expired:
        time.sleep(0.01)


@pytest.mark.asyncio
async def test_expiry(cache):
    entry = await cache.set("a", 1, ttl=0.1)
    wait_until_expired(entry)
    assert await cache.get("a") is None
"""

_OF_BOTH = (
    _SYNC_HELPER
    + """

def test_sync(entry):
    wait_until_expired(entry)
"""
)


class SleepInSyncHelper(Rule):
    """Finds sync helpers that sleep while an event loop waits.

    ## What it does

    Lists `time.sleep` in sync functions of a test file that nothing but its coroutines call.

    ## Why

    The helper is sync, but the loop is stopped all the same: no task, callback or timeout runs while it sleeps. A helper
    that waits for something that a task does waits for ever.

    ## Safety

    Changes nothing: an async helper has to be awaited wherever it is called. Left alone: helpers that are passed on, to a
    thread for example, or that sync functions call, too, and where `sleep` or the clock is faked.

    ## References

    - [asyncio: running blocking code](https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code)
    """

    code = "PAM404"
    name = "sleep-in-sync-helper"
    summary = "A sync helper that only coroutines call stops their event loop by `time.sleep`"
    safety = Safety.MANUAL
    triggers = (b"sleep",)
    in_async_files = True
    examples = (
        Example(_SYNC_HELPER, title="a helper of an async test"),
        Example(_OF_BOTH, title="a sync test calls it, too"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each sleep."""
        for helper in sleeping_helpers(context.suite):
            owners = owners_of(context)
            if {owners.of(each) for each in _callers(context, helper)} == {Owner.ASYNCIO}:
                yield self.finding(context, helper.sleep, _message(helper))


def _callers(context: Context, helper: Helper) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for call in helper.calls:
        function = context.module.function_of(call)
        if isinstance(function, ast.AsyncFunctionDef):
            yield context.module.outermost(function)


def _message(helper: Helper) -> str:
    lines = ", ".join(str(each.lineno) for each in helper.calls[:5])
    return (
        f"`time.sleep` in `{helper.node.name}` stops the event loop of the coroutines that call it: make it `async def`, "
        f"write `await asyncio.sleep(...)`, and await its calls (line {lines})"
    )
