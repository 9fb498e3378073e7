"""PAM709: fixtures of pytest-aiohttp under their old names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from codemods.analysis.loops.made_async import made_async, stays_sync
from codemods.analysis.loops.parameter import obstacle_here
from codemods.analysis.loops.running import first_line
from codemods.analysis.loops.uses import LoopUses, loop_uses, settings
from codemods.edits.functions import remove_parameter, rename_parameter
from codemods.model import Finding, Safety
from codemods.rules.base import Example, ProjectContext, ProjectRule
from codemods.rules.legacy._aiohttp_fixtures import (
    LOOP,
    NEW_NAMES,
    has_plugin,
    is_read,
    obstacle,
    old_requests,
    uses_aiohttp,
)
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.owners import Owner, owners_of
from codemods.semantics.pytest.reach import reach_of
from codemods.semantics.pytest.suite import Fixture, Test

_ASKING = re.compile(rb"\bdef[ \t]+\w+[ \t]*\([^)]*\b(?:%s)\b" % b"|".join(map(str.encode, (*NEW_NAMES, LOOP))))
"""A function with a parameter of such a name."""
_BEFORE = """\
import pytest
from aiohttp import web


@pytest.mark.asyncio
async def test_home(test_client):
    client = await test_client(web.Application())
    assert (await client.get("/")).status == 404
"""

_LEFT = """\
import pytest
from aiohttp import web


@pytest.fixture
def test_client():
    return Client(web.Application())


@pytest.mark.asyncio
async def test_home(test_client):
    assert (await test_client.get("/")).status == 404
"""


class PytestAiohttpNames(ProjectRule):
    """Asks for the fixtures of pytest-aiohttp by the names that they have now.

    ## What it does

    Renames the parameters `test_client` to `aiohttp_client`, `test_server` to `aiohttp_server`, `raw_test_server` to
    `aiohttp_raw_server`, and `unused_port` and `aiohttp_unused_port` to pytest-asyncio's `unused_tcp_port_factory`. Async tests
    and fixtures that ask for `loop` lose the parameter, and, where they read it, begin with
    `loop = asyncio.get_running_loop()`. Sync ones become async, and await what the loop ran, as under PAM606.

    ## Why

    The old names went with pytest-aiohttp 1.0, and `loop` and `aiohttp_unused_port` with 1.1, which builds on pytest-asyncio
    alone: "fixture 'loop' not found".

    ## Safety

    Needs review: another plugin may have a fixture of the same name. It speaks only where the project has pytest-aiohttp, or,
    for the names other than `loop`, the file imports aiohttp, and where the project has no fixture of that name that the test
    sees. aiohttp's own `aiohttp.pytest_plugin` keeps the names. Left alone, with the reason: sync functions that PAM606 would leave alone, functions that a decorator or a
    parametrisation may fill, that are called by name, or where the names mean something else, too.

    ## References

    - [pytest-aiohttp: changes](https://github.com/aio-libs/pytest-aiohttp/blob/master/CHANGES.rst)
    - [aiohttp: testing](https://docs.aiohttp.org/en/stable/testing.html)
    """

    code = "PAM709"
    name = "pytest-aiohttp-names"
    summary = "Fixtures of pytest-aiohttp get the names that they have now"
    safety = Safety.REVIEW
    triggers = (b"test_client", b"test_server", b"unused_port", b"loop")
    examples = (
        Example(_BEFORE, _BEFORE.replace("test_client", "aiohttp_client")),
        Example(_LEFT, title="the project's own fixture"),
    )

    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        """Yield a finding for each test and fixture that asks for an old name."""
        for path in context.one_by_one(_candidates(context, self.triggers)):
            for each, name in old_requests(context.graph, path):
                if name == LOOP and has_plugin(each):
                    yield self._loop(each)
                elif name != LOOP and uses_aiohttp(each):
                    yield self._renamed(each, name)

    def _renamed(self, each: Declaration, name: str) -> Finding:
        new = NEW_NAMES[name]
        message = f"`{each.node.name}` asks for `{name}`, which is `{new}` now"
        if (reason := obstacle(each, name)) is not None:
            return self.finding(each.context, each.node, f"{message}; left alone: {reason}")
        edit = rename_parameter(each.context.module, each.node, name=name, new=new)
        return self.finding(each.context, each.node, message, edits=[edit])

    def _loop(self, each: Declaration) -> Finding:
        context, node = each.context, each.node
        message = f"`{node.name}` asks for `{LOOP}`, which pytest-aiohttp 1.1 doesn't have"
        if not each.is_async:
            return self._sync(each, message)
        reason = _loop_obstacle(each)
        added = first_line(context, node, LOOP) if reason is None and is_read(node, LOOP) else ((), ())
        if reason is not None or added is None:
            return self.finding(context, node, f"{message}; left alone: {reason or 'asyncio is another name here'}")
        edits = [remove_parameter(context.module, node, LOOP), *added[0]]
        return self.finding(context, node, message, edits=edits, imports=added[1])

    def _sync(self, each: Declaration, message: str) -> Finding:
        context, node = each.context, each.node
        going = settings(context.module, node, LOOP) if each.fixture is None else []
        uses = loop_uses(context.module, node, LOOP, going)
        user = each.fixture or next((test for test in context.suite.tests if test.node is node), None)
        reason = next(_sync_obstacles(each, user, uses), None) if user else "it isn't a test of this file"
        made = made_async(context, user, uses, LOOP) if user and reason is None else None
        if made is None:
            reason = reason or "a name that it needs is taken, or its scope isn't known"
            return self.finding(context, node, f"{message}; left alone: {reason}")
        return self.finding(
            context, node, f"{message}: it has to be async", edits=made.edits, imports=made.imports,
            released=made.released, also=made.also,
        )  # fmt: skip


def _candidates(context: ProjectContext, names: Iterable[bytes]) -> Iterator[str]:
    """Yield the files that hold one of the names, and whose tests may be of pytest-aiohttp."""
    for path in dict.fromkeys(path for each in names for path in context.candidates(each, b"def ")):
        if not _ASKING.search(data := context.data(path)):
            continue
        setting = context.setting(path)
        if b"aiohttp" in data or (setting is not None and "aiohttp" in setting.project.runners):
            yield path


def _loop_obstacle(each: Declaration) -> str | None:
    """Return why the parameter can't give way to the running loop, or None."""
    context = each.context
    if owners_of(context).of(each.node) is not Owner.ASYNCIO:
        return "it can't be told whose loop it runs in"
    return obstacle(each, LOOP)


def _sync_obstacles(each: Declaration, user: Test | Fixture, uses: LoopUses) -> Iterator[str]:
    """Yield why a sync function can't become async, where it has a running loop."""
    if (reason := _loop_obstacle(each)) is not None:
        yield reason
    yield from filter(None, (obstacle_here(each.context, each.node, LOOP),))
    yield from stays_sync(each.context, reach_of(each.context.suite), user, uses)
