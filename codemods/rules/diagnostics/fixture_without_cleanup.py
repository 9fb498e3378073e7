"""PAM920: async fixtures that give a client, a connection or a session, and never close it."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.diagnostics._closables import AWAITED_FIRST, BY_HAND, CLOSABLE, Closable, closables

_RETURNS = """\
import aiohttp
import pytest_asyncio


@pytest_asyncio.fixture
async def session():
    return aiohttp.ClientSession()
"""

_CLOSES = """\
import aiohttp
import pytest_asyncio


@pytest_asyncio.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session
"""


class FixtureWithoutCleanup(Rule):
    """Finds async fixtures that return something to close.

    ## What it does

    Lists async fixtures that return a client, a connection, a pool or a session of `httpx`, `aiohttp`, `asyncpg`, `aiomysql`,
    `aiopg`, `aiosqlite`, `psycopg`, `redis.asyncio`, `motor`, `websockets` or SQLAlchemy, or yield one and do nothing
    afterwards.

    ## Why

    It outlives its test, and the loop that it belongs to: "Unclosed client session", a `ResourceWarning` that pytest may make
    an error of in some later test, connections that the server has to wait for.

    ## Safety

    Changes nothing. Write `async with ... as x: yield x`. It is silent where the fixture does anything else with the thing, and,
    where it returns it, in files that close something themselves.

    ## References

    - [pytest: yield fixtures](https://docs.pytest.org/en/stable/how-to/fixtures.html#yield-fixtures-recommended)
    - [aiohttp: client session](https://docs.aiohttp.org/en/stable/client_reference.html#client-session)
    """

    code = "PAM920"
    name = "fixture-without-cleanup"
    summary = "An async fixture gives a client, a connection or a session that nobody closes"
    safety = Safety.MANUAL
    triggers = tuple(sorted({each.rpartition(".")[2].encode() for each in CLOSABLE}))
    pattern = rb"fixture"
    in_async_files = True
    examples = (
        Example(_RETURNS, title="returned, and never closed"),
        Example(_CLOSES, title="closed when the test is over"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each such fixture."""
        for each in closables(context.suite):
            yield self.finding(context, each.node, _message(each))


def _message(found: Closable) -> str:
    name = found.fixture.node.name
    problem = f"nobody closes the `{found.name}` that the fixture `{name}` gives: {CLOSABLE[found.name]}"
    if found.name in BY_HAND:
        return f"{problem}; yield it, and write `{BY_HAND[found.name].format(name)}` below"
    awaited = "await " if found.name in AWAITED_FIRST else ""
    return f"{problem}; write `async with {awaited}{found.name}(...) as {name}: yield {name}`"
