"""Async fixtures that pytest-asyncio has to run, and the reasons to leave one alone."""

from __future__ import annotations

from codemods.analysis.loops.parameter import loop_parameter, visible_override
from codemods.semantics.file.order import calls_in
from codemods.semantics.memo import once
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.local_fixtures import users
from codemods.semantics.pytest.marks import Level, mark_name, own_marks
from codemods.semantics.pytest.runners import (
    automatic_runner,
    has_asyncio_mark,
    imported_runner,
    is_off,
    is_strict,
    other_runner,
    owns_loops,
    runners,
    stated_runner,
    user_runners,
)
from codemods.semantics.pytest.suite import OTHER_FIXTURES, PLAIN_FIXTURES, Fixture

_ON_ASYNCIO = frozenset({"aiohttp", "cooperative"})
"""Runners whose fixtures are pytest-asyncio's once their tests are (PAM707)."""


def needs_pytest_asyncio(context: Context, fixture: Fixture) -> bool:
    """Return whether an async fixture is one that plain pytest can't run, in a suite that is pytest-asyncio's."""
    if not fixture.is_async or fixture.decorator.name not in PLAIN_FIXTURES:
        return False
    if not _runs_strict(context, fixture) or automatic_runner(context.config, context.project):
        return False
    return not _is_of_another_runner(context, fixture) and not _is_by_anyio(context, fixture)


def _runs_strict(context: Context, fixture: Fixture) -> bool:
    """Say whether pytest-asyncio needs to be told that the fixture is its own.

    Auto mode that only a command line asks for, in CI say, is not there for those who just run pytest; an asyncio mark
    on the fixture then says whose it was meant to be.
    """
    if is_strict(context.config, context.project):
        return True
    forced = context.config.mode_evidence is None and not is_off(context.config, context.project)
    return forced and _is_marked(context, fixture) and not _by_conftest(context)


def _is_marked(context: Context, fixture: Fixture) -> bool:
    return any(mark.name == "asyncio" for mark in own_marks(context.module, fixture.node, Level.FUNCTION))


def _by_conftest(context: Context) -> bool:
    evidence = context.project.mode_evidence
    return evidence is not None and evidence.path.endswith("conftest.py")


def _is_by_anyio(context: Context, fixture: Fixture) -> bool:
    """Say whether a fixture does its work by anyio, in a project with tests of it, and nothing speaks for asyncio."""
    if "anyio" not in context.project.runners or "anyio" not in context.module.imported_packages:
        return False
    calls = calls_in(fixture.node)
    uses = any((context.module.resolve(each.func) or "").startswith("anyio.") for each in calls)
    return uses and not _is_asyncio(context, fixture)


def _is_of_another_runner(context: Context, fixture: Fixture) -> bool:
    """Say whether the fixture is another runner's: by its own marks and requests, or by those of all its users."""
    if stated_runner(context.suite, fixture.node):
        return True
    using, named = users(context.suite, fixture), user_runners(context, fixture)
    # Whose a fixture is that uses it is known by its own tests.
    asking = using if not named else [each for each in using if each in context.suite.test_nodes]
    if (using or named) and "asyncio" not in named and all(other_runner(context, each) for each in asking):
        return True
    return bool(context.project.runners.keys() - _ON_ASYNCIO) and context.project.pytest_asyncio is None


def doubt(context: Context, fixture: Fixture) -> str | None:
    """Return why it can't be told that an async fixture is pytest-asyncio's, or None if it is."""
    for decorator in context.suite.decorators(fixture.node):
        other = decorator.name in OTHER_FIXTURES or mark_name(context.module, decorator.node) is None
        if decorator.index != fixture.decorator.index and other:
            return f"it can't be told what `{context.module.segment(decorator.node)}` makes of it"
    local = {other_runner(context, user) for user in users(context.suite, fixture)} - {None}
    if local:
        return f"tests of {min(filter(None, local))} in this file use it too"
    if others := user_runners(context, fixture) - {"asyncio"}:
        return f"tests of {min(others)} use it too"
    return None if _is_asyncio(context, fixture) else _other_runners(context)


def _is_asyncio(context: Context, fixture: Fixture) -> bool:
    """Say whether the fixture asks for pytest-asyncio's loop, or a test of it for the fixture, if need be by others."""
    if _asks_for_loop(context, fixture):
        return True
    found = waiting = [fixture]
    for each in waiting:
        for user in users(context.suite, each):
            if has_asyncio_mark(context.suite.marks(user)) or "asyncio" in runners(context, user):
                return True
            using = context.suite.fixture_at.get(user)
            if using is not None and using not in found:
                found.append(using)
    return "asyncio" in user_runners(context, fixture) or _all_asyncio(context)


def _asks_for_loop(context: Context, fixture: Fixture) -> bool:
    """Say whether a fixture asks for the ``event_loop`` that pytest-asyncio had."""
    if loop_parameter(fixture.node) is None or not owns_loops(context.config, context.project):
        return False
    return visible_override(context.suite, fixture.node) is None


@once
def _all_asyncio(context: Context) -> bool:
    """Say whether every marked async test of the file is pytest-asyncio's, and the file imports no other runner."""
    suite = context.suite
    tests = [test.node for test in suite.tests if test.is_async and test.test_case is None]
    others = any(other_runner(context, node) for node in tests)
    return bool(tests) and not others and imported_runner(suite.module) is None


def _other_runners(context: Context) -> str | None:
    # The classes of asynctest can't ask for fixtures.
    others = [each for each in context.project.runners.items() if each[0] not in _ON_ASYNCIO | {"asynctest"}]
    if not others:
        return None
    name, evidence = others[0]
    return f"the project also has tests of {name} ({evidence.place}), and no test is seen that tells whose it is"
