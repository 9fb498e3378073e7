"""PAM923: a test that stops or closes the loop that runs it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.loops.own_loops import own_loop_uses
from codemods.analysis.mocking.xfail import is_expected_to_raise
from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.diagnostics._ending import Ending, endings
from codemods.semantics.pytest.test_cases import PLAIN_CASE

_INSTEAD = "do it in a sync test, to a loop of its own: `loop = asyncio.new_event_loop()`"
_CONSEQUENCES = {
    "close": "which raises `RuntimeError: Cannot close a running event loop`",
    "stop": "so that its next await, the clean-up of its async fixtures, or what next runs on that loop ends with "
    "`RuntimeError: Event loop stopped before Future completed`",
}


class StoppedLoop(Rule):
    """Finds tests and fixtures that stop or close the loop that runs them.

    ## What it does

    Lists `stop()` and `close()` of the running loop in async tests and fixtures, and `loop.call_soon(loop.stop)`. In sync
    tests it lists `close()` of what `asyncio.get_event_loop()` gave, in files that set no loop.

    ## Why

    `close()` of a running loop always raises `RuntimeError: Cannot close a running event loop`. After `stop()` the next
    await of the test, the clean-up of its async fixtures, or the next test on the same loop ends with `RuntimeError: Event
    loop stopped before Future completed`: nothing of the error tells where the loop was stopped. A sync test that closes
    the current loop leaves it to the next one: up to Python 3.13 each sync test that asks for it then fails with
    `RuntimeError: Event loop is closed`.

    ## Safety

    Changes nothing: what the test is about has to run on a loop that it makes itself, as
    `loop = asyncio.new_event_loop()`, `loop.run_until_complete(...)`, `loop.close()` in a sync test. Loops that the test
    makes are passed over, and places that expect an error.

    ## References

    - [asyncio: running and stopping the loop](https://docs.python.org/3/library/asyncio-eventloop.html#running-and-stopping-the-loop)
    """

    code = "PAM923"
    name = "test-stops-its-loop"
    summary = "A test stops or closes the loop that runs it"
    safety = Safety.MANUAL
    triggers = (b"get_running_loop", b"get_event_loop", b"event_loop")
    pattern = rb"\.\s*(?:stop|close)\b"
    examples = (
        Example(
            "import asyncio\n"
            "\n"
            "import pytest\n"
            "\n"
            "\n"
            "@pytest.mark.asyncio\n"
            "async def test_close():\n"
            "    loop = asyncio.get_running_loop()\n"
            "    client = await connect()\n"
            "    loop.stop()\n"
            "    client.close()\n",
            title="the running loop is stopped",
        ),
        Example(
            "import asyncio\n"
            "\n"
            "\n"
            "def test_close():\n"
            "    loop = asyncio.new_event_loop()\n"
            "    client = loop.run_until_complete(connect())\n"
            "    loop.close()\n"
            "    client.close()\n",
            title="no finding: a loop of its own",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each place."""
        for ending in endings(context.module):
            if (message := _message(context, ending)) and not is_expected_to_raise(context.module, ending.node):
                yield self.finding(context, ending.node, message)


def _message(context: Context, ending: Ending) -> str | None:
    suite, node = context.suite, ending.function
    test = next((each for each in suite.tests if each.node is node), None)
    text = f"`{context.module.segment(ending.node)}`"
    if isinstance(node, ast.AsyncFunctionDef):
        runs = test.test_case != PLAIN_CASE if test else node in suite.fixture_nodes
        ends = "closes" if ending.method == "close" else "stops"
        reason = f"{text} {ends} the loop that runs `{node.name}`, {_CONSEQUENCES[ending.method]}; {_INSTEAD}"
        return reason if runs else None
    if test is None or ending.method != "close" or _sets_loops(context) or _goes(context, ending):
        return None
    return (
        f"{text} closes the current loop, which the next sync test gets: up to Python 3.13 `RuntimeError: Event loop is "
        "closed`; make a loop of its own: `loop = asyncio.new_event_loop()`"
    )


def _sets_loops(context: Context) -> bool:
    return "set_event_loop" in context.module.text


def _goes(context: Context, ending: Ending) -> bool:
    """Return whether the loop goes when the test becomes async."""
    uses = own_loop_uses(context.module, ending.function)
    return uses is not None and not uses.obstacles
