"""PAM915: a mock that is awaited, or gives an awaitable, can't be changed."""

from __future__ import annotations

from codemods.model import Safety
from codemods.rules.base import Example
from codemods.rules.mocks._base import MockRule


class AmbiguousMock(MockRule):
    """Says why a mock that seems to stand for something async stays as it is.

    ## What it does

    Lists mocks that are awaited, here or in the code under test, but that something speaks against making an AsyncMock, with
    the place that does, and mocks that give a future or coroutine where it isn't known what calls them: where the project
    awaits a call of that name, and no two of its functions have it, the place is named.

    Nothing is said where a test shows that the mock is plain on purpose: it compares what the mock gives with what was
    handed on, or a sync test has it raise and runs no loop.

    ## Why

    A wrong AsyncMock breaks the test, or worse, lets it pass: a coroutine is true, and nobody awaits it.

    ## Safety

    Changes nothing.

    ## References

    - [unittest.mock: AsyncMock](https://docs.python.org/3/library/unittest.mock.html#unittest.mock.AsyncMock)
    """

    code = "PAM915"
    name = "ambiguous-mock"
    summary = "A mock that is awaited, or gives an awaitable, can't be changed"
    safety = Safety.MANUAL
    examples = (
        Example(
            "from unittest.mock import Mock\n"
            "\n"
            "\n"
            "async def test_both():\n"
            "    call = Mock(return_value=1)\n"
            "    assert call() == 1\n"
            "    await call()\n",
            title="called both ways",
        ),
    )
