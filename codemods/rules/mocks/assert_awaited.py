"""PAM307: calls that are awaited are asserted as awaits."""

from __future__ import annotations

from codemods.rules.base import Example
from codemods.rules.mocks._base import AsyncMockRule


class AssertAwaited(AsyncMockRule):
    """Asserts awaits of an AsyncMock instead of calls.

    ## What it does

    `assert_called_once_with` becomes `assert_awaited_once_with`, and so on for `assert_called`, `assert_called_once`,
    `assert_called_with`, `assert_any_call`, and for `assert_has_calls` if it only names plain `call(...)`s. `assert_not_called`,
    `mock_calls` and `method_calls` stay, and so does what a test says of calls where it says something of awaits as well.

    ## Why

    A call of an AsyncMock only makes a coroutine: if the code forgets to await it, `assert_called_once` still holds.

    ## Safety

    Safe only where every call is seen, be it in other files of the project, and each is awaited directly, so that a call is an
    await. For review where the mock may also be called out of sight, as one may that a patch puts in place of an async function.

    ## References

    - [unittest.mock: assert_awaited](https://docs.python.org/3/library/unittest.mock.html#unittest.mock.AsyncMock.assert_awaited)
    """

    code = "PAM307"
    name = "assert-awaited"
    summary = "Calls that are awaited are asserted as awaits"
    examples = (
        Example(
            "from unittest.mock import AsyncMock\n"
            "\n"
            "\n"
            "async def test_it():\n"
            "    send = AsyncMock()\n"
            "    await send(1)\n"
            "    send.assert_called_once_with(1)\n",
            "from unittest.mock import AsyncMock\n"
            "\n"
            "\n"
            "async def test_it():\n"
            "    send = AsyncMock()\n"
            "    await send(1)\n"
            "    send.assert_awaited_once_with(1)\n",
        ),
        Example(
            "import asyncio\n"
            "from unittest.mock import AsyncMock\n"
            "\n"
            "\n"
            "async def test_it():\n"
            "    send = AsyncMock()\n"
            "    task = asyncio.create_task(send(1))\n"
            "    send.assert_called_once_with(1)\n"
            "    await task\n",
            title="the call is awaited after the assertion",
        ),
    )
