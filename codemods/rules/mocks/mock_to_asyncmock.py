"""PAM301: mocks that are awaited become AsyncMocks."""

from __future__ import annotations

from codemods.rules.base import Example
from codemods.rules.mocks._base import MockRule


class MockToAsyncMock(MockRule):
    """Makes mocks that are awaited AsyncMocks.

    ## What it does

    Calls `AsyncMock` instead of `Mock` or `MagicMock` where every call that is seen is awaited: directly, through
    `asyncio.wait_for`, `gather` and their like, in a helper or class that gets the mock, or by the users of the fixture that
    makes it. Code in other files of the project counts, and that of installed packages: a mock that is handed to
    `app.services.run(client)` is followed into it, two calls deep, through `self.client = client`, not through containers.
    Of an object that a test makes and keeps, only what the test comes to counts.
    Where the result of a call is used, `return_value=Mock()` keeps its kind, because what hangs below
    an AsyncMock is async. Awaitables that the mock gives (PAM305, PAM306) and assertions about its calls (PAM307) change with
    it.

    ## Why

    `await Mock()()` raises `TypeError: object Mock can't be used in 'await' expression`, and futures around every value hide
    what is meant.

    ## Safety

    Safe with an `await` and no use that speaks against it: without an awaitable to give, the test fails today. The finding
    names the file and line that awaits. For review where the value that it gives can't be known, where the mock is also
    handed to code that can't be followed, where a function returns what it gives and it isn't seen who awaits that, or where
    `except Exception` or `raises(Exception)` may hide the `TypeError` of a mock that can't be awaited.
    Left alone, with the reason (PAM915): mocks that are also called without `await`, be it by way of a function or property
    that returns what they give, whose attributes are used, whose name is bound several times, that raise `StopIteration`,
    whose `TypeError` a test or the code expects, whose result goes to another mock (`loop.create_task`) or is compared
    before anything awaits it, or that give what an unknown call makes: in a suite that passes, that is an awaitable. Mocks with a `spec` know by themselves what is async.

    ## References

    - [unittest.mock: AsyncMock](https://docs.python.org/3/library/unittest.mock.html#unittest.mock.AsyncMock)
    - [What's new in Python 3.8: unittest](https://docs.python.org/3/whatsnew/3.8.html#unittest)
    """

    code = "PAM301"
    name = "mock-to-asyncmock"
    summary = "Mocks that are awaited become AsyncMocks"
    examples = (
        Example(
            "from unittest.mock import Mock\n"
            "\n"
            "\n"
            "async def test_send():\n"
            "    send = Mock(return_value=3)\n"
            '    assert await send("x") == 3\n'
            '    send.assert_called_once_with("x")\n',
            "from unittest.mock import AsyncMock\n"
            "\n"
            "\n"
            "async def test_send():\n"
            "    send = AsyncMock(return_value=3)\n"
            '    assert await send("x") == 3\n'
            '    send.assert_awaited_once_with("x")\n',
        ),
        Example(
            "from unittest import mock\n"
            "\n"
            "\n"
            "async def test_get():\n"
            "    get = mock.MagicMock()\n"
            '    response = await get("x")\n'
            "    assert response.json() is not None\n",
            "from unittest import mock\n"
            "\n"
            "\n"
            "async def test_get():\n"
            "    get = mock.AsyncMock(return_value=mock.MagicMock())\n"
            '    response = await get("x")\n'
            "    assert response.json() is not None\n",
            title="the result is used: it stays what it was",
        ),
        Example(
            "from unittest.mock import Mock\n"
            "\n"
            "\n"
            "async def test_both():\n"
            "    call = Mock(return_value=1)\n"
            "    assert call() == 1\n"
            "    await call()\n",
            title="called without `await` too",
        ),
    )
