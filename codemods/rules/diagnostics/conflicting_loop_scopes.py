"""PAM912: fixtures that say on which event loop they run, and tests that use them on another one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codemods.analysis.graph.hooks import MARKING, reach
from codemods.analysis.graph.plain_data import gives_plain_data
from codemods.model import Finding, Safety
from codemods.rules.base import Example, ProjectContext, ProjectRule
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.fixture_graph import FixtureGraph
from codemods.semantics.pytest.loop_scopes import loop_scope, runs_on_asyncio, stated_loop_scope


class ConflictingLoopScopes(ProjectRule):
    """Finds async fixtures with a `loop_scope` of their own that tests use on another event loop.

    ## What it does

    Lists async fixtures that live for a test and state a `loop_scope`, where an async test that reaches them runs on a
    loop of another scope.

    ## Why

    The fixture's loop stands still while the test's runs: a server made there doesn't answer, and what has to be awaited
    fails with *attached to a different loop* or never ends.

    ## Safety

    Changes nothing: which of the two scopes was meant is a decision. Fixtures that live longer than a test are PAM603's,
    fixtures that give plain data are passed over, and so are tests that a hook marks while they are collected.

    ## References

    - [pytest-asyncio: event loop scopes](https://pytest-asyncio.readthedocs.io/en/stable/concepts.html)
    """

    code = "PAM912"
    name = "conflicting-loop-scopes"
    summary = "A test runs on another event loop than a fixture that it uses says"
    safety = Safety.MANUAL
    triggers = (b"loop_scope",)
    examples = (
        Example(
            'import pytest\nimport pytest_asyncio\n\n\n@pytest_asyncio.fixture(loop_scope="session")\nasync def client():\n'
            "    return await connect()\n\n\n@pytest.mark.asyncio\nasync def test_it(client):\n    await client.ping()\n",
            title="the client's loop stands still during the test",
        ),
        Example(
            'import pytest\nimport pytest_asyncio\n\n\n@pytest_asyncio.fixture(loop_scope="session")\nasync def client():\n'
            '    return await connect()\n\n\n@pytest.mark.asyncio(loop_scope="session")\nasync def test_it(client):\n'
            "    await client.ping()\n",
            title="one loop",
        ),
    )

    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        """Yield a finding for each such fixture."""
        candidates = context.candidates(*self.triggers)
        stated = [each for path in candidates for each in _stated(context.graph, path)]
        if not stated:
            return
        graph = context.graph
        hooks = context.mentioning(*MARKING)
        tests = [each for path in context.mentioning(b"async def") for each in _tests(graph, path, hooks)]
        for fixture in stated:
            if found := [each for each in tests if _conflicts(graph, fixture, each)]:
                yield self._conflict(fixture, found)

    def _conflict(self, fixture: Declaration, tests: Sequence[Declaration]) -> Finding:
        test, own = tests[0], stated_loop_scope(fixture)
        message = (
            f"async fixture `{fixture.name}` runs on the loop of the {own}, and `{test.name}`"
            f" ({test.path}:{test.node.lineno}) on that of the {loop_scope(test)}: what is bound to one loop can't be"
            " awaited on the other; give both one loop_scope"
        )
        evidence = tuple(each.context.module.evidence(each.node) for each in tests[:20])
        return self.finding(fixture.context, fixture.node, message, evidence=evidence)


def _stated(graph: FixtureGraph, path: str) -> list[Declaration]:
    return [
        each for each in graph.fixtures_of(path)[::-1]
        if each.scope == "function" and runs_on_asyncio(each) and stated_loop_scope(each) and not gives_plain_data(each)
    ]  # fmt: skip


def _tests(graph: FixtureGraph, path: str, hooks: Sequence[str]) -> list[Declaration]:
    return [] if reach(hooks, path) else [each for each in graph.tests_of(path) if runs_on_asyncio(each)]


def _conflicts(graph: FixtureGraph, fixture: Declaration, test: Declaration) -> bool:
    """Say whether a test uses a fixture on another loop, and no fixture with it that lives longer than a test."""
    own, closure = loop_scope(test), graph.closure(test)
    if fixture not in closure or own is None or own == stated_loop_scope(fixture):
        return False
    return not any(each.is_async and each.scope != "function" for each in closure)
