"""PAM312: a Mock in `async with` or `async for` becomes a MagicMock."""

from __future__ import annotations

from codemods.model import Safety
from codemods.rules.base import Example
from codemods.rules.mocks._base import MockRule


class AsyncContextManagerMock(MockRule):
    """Makes a Mock that is entered or iterated asynchronously one that can be.

    ## What it does

    Makes a `MagicMock` of a `Mock` that the file uses in `async with` or `async for`, unless it gives it an `__aenter__` or
    `__aiter__`. (A mock that is assigned to `__aenter__`, `__aexit__` or `__anext__` is awaited by Python itself: PAM303
    makes it an `AsyncMock`.) A child of an `AsyncMock` whose call is entered or iterated, as in
    `async with session.get(url) as response`, becomes a `MagicMock`, too.

    ## Why

    `Mock` has no magic methods. `MagicMock` has, since Python 3.8 the async ones too; an `AsyncMock` wouldn't do where the
    context manager is what a call gives, since its call gives a coroutine.

    ## Safety

    Review: an `async for` over a `MagicMock` without configuration ends at once, where the test had an error before.

    ## References

    - [unittest.mock: async magic methods](https://docs.python.org/3/library/unittest.mock.html#mocking-asynchronous-context-manager)
    """

    code = "PAM312"
    name = "async-cm-mock"
    summary = "A Mock in `async with` or `async for` becomes a MagicMock"
    safety = Safety.REVIEW
    pattern = rb"AsyncMock|async(?:[\s\\]|#[^\r\n]*[\r\n])+(?:with|for)\b"
    examples = (
        Example(
            "from unittest.mock import Mock\n"
            "\n"
            "\n"
            "async def test_it():\n"
            "    session = Mock()\n"
            "    async with session:\n"
            "        session.get(1)\n",
            "from unittest.mock import MagicMock\n"
            "\n"
            "\n"
            "async def test_it():\n"
            "    session = MagicMock()\n"
            "    async with session:\n"
            "        session.get(1)\n",
        ),
        Example(
            "from unittest.mock import AsyncMock, Mock\n"
            "\n"
            "\n"
            "async def test_it():\n"
            "    session = Mock()\n"
            "    session.__aenter__ = AsyncMock(return_value=1)\n"
            "    session.__aexit__ = AsyncMock(return_value=None)\n"
            "    async with session as found:\n"
            "        assert found == 1\n",
            title="it is given what it needs",
        ),
    )
