"""PAM606: sync tests and fixtures that ask for ``event_loop``."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemods.analysis.loops.made_async import made_async, stays_sync
from codemods.analysis.loops.parameter import NAME, RUNNING_LOOP, asked, loop_parameter, obstacle, visible_override
from codemods.analysis.loops.running import annotated_names
from codemods.analysis.loops.uses import LoopUses, loop_uses, settings
from codemods.edits.functions import remove_parameter
from codemods.edits.statements import remove_statement
from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.loops._loopless import is_loopless
from codemods.rules.loops._running_loop import given_loop
from codemods.semantics.file.order import Definition
from codemods.semantics.pytest.owners import Owner, Owners, owners_of
from codemods.semantics.pytest.reach import Reach, reach_of
from codemods.semantics.pytest.runners import owns_loops
from codemods.semantics.pytest.suite import OTHER_FIXTURES, Fixture, Test

_TEST_BEFORE = """\
import pytest


def test_answer(event_loop, client):
    assert event_loop.run_until_complete(client.get()) == 42
"""

_TEST_AFTER = """\
import pytest


@pytest.mark.asyncio
async def test_answer(client):
    assert await client.get() == 42
"""

_FIXTURE_BEFORE = """\
from collections.abc import Generator

import pytest


@pytest.fixture(scope="module")
def server(event_loop) -> Generator[Server, None, None]:
    server = Server(loop=event_loop)
    event_loop.run_until_complete(server.start())
    yield server
    event_loop.run_until_complete(server.stop())
"""

_FIXTURE_AFTER = """\
import asyncio
from collections.abc import AsyncGenerator

import pytest_asyncio


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncGenerator[Server, None]:
    event_loop = asyncio.get_running_loop()
    server = Server(loop=event_loop)
    await server.start()
    yield server
    await server.stop()
"""

_SYNC_BEFORE = """\
import pytest

from app import loop_var


@pytest.fixture
def app_loop(event_loop):
    token = loop_var.set(event_loop)
    yield event_loop
    loop_var.reset(token)


@pytest.mark.asyncio
async def test_answer(app_loop, client):
    assert await client.get() == 42
"""

_SYNC_AFTER = """\
import asyncio

import pytest
import pytest_asyncio

from app import loop_var


@pytest_asyncio.fixture
async def running_loop():
    return asyncio.get_running_loop()


@pytest.fixture
def app_loop(running_loop):
    token = loop_var.set(running_loop)
    yield running_loop
    loop_var.reset(token)


@pytest.mark.asyncio
async def test_answer(app_loop, client):
    assert await client.get() == 42
"""

_LEFT = """\
def test_answer(event_loop, client):
    def get():
        return event_loop.run_until_complete(client.get())

    assert get() == 42
    event_loop.close()
