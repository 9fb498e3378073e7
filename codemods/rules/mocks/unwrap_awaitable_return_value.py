"""PAM305: asyncMocks give the value, not an awaitable around it."""

from __future__ import annotations

from codemods.rules.base import Example
from codemods.rules.mocks._base import AsyncMockRule


class UnwrapAwaitableReturnValue(AsyncMockRule):
    """Takes the awaitable around a value away that an AsyncMock gives.

    ## What it does

    Writes `return_value=v` where an `AsyncMock`, or an async attribute of a mock with a spec, gives a finished future (`f = asyncio.Future(); f.set_result(v)`, also on the
    mock itself), what a helper of the file makes of `v`, or the call of an `async def` that only returns `v`. `set_exception(e)`
    becomes `side_effect=e`. The statements that only made the awaitable go. For a mock that isn't an AsyncMock yet, this is
    part of PAM301, PAM302 and PAM303.

    ## Why

    `Mock(return_value=future)` works when it is awaited; `AsyncMock(return_value=future)` gives the future itself.

    ## Safety

    Safe where the file shows every call of the mock and what becomes of its result; else for review: the code under test may
    await twice. Left alone where the future is used elsewhere, is set later or never, or its value can't be moved.

    ## References

    - [unittest.mock: AsyncMock](https://docs.python.org/3/library/unittest.mock.html#unittest.mock.AsyncMock)
    """

    code = "PAM305"
    name = "unwrap-awaitable-return-value"
    summary = "AsyncMocks give the value, not an awaitable around it"
    triggers = (*AsyncMockRule.triggers, b"spec")
    examples = (
        Example(
            "import asyncio\n"
            "from unittest.mock import AsyncMock\n"
            "\n"
            "\n"
            "async def test_it():\n"
            "    future = asyncio.Future()\n"
            "    future.set_result(3)\n"
            "    get = AsyncMock(return_value=future)\n"
            "    assert await get() == 3\n",
            "from unittest.mock import AsyncMock\n"
            "\n"
            "\n"
            "async def test_it():\n"
            "    get = AsyncMock(return_value=3)\n"
            "    assert await get() == 3\n",
        ),
        Example(
            "import asyncio\n"
            "from unittest.mock import Mock\n"
            "\n"
            "\n"
            "async def test_it():\n"
            "    get = Mock(return_value=asyncio.Future())\n"
            "    get.return_value.set_result(3)\n",
            title="nothing shows that it is awaited",
        ),
    )
