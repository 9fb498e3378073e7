"""PAM306: asyncMocks await their side effect themselves."""

from __future__ import annotations

from codemods.rules.base import Example
from codemods.rules.mocks._base import AsyncMockRule


class UnwrapSideEffect(AsyncMockRule):
    """Takes the awaitables away that the side effect of an AsyncMock gives.

    ## What it does

    `side_effect=lambda *a: coro(*a)` becomes `side_effect=coro`, `lambda x: done(v)` with a helper that makes a finished future
    becomes `lambda x: v`, and a list of finished futures a list of their values. For a mock that isn't an AsyncMock yet, this
    is part of PAM301, PAM302 and PAM303.

    ## Why

    An `AsyncMock` awaits its side effect only where that is a coroutine function: of a lambda that returns a coroutine, the
    caller gets the coroutine.

    ## Safety

    As PAM305.

    ## References

    - [unittest.mock: AsyncMock](https://docs.python.org/3/library/unittest.mock.html#unittest.mock.AsyncMock)
    """

    code = "PAM306"
    name = "unwrap-side-effect"
    summary = "AsyncMocks await their side effect themselves"
    triggers = (*AsyncMockRule.triggers, b"spec")
    examples = (
        Example(
            "from unittest.mock import AsyncMock\n"
            "\n"
            "\n"
            "async def double(x):\n"
            "    return 2 * x\n"
            "\n"
            "\n"
            "async def test_it():\n"
            "    get = AsyncMock(side_effect=lambda x: double(x))\n"
            "    assert await get(2) == 4\n",
            "from unittest.mock import AsyncMock\n"
            "\n"
            "\n"
            "async def double(x):\n"
            "    return 2 * x\n"
            "\n"
            "\n"
            "async def test_it():\n"
            "    get = AsyncMock(side_effect=double)\n"
            "    assert await get(2) == 4\n",
        ),
        Example(
            "from unittest.mock import AsyncMock\n"
            "\n"
            "\n"
            "async def test_it():\n"
            "    get = AsyncMock(side_effect=lambda x: 2 * x)\n"
            "    assert await get(2) == 4\n",
            title="it gives a plain value",
        ),
    )