"""


class EventLoopInSyncCode(Rule):
    """Sync tests and fixtures that ask for `event_loop` become async.

    ## What it does

    Makes the function `async def`, takes the parameter away, and awaits what the loop ran:
    `event_loop.run_until_complete(x)` becomes `await x`, or, where the coroutine awaits nothing and only schedules what is
    to run, `await asyncio.create_task(x)`. Where the loop is still read, the body begins with
    `event_loop = asyncio.get_running_loop()`. A test gets its marker, a fixture becomes a `pytest_asyncio.fixture` with
    the `loop_scope` of its scope, and `Generator` in its annotation becomes `AsyncGenerator`. In a test,
    `asyncio.set_event_loop(event_loop)` goes. Where the loop isn't read otherwise, and what is called is known to want none
    (mocks, patches, the standard library, classes of the project that only keep values), the function stays sync.

    A function that has to stay sync (it sets a context variable for its test, looks which tasks there are, or runs the loop
    in a function inside of it) asks for a fixture `running_loop` instead: an async one that returns the loop of the test,
    which the file gets on top of its first function.

    ## Why

    pytest-asyncio 1.0 removed the fixture: "fixture 'event_loop' not found". Only async tests and fixtures have a loop
    now, and one that a sync fixture makes for itself isn't the one that the tests run in.

    ## Safety

    Needs review: what the function calls may run a loop of its own, which fails while one is running, and a coroutine that
    is awaited runs at once, where `run_until_complete` made a task of it.
    Left alone, with the reason, where the loop of the test wouldn't do either: functions that close the loop or bind its
    name again, fixtures of a wider scope, or that a coroutine gets by `getfixturevalue`, files whose tests have loops of
    other scopes or that see a fixture `running_loop` already, what a decorator may fill; and all that see a fixture
    `event_loop` of the project that does more than make a loop.

    ## References

    - [pytest-asyncio: migrating from 0.21](https://pytest-asyncio.readthedocs.io/en/stable/how-to-guides/migrate_from_0_21.html)
    - [pytest-asyncio 1.0.0](https://pytest-asyncio.readthedocs.io/en/stable/reference/changelog.html)
    """

    code = "PAM606"
    name = "event-loop-in-sync-code"
    summary = "A sync test or fixture that asks for `event_loop` becomes async"
    safety = Safety.REVIEW
    triggers = (b"event_loop",)
    examples = (
        Example(_TEST_BEFORE, _TEST_AFTER),
        Example(_FIXTURE_BEFORE, _FIXTURE_AFTER),
        Example(_SYNC_BEFORE, _SYNC_AFTER, "a function that has to stay sync"),
        Example(_LEFT, title="a function inside of it runs the loop, and it closes it"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each sync test and fixture that asks for ``event_loop``."""
        if not owns_loops(context.config, context.project) or context.project.without_plugin is not None:
            return
        reach = reach_of(context.suite)
        owners = owners_of(context)
        for test in context.suite.tests:
            if not test.is_async and test.test_case is None and loop_parameter(test.node):
                yield from self._found(context, reach, owners, test)
        for fixture in context.suite.fixtures:
            ours = not fixture.is_async and fixture.name != NAME and fixture.decorator.name not in OTHER_FIXTURES
            if ours and loop_parameter(fixture.node):
                yield from self._found(context, reach, owners, fixture)

    def _found(self, context: Context, reach: Reach, owners: Owners, each: Test | Fixture) -> Iterator[Finding]:
        owner = owners.of(each.node)
        if owner not in (Owner.ASYNCIO, Owner.UNKNOWN):
            return
        # The users of a fixture may want the loop that it sets.
        going = settings(context.module, each.node) if isinstance(each, Test) else []
        uses = loop_uses(context.module, each.node, going=going)
        if owner is Owner.ASYNCIO and is_loopless(context, each.node, going) and obstacle(context, each.node) is None:
            yield self._without(context, each.node, going)
            return
        reasons = (
            _reasons(context, reach, each, uses)
            if owner is Owner.ASYNCIO
            else iter(["it can't be told whose loop it runs in"])
        )
        if (reason := next(reasons, None)) is None:
            yield self._fix(context, each, uses)
        elif owner is Owner.ASYNCIO and (fix := given_loop(context, each, uses)) is not None:
            message = f"{asked(context, each.node)}; it stays sync, since {reason}: `{RUNNING_LOOP}` gives it the loop"
            yield self.finding(context, each.node, message, edits=fix.edits, imports=fix.imports)
        else:
            yield self.finding(context, each.node, _message(context, each.node, reason))

    def _without(self, context: Context, node: Definition, going: Sequence[ast.Expr]) -> Finding:
        use = "only sets it, which nothing there wants" if going else "doesn't use it"
        message = f"`{node.name}` asks for `{NAME}`, which pytest-asyncio 1.0 removed, and {use}"
        edits = [remove_parameter(context.module, node, NAME)]
        edits += [remove_statement(context.module, each) for each in going]
        return self.finding(context, node, message, edits=edits, released=annotated_names(node))

    def _fix(self, context: Context, each: Test | Fixture, uses: LoopUses) -> Finding:
        node = each.node
        if (made := made_async(context, each, uses)) is None:
            reason = "a name that it needs is taken, or its scope isn't known"
            return self.finding(context, node, _message(context, node, reason))
        why = "" if uses.runs or uses.is_read else "what it calls may want a loop, so "
        message = f"{asked(context, node)}: {why}it has to be async"
        return self.finding(
            context, node, message, edits=made.edits, imports=made.imports, released=made.released, also=made.also
        )


def _message(context: Context, node: Definition, reason: str) -> str:
    return f"{asked(context, node)}; left alone: {reason}"


def _reasons(context: Context, reach: Reach, each: Test | Fixture, uses: LoopUses) -> Iterator[str]:
    """Yield why a test or fixture can't become async."""
    if (reason := obstacle(context, each.node)) is not None:
        yield reason
    yield from stays_sync(context, reach, each, uses)
    if visible_override(context.suite, each.node) is not None and not (uses.is_read or uses.runs):
        yield f"what it calls may want the loop of the project's own `{NAME}`, and not one that runs"
