"""The event loop that each async test and fixture runs on, named by its scope.

Two of one scope share a loop as long as that scope lasts; those of different scopes never do
(https://pytest-asyncio.readthedocs.io/en/stable/concepts.html).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from codemods.semantics.file.arguments import argument
from codemods.semantics.file.module import Module
from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.declarations import SCOPES, Declaration, literal_scope
from codemods.semantics.pytest.marks import ASYNCIO_MARK, Mark, closest_marks
from codemods.semantics.pytest.requests import mark_call
from codemods.semantics.pytest.runners import automatic_runner, effective_mode, is_off, other_runner
from codemods.semantics.pytest.suite import ASYNCIO_FIXTURE, PLAIN_FIXTURES, Test

_SAME = "fixture-scope"
"""The default that gives each fixture a loop of its own scope."""


def runs_on_asyncio(user: Declaration) -> bool:
    """Return whether pytest-asyncio runs an async test or fixture."""
    return is_run_by(user, asyncio_mark(user))


def is_run_by(user: Declaration, mark: Mark | None) -> bool:
    """Return whether pytest-asyncio runs an async test or fixture, the test if this mark holds for it."""
    context = user.context
    if not user.is_async or is_off(context.config, context.project) or other_runner(context, user.node):
        return False
    is_auto = effective_mode(context.config, context.project) == "auto" and not _is_shared(user)
    if user.fixture is not None:
        name = user.fixture.decorator.name
        return name == ASYNCIO_FIXTURE or (is_auto and name in PLAIN_FIXTURES)
    return is_auto or mark is not None


def _is_shared(user: Declaration) -> bool:
    return automatic_runner(user.context.config, user.context.project) is not None


def asyncio_mark(user: Declaration) -> Mark | None:
    """Return the asyncio mark that holds for a test: the closest."""
    marks = (*closest_marks(user.context.module, user.node), *user.context.suite.module_marks)
    return next((each for each in marks if each.name == "asyncio"), None)


def stated_loop_scope(user: Declaration) -> str | None:
    """Return the loop scope that a decorator or a mark states; None if none does, or if only a run can tell."""
    value = _stated(user)
    return literal_scope(value) if value is not None else None


def states_loop_scope(user: Declaration) -> bool:
    """Return whether a decorator or a mark states a loop scope, which may be one that only a run can tell."""
    return _stated(user) is not None


def is_unreadable(user: Declaration) -> bool:
    """Return whether something states a loop scope that only a run can tell."""
    value = _stated(user)
    return value is not None and literal_scope(value) is None


def _stated(user: Declaration) -> ast.expr | None:
    if user.fixture is not None:
        return argument(user.fixture.decorator.call, "loop_scope")
    mark = asyncio_mark(user)
    return _stated_by(user.context.module, mark) if mark is not None else None


def _stated_by(module: Module, mark: Mark) -> ast.expr | None:
    """Return what a mark states; the mark itself where another file has its arguments."""
    call = mark_call(module, mark)
    if call is None and module.resolve(mark.node) != ASYNCIO_MARK:
        return mark.node
    keywords = {each.arg: each.value for each in (call.keywords if call is not None else ())}
    return keywords.get("loop_scope", keywords.get("scope", keywords.get(None)))


def loop_scope(user: Declaration) -> str | None:
    """Return the scope of the loop that an async test or fixture runs on; None if only a run can tell."""
    if user.fixture is None:
        return loop_by(user.context, asyncio_mark(user), user.context.config)
    return None if is_unreadable(user) else _loop_of_fixture(user)


def loop_by(context: Context, mark: Mark | None, config: PytestConfig) -> str | None:
    """Return the scope of the loop of a test that a mark of a file holds for; None if only a run can tell."""
    value = _stated_by(context.module, mark) if mark is not None else None
    return default_of_tests(config) if value is None else literal_scope(value)


def _loop_of_fixture(user: Declaration) -> str | None:
    return stated_loop_scope(user) or default_of_fixtures(user.context.config) or user.scope


def default_of_tests(config: PytestConfig) -> str:
    """Return the scope of the loop of tests that state none."""
    return config.test_loop_scope or "function"


def default_of_fixtures(config: PytestConfig) -> str | None:
    """Return the scope of the loop of fixtures that state none; None if it is that of each fixture."""
    return None if config.fixture_loop_scope == _SAME else config.fixture_loop_scope


def loop_scopes(context: Context, tests: Iterable[Test]) -> set[str | None]:
    """Return the scopes of the loops that the async ones of some tests run on, None for one that can't be told."""
    return {loop_scope(Declaration(context, each.node)) for each in tests if each.is_async}


def relies_on_default(user: Declaration) -> bool:
    """Return whether a fixture's loop has the fixture's own scope only as long as no default is configured."""
    is_wide = user.fixture is not None and user.scope not in (None, "function")
    return is_wide and _stated(user) is None and user.context.config.fixture_loop_scope is None


def outlives_its_loop(user: Declaration) -> bool:
    """Return whether a fixture of pytest-asyncio, also a sync one, lives longer than its loop: pytest refuses it."""
    if user.fixture is None or user.scope is None or is_unreadable(user):
        return False
    scope = loop_scope(user) if runs_on_asyncio(user) or user.fixture.decorator.name == ASYNCIO_FIXTURE else None
    return scope is not None and SCOPES.index(scope) < SCOPES.index(user.scope)


def covered_by(mark: Mark, users: Sequence[Declaration]) -> list[Declaration]:
    """Return those tests of a file whose asyncio mark is this one."""
    return [each for each in users if (own := asyncio_mark(each)) is not None and own.node is mark.node]
