"""PAM308: the counts of an awaited mock are those of its awaits."""

from __future__ import annotations

from codemods.model import Safety
from codemods.rules.base import Example
from codemods.rules.mocks._base import AsyncMockRule


class AwaitCounts(AsyncMockRule):
    """Reads how often an AsyncMock was awaited, and with what, instead of called.

    ## What it does

    `call_count` becomes `await_count`, `call_args` becomes `await_args`, and `call_args_list` `await_args_list`, of an
    AsyncMock that is awaited wherever it is called, as far as that is seen. `called` and `mock_calls` have no counterpart.
    Where an assertion about its calls can't move (PAM307), the counts stay too. So does what says that there were no calls, or
    at most so many (`call_count == 0`, `call_args is None`): that nothing was awaited would say less. A count stays as well
    where the same test reads its counterpart.

    ## Why

    A call of an AsyncMock only makes a coroutine: if the code forgets to await it, `call_count` is still 1.

    ## Safety

    Review: between the call and the await of a coroutine the two differ.

    ## References

    - [unittest.mock: await_count](https://docs.python.org/3/library/unittest.mock.html#unittest.mock.AsyncMock.await_count)
    """

    code = "PAM308"
    name = "await-counts"
    summary = "Calls that are awaited are counted as awaits"
    safety = Safety.REVIEW
    examples = (
        Example(
            "from unittest.mock import AsyncMock\n"
            "\n"
            "\n"
            "async def test_it():\n"
            "    send = AsyncMock()\n"
            "    await send(1)\n"
            "    assert send.call_count == 1\n"
            "    assert send.call_args[0] == (1,)\n",
            "from unittest.mock import AsyncMock\n"
            "\n"
            "\n"
            "async def test_it():\n"
            "    send = AsyncMock()\n"
            "    await send(1)\n"
            "    assert send.await_count == 1\n"
            "    assert send.await_args[0] == (1,)\n",
        ),
        Example(
            "import asyncio\n"
            "from unittest.mock import AsyncMock\n"
            "\n"
            "\n"
            "async def test_it():\n"
            "    send = AsyncMock()\n"
            "    task = asyncio.create_task(send(1))\n"
            "    assert send.call_count == 1\n"
            "    await task\n",
            title="the call is awaited after it is counted",
        ),
    )
