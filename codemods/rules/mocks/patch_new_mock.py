"""PAM303: mocks in place of an async function become AsyncMocks."""

from __future__ import annotations

from codemods.rules.base import Example
from codemods.rules.mocks._base import MockRule


class PatchNewMock(MockRule):
    """Makes mocks that replace an async function AsyncMocks.

    ## What it does

    Changes the class of the mock in `patch(target, Mock())`, `new=`, `new_callable=Mock`, `patch.object`, `patch.multiple`,
    `mocker.patch`, `monkeypatch.setattr` and `svc.fetch = Mock()` where the target is known to be async, or the mock is
    awaited. The target is looked up in the file, in the project and in the packages and the library that the tests import,
    none of which is run: `svc` is what its constructor, its annotation, its fixture, its `spec` or the patch that makes it
    says. A function is async if it is an `async def` without a decorator that hides it, or if all that it returns, or its
    annotation, has to be awaited. `new=` stays where it stands, because without it `patch` hands an argument on.

    ## Why

    What replaces an async function is awaited.

    ## Safety

    Safe where the target is async, or the mock is awaited. A target that an unknown decorator wraps, an async generator or a
    sync function proves nothing. It is for review where code catches any error around an `await` of that name, or the test
    expects any: it may be that of awaiting what is no awaitable. Where `new_callable` names a sync mock although `patch` would choose an AsyncMock, it is for
    review in an async test, and left alone in a sync one: it may be there to keep anybody from awaiting.

    ## References

    - [unittest.mock: patch](https://docs.python.org/3/library/unittest.mock.html#unittest.mock.patch)
    """

    code = "PAM303"
    name = "patch-new-mock"
    summary = "Mocks in place of an async function become AsyncMocks"
    examples = (
        Example(
            "from unittest.mock import Mock\n"
            "\n"
            "\n"
            "class Service:\n"
            "    async def fetch(self):\n"
            "        return 1\n"
            "\n"
            "\n"
            "async def test_fetch():\n"
            "    service = Service()\n"
            "    service.fetch = Mock(return_value=2)\n"
            "    assert await service.fetch() == 2\n",
            "from unittest.mock import AsyncMock\n"
            "\n"
            "\n"
            "class Service:\n"
            "    async def fetch(self):\n"
            "        return 1\n"
            "\n"
            "\n"
            "async def test_fetch():\n"
            "    service = Service()\n"
            "    service.fetch = AsyncMock(return_value=2)\n"
            "    assert await service.fetch() == 2\n",
        ),
        Example(
            "from unittest.mock import MagicMock, patch\n"
            "\n"
            "\n"
            "async def fetch():\n"
            "    return 1\n"
            "\n"
            "\n"
            '@patch(f"{__name__}.fetch", new_callable=MagicMock, return_value=2)\n'
            "async def test_fetch(mocked):\n"
            "    assert await fetch() == 2\n",
            "from unittest.mock import AsyncMock, patch\n"
            "\n"
            "\n"
            "async def fetch():\n"
            "    return 1\n"
            "\n"
            "\n"
            '@patch(f"{__name__}.fetch", new_callable=AsyncMock, return_value=2)\n'
            "async def test_fetch(mocked):\n"
            "    assert await fetch() == 2\n",
            title="by `new_callable`",
        ),
        Example(
            "from unittest.mock import Mock, patch\n"
            "\n"
            "\n"
            "def fetch():\n"
            "    return 1\n"
            "\n"
            "\n"
            '@patch(f"{__name__}.fetch", Mock(return_value=2))\n'
            "def test_fetch():\n"
            "    assert fetch() == 2\n",
            title="the target is sync",
        ),
    )
