"""PAM911: waits of a test that nothing ends."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.analysis.awaits.primitives import FUTURE, Wait
from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.diagnostics._unbounded import unbounded_waits
from codemods.semantics.file.order import Definition


class UnboundedWait(Rule):
    """Finds waits of an async test that last for ever if another task doesn't do its part.

    ## What it does

    Lists `await queue.get()`, `queue.join()`, `event.wait()`, `condition.wait()`, `barrier.wait()`, `lock.acquire()` and
    `await future` in async tests and fixtures, of objects of asyncio that the file makes, if nothing bounds the time:
    no `asyncio.wait_for`, no `asyncio.timeout` or other block of that kind, no `timeout` of pytest-timeout.

    ## Why

    Where the code under test forgets to set the event, such a test doesn't fail: pytest hangs until somebody stops the
    run, and doesn't say in which test. `await asyncio.wait_for(event.wait(), 5)` fails with `TimeoutError` at that line.

    ## Safety

    Changes nothing, and runs only if selected: which time is enough is for the project to say. Passed over where the test
    itself has done before what it waits for.

    ## References

    - [asyncio: timeouts](https://docs.python.org/3/library/asyncio-task.html#timeouts)
    - [pytest-timeout](https://pypi.org/project/pytest-timeout/)
    """

    code = "PAM911"
    name = "unbounded-wait"
    summary = "A test waits for something without a timeout"
    safety = Safety.MANUAL
    default = False
    triggers = (b".get()", b".join()", b".wait(", b".acquire()", b"uture(")
    pattern = rb"\b(?:Queue|LifoQueue|PriorityQueue|Event|Barrier|Lock|\w*Semaphore|Condition|Future|create_future)\("
    examples = (
        Example(
            "import asyncio\n"
            "\n"
            "import pytest\n"
            "\n"
            "\n"
            "@pytest.mark.asyncio\n"
            "async def test_called_back():\n"
            "    called = asyncio.Event()\n"
            "    await subscribe(called.set)\n"
            "    await called.wait()\n",
            title="hangs if the code never calls back",
        ),
        Example(
            "import asyncio\n"
            "\n"
            "import pytest\n"
            "\n"
            "\n"
            "@pytest.mark.asyncio\n"
            "async def test_called_back():\n"
            "    called = asyncio.Event()\n"
            "    await subscribe(called.set)\n"
            "    await asyncio.wait_for(called.wait(), 5)\n",
            title="no finding: fails after five seconds",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each wait."""
        for function, wait in unbounded_waits(context.suite):
            yield self.finding(context, wait.node, _message(context, function, wait))


def _message(context: Context, function: Definition, wait: Wait) -> str:
    text = " ".join(context.module.segment(wait.node).split())
    inner = " ".join(context.module.segment(wait.node.value).split())
    what = "no other task finishes it" if wait.kind == FUTURE else "no other task does its part"
    return (
        f"`{text}` in `{function.name}` has no timeout: if {what}, pytest hangs instead of failing; "
        f"`await asyncio.wait_for({inner}, seconds)` fails here"
    )
