"""PAM925: tasks that wait for themselves or for each other."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.diagnostics._deadlocks import deadlocks


class DeadlockShape(Rule):
    """Finds code in which a task waits for ever for itself, or two wait for each other.

    ## What it does

    Lists, for locks, semaphores of one and conditions of asyncio, and for its queues:

    - a lock that is taken in a block that holds it,
    - `await f()`, `gather(f())`, a task or a task group in a block that holds a lock that `f` takes,
    - two locks that two functions take in opposite orders, with an `await` in between,
    - `queue.join()` after a `put`, where nobody in the file calls `task_done()` and nobody else has the queue.

    ## Why

    asyncio's locks aren't re-entrant: each of these hangs. Without pytest-timeout the run then stands still, and says
    nothing. Take the lock once and call a function that doesn't take it, take several locks in one order everywhere, and
    give a queue that is joined a consumer that calls `task_done()`.

    ## Safety

    Changes nothing, and runs only if selected. Passed over where a timeout bounds the wait, where an error is expected,
    and where the block releases the lock in between.

    ## References

    - [asyncio: locks](https://docs.python.org/3/library/asyncio-sync.html#lock)
    - [asyncio: Queue.join](https://docs.python.org/3/library/asyncio-queue.html#asyncio.Queue.join)
    """

    code = "PAM925"
    name = "deadlock-shape"
    summary = "A task waits for a lock that it holds itself, or for one that waits for it"
    safety = Safety.MANUAL
    default = False
    triggers = (b"Lock(", b"Semaphore(", b"Condition(", b".join()")
    examples = (
        Example(
            "import asyncio\n"
            "\n"
            "import pytest\n"
            "\n"
            "lock = asyncio.Lock()\n"
            "\n"
            "\n"
            "async def add(item):\n"
            "    async with lock:\n"
            "        items.append(item)\n"
            "\n"
            "\n"
            "@pytest.mark.asyncio\n"
            "async def test_add():\n"
            "    async with lock:\n"
            "        await add(1)\n",
            title="waits for what takes the lock, and holds it",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each place."""
        for each in deadlocks(context.suite):
            text = " ".join(context.module.segment(each.node).split())
            message = f"`{text}` {each.reason}"
            yield self.finding(context, each.node, message, evidence=(context.module.evidence(each.other),))
