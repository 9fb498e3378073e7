"""PAM311: an AsyncMock that stands for something sync becomes a MagicMock."""

from __future__ import annotations

from codemods.model import Safety
from codemods.rules.base import Example
from codemods.rules.mocks._base import MockRule


class AsyncMockOverreach(MockRule):
    """Turns an AsyncMock back that stands for something sync.

    ## What it does

    Makes a `MagicMock` of an `AsyncMock` that nothing awaits, where it stands for a function that isn't async, or where the
    file shows that every call of it is used without `await`. Where only some of its children are sync, as `session.add` is
    for code that awaits `session.commit()`, each of them gets a `Mock` of its own, or a `MagicMock` where the code uses what it
    gives in `with`, in `for` or by an operator. A mock in place of an object, or with attributes that are awaited, stays.

    ## Why

    A call of an AsyncMock gives a coroutine. Where nobody awaits it, the code goes on with a coroutine instead of the value:
    it is true, whatever the mock was told to give, and Python warns that it was never awaited. All that hangs below an
    AsyncMock is async, too: what `await client.get()` gives has a `raise_for_status()` that only makes a coroutine.

    ## Safety

    Review: what the mock stands for may be called in other ways out of sight. A child is one to change only where the code
    throws away what a call gives, or uses it as no coroutine can be used, and nothing awaits it or hands it on.

    ## References

    - [unittest.mock: AsyncMock](https://docs.python.org/3/library/unittest.mock.html#unittest.mock.AsyncMock)
    """

    code = "PAM311"
    name = "asyncmock-overreach"
    summary = "An AsyncMock that stands for something sync becomes a MagicMock"
    safety = Safety.REVIEW
    triggers = (b"AsyncMock",)
    in_async_files = False
    examples = (
        Example(
            "from unittest.mock import AsyncMock, patch\n"
            "\n"
            "\n"
            "def total():\n"
            "    return 1\n"
            "\n"
            "\n"
            "def test_it():\n"
            '    with patch(f"{__name__}.total", AsyncMock(return_value=2)):\n'
            "        assert total()\n",
            "from unittest.mock import MagicMock, patch\n"
            "\n"
            "\n"
            "def total():\n"
            "    return 1\n"
            "\n"
            "\n"
            "def test_it():\n"
            '    with patch(f"{__name__}.total", MagicMock(return_value=2)):\n'
            "        assert total()\n",
        ),
        Example(
            "from unittest.mock import AsyncMock\n"
            "\n"
            "\n"
            "async def save(session, row):\n"
            "    session.add(row)\n"
            "    await session.commit()\n"
            "\n"
            "\n"
            "async def test_save():\n"
            "    session = AsyncMock()\n"
            '    await save(session, "a")\n'
            '    session.add.assert_called_once_with("a")\n',
            "from unittest.mock import AsyncMock, Mock\n"
            "\n"
            "\n"
            "async def save(session, row):\n"
            "    session.add(row)\n"
            "    await session.commit()\n"
            "\n"
            "\n"
            "async def test_save():\n"
            "    session = AsyncMock()\n"
            "    session.add = Mock()\n"
            '    await save(session, "a")\n'
            '    session.add.assert_called_once_with("a")\n',
            title="a child",
        ),
        Example(
            "from unittest.mock import AsyncMock\n"
            "\n"
            "\n"
            "def test_it(service):\n"
            "    service.total = AsyncMock(return_value=2)\n"
            "    service.run()\n",
            title="nothing is known of what it stands for",
        ),
    )
