"""PAM710: clients of httpx that are given an application."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.edits.calls import wrap_argument
from codemods.model import Finding
from codemods.rules.base import Context, Example, Rule
from codemods.rules.legacy._httpx_apps import AppClient, app_clients, obstacle, written

_BEFORE = """\
import pytest
from httpx import AsyncClient

from app import app


@pytest.mark.asyncio
async def test_home():
    async with AsyncClient(app=app, base_url="http://test") as client:
        assert (await client.get("/")).status_code == 200
"""

_AFTER = """\
import pytest
from httpx import ASGITransport, AsyncClient

from app import app


@pytest.mark.asyncio
async def test_home():
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://test") as client:
        assert (await client.get("/")).status_code == 200
"""

_LEFT = """\
import httpx


def make_client(app, **options):
    return httpx.AsyncClient(app=app, **options)
"""


class HttpxAsgiTransport(Rule):
    """Gives an `httpx` client the transport of an application instead of the application.

    ## What it does

    `httpx.AsyncClient(app=app)` becomes `httpx.AsyncClient(transport=httpx.ASGITransport(app=app))`, and
    `httpx.Client(app=app)` becomes `httpx.Client(transport=httpx.WSGITransport(app=app))`. A file that imports the client by
    name imports the transport by name, too.

    ## Why

    httpx 0.28 removed `app`: "unexpected keyword argument 'app'". The transports are there since 0.13, and are what `app`
    made.

    ## Safety

    Safe: older versions make the same transport of `app`. Left alone, with the reason: calls with `transport`, `mounts` or
    `**`, an application that may be None, and files where the transport's name is taken. In silence: calls whose error is
    expected or caught, or that a version test guards. The `TestClient` of Starlette and FastAPI still takes an application.

    ## References

    - [httpx: changelog, 0.28.0](https://github.com/encode/httpx/blob/master/CHANGELOG.md)
    - [httpx: transports](https://www.python-httpx.org/advanced/transports/)
    """

    code = "PAM710"
    name = "httpx-asgi-transport"
    summary = "`httpx.AsyncClient(app=app)` becomes one with an `ASGITransport`"
    triggers = (b"httpx",)
    pattern = rb"\bapp\b"
    examples = (
        Example(_BEFORE, _AFTER),
        Example(
            "import httpx\n\n\ndef test_home(wsgi):\n    with httpx.Client(app=wsgi) as client:\n"
            '        assert client.get("http://test/").text == "home"\n',
            "import httpx\n\n\ndef test_home(wsgi):\n"
            "    with httpx.Client(transport=httpx.WSGITransport(app=wsgi)) as client:\n"
            '        assert client.get("http://test/").text == "home"\n',
        ),
        Example(_LEFT, title="more options may hold a transport"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each client that is given an application."""
        for client in app_clients(context.module):
            yield self._client(context, client)

    def _client(self, context: Context, client: AppClient) -> Finding:
        module = context.module
        message = f"`{client.name}` takes no `app` since httpx 0.28: a TypeError"
        reason = obstacle(module, client)
        found = written(module, client) if reason is None else None
        if found is None:
            reason = reason or f"`{client.transport}` can't be imported beside it"
            return self.finding(context, client.call, f"{message}; left alone: {reason}")
        edit = wrap_argument(module, client.call, client.index, keyword="transport", text=found[0])
        return self.finding(context, client.call, message, edits=[edit], imports=found[1])
