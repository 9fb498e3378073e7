"""PAM511: sync tests that run coroutines with ``asyncio.run``."""

from __future__ import annotations

from codemods.rules.awaits._base import DriverRule
from codemods.rules.base import Example

_BEFORE = """\
import asyncio

import pytest


@pytest.mark.parametrize("path", ["/", "/about"])
def test_get(path):
    response = asyncio.run(Client().get(path))
    assert response.status == 200
"""

_AFTER = """\
import pytest


@pytest.mark.asyncio
@pytest.mark.parametrize("path", ["/", "/about"])
async def test_get(path):
    response = await Client().get(path)
    assert response.status == 200
"""

_LEFT = """\
import asyncio


def test_cancelled():
    done = []

    async def main():
        asyncio.create_task(wait(done))
        await asyncio.sleep(0)

    asyncio.run(main())
    assert done == ["cancelled"]
"""


class AsyncioRun(DriverRule):
    """Sync tests that run coroutines with `asyncio.run` become async.

    ## What it does

    Makes the test `async def`, with its marker, and awaits what it ran: `asyncio.run(x)` becomes `await x`. For the rest, see
    PAM510, which does the same for loops.

    ## Why

    Such a test runs in a loop of its own, where no async fixture can be used, and it can call nothing that runs a loop
    itself.

    ## Safety

    Needs review: each `asyncio.run` had a loop and a context of its own, and cancelled the tasks that were left.
    Left alone, with the reason: what PAM510 leaves alone, `asyncio.run` with more arguments (`debug`, `loop_factory`), one
    that is measured by a clock, files with context variables, and coroutines that leave tasks behind, which
    `asyncio.run` cancels.

    ## References

    - [asyncio.run](https://docs.python.org/3/library/asyncio-runner.html#asyncio.run)
    """

    code = "PAM511"
    name = "asyncio-run"
    summary = "A sync test that runs coroutines with `asyncio.run` awaits them"
    by_run = True
    examples = (
        Example(_BEFORE, _AFTER),
        Example(_LEFT, title="a task that `asyncio.run` cancels"),
    )
