"""PAM908: sync test clients of Starlette and FastAPI in async tests."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.diagnostics._test_clients import ClientUse, client_uses

_HTTP = """\
import pytest
from fastapi.testclient import TestClient

from app import app, database

client = TestClient(app)


@pytest.mark.asyncio
async def test_user():
    await database.insert("users", name="Ada")
    assert client.get("/users/Ada").status_code == 200
"""

_WEBSOCKET = """\
import pytest
from starlette.testclient import TestClient

from app import app


@pytest.mark.asyncio
async def test_echo():
    with TestClient(app).websocket_connect("/ws") as socket:
        socket.send_text("hello")
        assert socket.receive_text() == "hello"
"""


class TestClientInAsyncTest(Rule):
    """Finds async tests that send requests through the sync `TestClient` of Starlette or FastAPI.

    ## What it does

    Lists, once per async test or fixture, the first request or `websocket_connect` of a `TestClient` that is made there, in
    the module, or by a fixture.

    ## Why

    It works, but each call stops the event loop of the test until the response is there: tasks and timeouts of the test stand
    still. And the application runs in a thread with a loop of its own, so that what belongs to the test's loop (a database
    connection, a lock, an event) fails there: "is bound to a different event loop".

    ## Safety

    Changes nothing: a test that awaits nothing else should be sync; another one needs `httpx.AsyncClient` with
    `httpx.ASGITransport(app=app)`, which doesn't run the application's start-up and shut-down. httpx has no WebSockets: keep
    such a test sync, or run a server and connect to it. The `TestClient` of aiohttp is async, and not meant.

    ## References

    - [FastAPI: async tests](https://fastapi.tiangolo.com/advanced/async-tests/)
    - [Starlette: TestClient](https://www.starlette.io/testclient/)
    """

    code = "PAM908"
    name = "test-client-in-async-test"
    summary = "An async test sends requests through a sync `TestClient`, which stops its event loop"
    safety = Safety.MANUAL
    triggers = (b"TestClient", b"client")
    pattern = rb"\.(?:[\s\\]|#[^\r\n]*[\r\n])*(?:delete|get|head|options|patch|post|put|request|send|stream|websocket_connect)\b"
    in_async_files = True
    examples = (
        Example(_HTTP, title="a request in an async test"),
        Example(_WEBSOCKET, title="a WebSocket in an async test"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each async test and fixture that uses one."""
        for use in client_uses(context.suite):
            yield self.finding(context, use.call, f"{_problem(use)}; {_advice(use)}")


def _problem(use: ClientUse) -> str:
    return (
        f"`TestClient` stops the event loop of `{use.function.name}` until it has its answer, and runs the application on "
        "another loop, where what belongs to this one fails"
    )


def _advice(use: ClientUse) -> str:
    if not use.awaits:
        return "the test awaits nothing: make it sync"
    if use.is_websocket:
        return "httpx has no WebSockets: make the test sync, or run a server and connect to it"
    return "make the test sync, or use `httpx.AsyncClient(transport=httpx.ASGITransport(app=app))`"
