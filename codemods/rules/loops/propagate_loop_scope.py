"""PAM603: fixtures of a wide scope, and tests that use them on another event loop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from codemods.analysis.graph.hooks import MARKING, reach
from codemods.analysis.graph.plain_data import gives_plain_data
from codemods.model import Evidence, Finding, Fix, Safety
from codemods.rules.base import Context, Example, ProjectContext, ProjectRule
from codemods.rules.loops._default_scopes import beyond, default_loop_scopes
from codemods.rules.loops._loop_groups import loop_groups
from codemods.rules.loops._scope_edits import CannotStateError, ScopeEdits
from codemods.rules.loops._shared_fixtures import Shared, asking, shared_with_others
from codemods.semantics.pytest.declarations import SCOPES, Declaration, fixtures_in
from codemods.semantics.pytest.fixture_graph import FixtureGraph
from codemods.semantics.pytest.loop_scopes import (
    loop_scope,
    outlives_its_loop,
    relies_on_default,
    runs_on_asyncio,
    states_loop_scope,
)
from codemods.semantics.pytest.projects.project import LOOP_SCOPE, too_old

_MANY = 20
"""How many may be changed one by one where a default would do for all."""
_SHOWN = 20
"""How many of those on another loop are evidence."""
_NAMED = 3
"""How many of those that run on another loop a message names."""


class PropagateLoopScope(ProjectRule):
    """Has async fixtures of a wide scope and all that uses them run on one event loop.

    ## What it does

    Where an async fixture lives longer than one test (`scope="module"`, `"session"`, …), it gives the fixture, all async
    fixtures that use it and all async tests that reach it the same `loop_scope`: the widest that is needed. So it does
    with other async fixtures of these tests, and with whatever uses those. Marks of a class or module are changed where
    they stand, if all their tests need it. Where more than twenty would have to change, and no async test or fixture needs
    another loop, pytest's configuration gets the defaults instead. All files together are one finding.

    ## Why

    By default a test runs on a loop of its own, and a session's engine or client on the session's. What was made on one
    loop can't be awaited on another: *attached to a different loop*, *Event loop is closed*.

    ## Safety

    Safe where nothing changes its loop, and the fixture's own scope is only written out: a default of `function` would
    break it; and where that is the default, so that pytest refuses all tests that would change. Everything else needs review: tests that share a loop can see each other's leftovers, and whether a
    fixture's value is bound to its loop can't always be told. Left alone: a fixture that awaits what a plugin or a sync
    fixture gives, and for which others ask on other loops. Passed over: fixtures that give plain data, and tests below
    a conftest whose hook sets loop scopes. Needs pytest-asyncio 0.24: where the project's requirement forbids that, all
    of it needs review.

    ## References

    - [pytest-asyncio: event loop scopes](https://pytest-asyncio.readthedocs.io/en/stable/concepts.html)
    - [migrating from 0.23](https://pytest-asyncio.readthedocs.io/en/stable/how-to-guides/migrate_from_0_23.html)
    """

    code = "PAM603"
    name = "propagate-loop-scope"
    summary = "A wide async fixture and all that uses it get one loop scope"
    safety = Safety.REVIEW
    triggers = (b"scope",)
    examples = (
        Example(
            'import pytest\nimport pytest_asyncio\n\n\n@pytest_asyncio.fixture(scope="module")\nasync def engine():\n'
            "    yield await connect()\n\n\n@pytest.mark.asyncio\nasync def test_it(engine):\n    await engine.ping()\n",
            'import pytest\nimport pytest_asyncio\n\n\n@pytest_asyncio.fixture(scope="module", loop_scope="module")\n'
            "async def engine():\n    yield await connect()\n\n\n"
            '@pytest.mark.asyncio(loop_scope="module")\nasync def test_it(engine):\n    await engine.ping()\n',
        ),
        Example(
            'import pytest\nimport pytest_asyncio\n\n\n@pytest_asyncio.fixture(scope="module")\nasync def settings():\n'
            '    return {"debug": True}\n\n\n@pytest.mark.asyncio\nasync def test_it(settings):\n    assert settings\n',
            title="plain data, which is bound to no loop",
        ),
    )

    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        """Yield a finding for each group of fixtures and tests that have to share a loop and don't."""
        yield from self._refused(context)
        if not (paths := context.candidates(b"async def", b"scope", b"fixture")):
            return
        hooks = context.mentioning(*MARKING)
        paths = [path for path in context.notes(self, paths) if not reach(hooks, path)]
        graph = context.graph
        wide_ones = [each for path in paths for each in _fixtures(graph, path) if _is_wide(each)]
        if not wide_ones:
            return
        files = context.mentioning(b"async def")
        by_name = cache(lambda: asking(graph, [each for path in files for each in _users(graph, path)]))
        for members in loop_groups(graph, _connected(graph, wide_ones, files)):
            wide = [each for each in members if _is_wide(each) and not gives_plain_data(each)]
            if not wide or any(each.fixture is None and reach(hooks, each.path) for each in members):
                continue
            scope = _widest(members)
            is_moved = any(loop_scope(each) != scope for each in members)
            shared = shared_with_others(graph, wide, members, scope, by_name) if is_moved else None
            yield from self._group(context, wide[0], members) if shared is None else self._shared(shared)

    def note(self, file: Context) -> bool:
        """Return whether a file has a fixture that outlives its loop, or that may have others share one."""
        return any(_is_alone(each) or (runs_on_asyncio(each) and _is_wide(each)) for each in fixtures_in(file))

    def _refused(self, context: ProjectContext) -> Iterator[Finding]:
        """Yield the fixtures that share no loop with anything, and live longer than what the default gives them."""
        paths = context.notes(self, context.candidates(b"scope", b"fixture", b"async"))
        for path in context.one_by_one(paths):
            yield from self._refused_in(context.graph, path)

    def _refused_in(self, graph: FixtureGraph, path: str) -> Iterator[Finding]:
        for each in (each for each in graph.fixtures_of(path)[::-1] if _is_alone(each)):
            if not any(each in graph.closure(test) for test in graph.tests_near(each.path)):
                continue
            scope = each.scope or ""
            edits = ScopeEdits(graph, scope)
            message = (
                f"fixture `{each.name}` lives for the {scope}, and its event loop by default for the {loop_scope(each)}"
            )
            try:
                edits.state([each])
            except CannotStateError as error:
                yield self.finding(each.context, each.node, f"{message}: `ScopeMismatch`; left alone: {error}")
                continue
            fix = edits.fixes()[each.path]
            yield self.finding(
                each.context, each.node, f"{message}: pytest stops with `ScopeMismatch`", edits=fix.edits,
                imports=fix.imports, safety=Safety.SAFE,
            )  # fmt: skip

    def _shared(self, shared: Shared) -> Iterator[Finding]:
        """Yield that a fixture can't move to another loop without all that awaits the same as it does."""
        user, others = shared.user, shared.others
        names = list(dict.fromkeys(f"`{each.name}`" for each in others))
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        asks = "ask for it on other event loops" if len(names) > 1 else "asks for it on another event loop"
        message = f"async fixture `{user.name}` lives for the {user.scope} and awaits `{shared.name}`, and "
        message += f"{', '.join(names[:_NAMED])}{more} {asks}"
        message += f"; left alone: only a run can tell to which loop `{shared.name}` is bound"
        evidence = tuple(map(_evidence, others[:_SHOWN]))
        yield self.finding(user.context, user.node, message, evidence=evidence)

    def _group(self, context: ProjectContext, first: Declaration, members: Sequence[Declaration]) -> Iterator[Finding]:
        scope = _widest(members)
        astray = [each for each in members if loop_scope(each) != scope]
        if not astray and not any(map(relies_on_default, members)):
            return
        message, evidence = _message(first, scope, astray), tuple(map(_evidence, astray[:_SHOWN]))
        try:
            other_files = _fixes(context, scope, members, astray)
        except CannotStateError as error:
            message = f"{message}; left alone: {error}"
            yield self.finding(first.context, first.node, message, evidence=evidence)
            return
        own, safety = other_files.pop(first.path, Fix(())), Safety.REVIEW if astray else Safety.SAFE
        if astray and _all_fail(context.graph, members):
            message, safety = f"{message}: `ScopeMismatch`", Safety.SAFE
        if (pin := first.context.project.forbids(LOOP_SCOPE)) is not None:
            message, safety = f"{message}; {too_old(pin, LOOP_SCOPE)}", Safety.REVIEW
        yield self.finding(
            first.context, first.node, message, edits=own.edits, imports=own.imports, other_files=other_files,
            evidence=evidence, safety=safety,
        )  # fmt: skip


def _fixes(
    context: ProjectContext, scope: str, members: Sequence[Declaration], astray: Sequence[Declaration]
) -> dict[str, Fix]:
    """Return what has all of them run on one loop, by path: a default where very many have to change, else statements.

    Raises:
        CannotStateError: One of them can't be changed.
    """
    config = members[0].context.config
    default = default_loop_scopes(context, config, scope, members) if len(astray) > _MANY else {}
    edits = ScopeEdits(context.graph, scope)
    edits.state(beyond(members, scope) if default else members)
    return {**edits.fixes(), **default}


def _all_fail(graph: FixtureGraph, members: Sequence[Declaration]) -> bool:
    """Say whether pytest refuses to set up what any of the tests asks for, so that none of them passes."""
    refused = {each for each in members if outlives_its_loop(each)}
    return bool(refused) and all(refused & graph.closure(each) for each in members if each.fixture is None)


def _is_alone(user: Declaration) -> bool:
    """Whether a fixture lives longer than what the default gives it, and shares no loop with anything."""
    return outlives_its_loop(user) and not states_loop_scope(user) and not _is_bound(user)


def _is_bound(user: Declaration) -> bool:
    return user.is_async and not gives_plain_data(user)


def _is_wide(user: Declaration) -> bool:
    """Whether an async fixture lives longer than a test."""
    return user.fixture is not None and user.scope not in (None, "function")


def _connected(graph: FixtureGraph, wide: Sequence[Declaration], files: Sequence[str]) -> list[Declaration]:
    """Return the users of fixtures, those of what else they reach, and so on, in the order of the files."""
    users: dict[str, list[Declaration]] = {}
    waiting = dict.fromkeys(each.path for each in wide)
    order = {path: number for number, path in enumerate(files)}
    for path in (paths := [*waiting]):
        for file in (each for each in graph.near(path) if each in order and each not in users):
            users[file] = _users(graph, file)
            reached = {each.path for user in users[file] for each in graph.reachable(user)}
            paths += sorted(reached.difference(waiting))
            waiting.update(dict.fromkeys(reached))
    return [each for file in sorted(users, key=order.__getitem__) for each in users[file]]


def _fixtures(graph: FixtureGraph, path: str) -> list[Declaration]:
    return [each for each in graph.fixtures_of(path)[::-1] if runs_on_asyncio(each)]


def _users(graph: FixtureGraph, path: str) -> list[Declaration]:
    return [*_fixtures(graph, path), *(each for each in graph.tests_of(path) if runs_on_asyncio(each))]


def _widest(members: Sequence[Declaration]) -> str:
    """Return the scope of the widest loop that one of them has, or of the widest fixture among them."""
    scopes = [(loop_scope(each), each.scope if each.fixture else None) for each in members]
    return max((each or "function" for pair in scopes for each in pair), key=SCOPES.index)


def _message(fixture: Declaration, scope: str, astray: Sequence[Declaration]) -> str:
    """Return what is wrong: others on another loop, or only that nothing but the default keeps them on one."""
    if not astray:
        return (
            f"async fixture `{fixture.name}` runs on the loop of its {scope} only as long as no default is configured"
        )
    names = list(dict.fromkeys(f"`{each.name}`" for each in astray if each is not fixture))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    listed = f"{', '.join(names[:_NAMED])}{more} " if names else ""
    verb = "run" if len(names) > 1 else "runs"
    return f"async fixture `{fixture.name}` needs the loop of the {scope}, and {listed}{verb} on another one"


def _evidence(user: Declaration) -> Evidence:
    return user.context.module.evidence(user.node)
