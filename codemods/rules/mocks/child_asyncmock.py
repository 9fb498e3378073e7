"""PAM302: attributes of a mock that are awaited become AsyncMocks."""

from __future__ import annotations

from codemods.rules.base import Example
from codemods.rules.mocks._base import MockRule


class ChildAsyncMock(MockRule):
    """Makes awaited attributes of a mock AsyncMocks, and keeps the mock.

    ## What it does

    Sets an `AsyncMock` for each attribute of a `Mock` or `MagicMock` that the file awaits: in place of the assignment that
    says what it gives, behind the statement that makes the mock, or as a keyword of it. All attributes of one mock are one
    finding. `Mock(**{"get.return_value": v})` becomes `Mock(get=AsyncMock(return_value=v))`, and `Mock(get=Mock())` changes
    inside.

    ## Why

    Attributes of a `Mock` are `Mock`s, and can't be awaited. To make the parent an `AsyncMock` would make its other methods
    async too: `client.close()` would then only make a coroutine.

    ## Safety

    As PAM301, for each attribute by itself.

    ## References

    - [unittest.mock: AsyncMock](https://docs.python.org/3/library/unittest.mock.html#unittest.mock.AsyncMock)
    """

    code = "PAM302"
    name = "child-asyncmock"
    summary = "Attributes of a mock that are awaited become AsyncMocks"
    examples = (
        Example(
            "from unittest.mock import Mock\n"
            "\n"
            "\n"
            "async def test_fetch():\n"
            "    client = Mock()\n"
            "    client.fetch.return_value = 3\n"
            "    assert await client.fetch() == 3\n"
            "    client.close()\n",
            "from unittest.mock import AsyncMock, Mock\n"
            "\n"
            "\n"
            "async def test_fetch():\n"
            "    client = Mock()\n"
            "    client.fetch = AsyncMock(return_value=3)\n"
            "    assert await client.fetch() == 3\n"
            "    client.close()\n",
        ),
        Example(
            "from unittest.mock import MagicMock\n"
            "\n"
            "\n"
            "async def test_fetch():\n"
            "    client = MagicMock()\n"
            "    response = await client.fetch()\n"
            "    response.close()\n"
            "    client.close()\n",
            "from unittest.mock import AsyncMock, MagicMock\n"
            "\n"
            "\n"
            "async def test_fetch():\n"
            "    client = MagicMock()\n"
            "    client.fetch = AsyncMock(return_value=MagicMock())\n"
            "    response = await client.fetch()\n"
            "    response.close()\n"
            "    client.close()\n",
            title="without configuration, directly behind the mock",
        ),
        Example(
            "from unittest.mock import Mock\n"
            "\n"
            "\n"
            "async def test_fetch():\n"
            '    client = Mock(spec=["fetch"])\n'
            "    client.fetch()\n"
            "    client.close()\n",
            title="nothing is awaited",
        ),
    )
