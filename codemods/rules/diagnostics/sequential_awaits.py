"""PAM919: awaits that could run side by side, and a session that can't be used so."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.awaits.independent import independent_awaits
from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.diagnostics._shared_sessions import shared_sessions
from codemods.semantics.pytest.owners import Owner, owners_of


class SequentialAwaits(Rule):
    """Finds awaits that could run side by side, and a session that is used so though it can't.

    ## What it does

    Lists consecutive `a = await f()` and `b = await g()` in an async test, where no call gets anything that another one
    gets or gives; PAM208 does the same for fixtures, with a fix. And lists `asyncio.gather` of coroutines that get one
    SQLAlchemy `AsyncSession`.

    ## Why

    What waits for several things at once waits only as long as for the slowest. A session holds one transaction, and is
    not for concurrent tasks: `InvalidRequestError: This session is provisioning a new connection; concurrent operations
    are not permitted`, or `IllegalStateChangeError: Method 'commit()' can't be called here`; it depends on what ran before
    on the session whether it is seen.

    ## Safety

    Changes nothing, and runs only if selected: in a test the order may be what it is about. Calls that share an argument,
    methods of an object, calls with calls in their arguments, and tests that asyncio doesn't run are passed over.

    ## References

    - [asyncio.gather](https://docs.python.org/3/library/asyncio-task.html#asyncio.gather)
    - [SQLAlchemy: AsyncSession in concurrent tasks](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#using-asyncsession-with-concurrent-tasks)
    """

    code = "PAM919"
    name = "sequential-awaits"
    summary = "Independent awaits of a test could run side by side, or one session can't be shared so"
    safety = Safety.MANUAL
    default = False
    triggers = (b"await",)
    examples = (
        Example(
            "import pytest\n"
            "\n"
            "from app import create_server, create_user\n"
            "\n"
            "\n"
            "@pytest.mark.asyncio\n"
            "async def test_login():\n"
            '    user = await create_user("me")\n'
            "    server = await create_server(port=0)\n"
            "    assert await server.login(user)\n",
            title="set-up that waits twice",
        ),
        Example(
            "import asyncio\n"
            "\n"
            "import pytest\n"
            "from sqlalchemy.ext.asyncio import AsyncSession\n"
            "\n"
            "from app import add_user\n"
            "\n"
            "\n"
            "@pytest.mark.asyncio\n"
            "async def test_users(session: AsyncSession):\n"
            '    await asyncio.gather(add_user(session, "one"), add_user(session, "two"))\n',
            title="one session for two tasks",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each run of awaits, and for each session that is shared."""
        owners = owners_of(context)
        for test in context.suite.tests:
            for run in independent_awaits(context.module, test.node.body) if test.is_async else ():
                if owners.of(test.node) is Owner.ASYNCIO:
                    yield self.finding(context, run[0], _message(context, test.node.name, run))
        for shared in shared_sessions(context.suite):
            message = (
                f"the coroutines share the session `{shared.name}`, which isn't for concurrent tasks: "
                "`InvalidRequestError: … concurrent operations are not permitted`, or a broken transaction; await them one "
                "after the other, or give each a session of its own"
            )
            yield self.finding(context, shared.call, message)


def _message(context: Context, name: str, run: list[ast.Assign]) -> str:
    names = ", ".join(context.module.segment(each.targets[0]) for each in run)
    return (
        f"`{name}` awaits {len(run)} calls one after the other that share no argument, and waits for the sum: "
        f"`{names} = await asyncio.gather(...)` waits for the slowest, if none needs another one done"
    )
