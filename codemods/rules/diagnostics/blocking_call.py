"""PAM907: calls that block, in async tests and fixtures."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.diagnostics._awaiting_nothing import awaits_nothing, may_need_loop
from codemods.rules.diagnostics._blocking import Blocking, blocking_calls
from codemods.rules.diagnostics._blocking_table import BLOCKING, OPINION

_REQUEST = """\
import pytest
import requests


@pytest.mark.asyncio
async def test_home(server):
    await server.start()
    assert requests.get(server.url).status_code == 200
"""

_THREAD = """\
import asyncio
import subprocess

import pytest


@pytest.mark.asyncio
async def test_version():
    done = await asyncio.to_thread(subprocess.run, ["git", "--version"])
    assert done.returncode == 0
"""


class BlockingCall(Rule):
    """Finds calls in async tests and fixtures that block the event loop.

    ## What it does

    Lists calls of `requests`, `urllib.request` and `http.client`, of `subprocess.run` and its like, `os.system`,
    `socket.create_connection` and `getaddrinfo`, and of the `connect` of sync database drivers, with what to await instead,
    or that the fixture around it awaits nothing and could be a plain `def`. Where the rule is selected by its full code, also `open`, the reading and writing of `Path`, `sqlite3.connect` and
    `input`, which most tests can afford.

    ## Why

    While the call blocks, no task, callback or timeout of the test runs. A server that the test itself runs can't answer: such
    a test waits for ever.

    ## Safety

    Changes nothing. It is silent in a test that awaits nothing, begins no task and asks only for sync fixtures of its file and
    of pytest: nothing else runs there. So it is where the file puts something in the place of what is called, where the test
    uses a library that answers requests by itself (`responses`, `requests_mock`, `moto`, `respx` and the like), in tests of
    trio and anyio, and where a comment on the line speaks of blocking. What is handed to a thread is a reference, not a call.
    `time.sleep` is PAM401's.

    ## References

    - [asyncio: running blocking code](https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code)
    - [ruff ASYNC210](https://docs.astral.sh/ruff/rules/blocking-http-call-in-async-function/) and its neighbours
    """

    code = "PAM907"
    name = "blocking-call"
    summary = "An async test or fixture calls what blocks its event loop"
    safety = Safety.MANUAL
    triggers = (b"requests", b"urlopen", b"urlretrieve", b"http.client", b"subprocess", b"system(", b"create_connection",
                b"getaddrinfo", b"gethostbyname", b"MySQLdb", b"psycopg2", b"pymysql", b"open(", b"Path", b"sqlite3",
                b"input(")  # fmt: skip
    pattern = rb"async def(?<=\basync def)\b"
    examples = (
        Example(_REQUEST, title="a request to a server that runs on the same loop"),
        Example(_THREAD, title="what runs in a thread may block"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each call that blocks."""
        table = {**BLOCKING, **OPINION} if self.code in context.explicit else BLOCKING
        for each in blocking_calls(context, table):
            yield self.finding(context, each.call, _message(context, each))


def _message(context: Context, found: Blocking) -> str:
    blocks = f"`{found.name}` blocks the event loop of `{found.function.name}`: nothing else runs until it is done"
    if _could_be_sync(context, found.function):
        return f"{blocks}; the fixture awaits nothing, and as a plain `def` it would need no loop"
    return f"{blocks}; await {found.instead}, or hand it to `asyncio.to_thread`"


def _could_be_sync(context: Context, function: ast.AsyncFunctionDef) -> bool:
    if function not in context.suite.fixture_nodes or len(function.decorator_list) != 1:
        return False
    return awaits_nothing(function) and not may_need_loop(context, function)
