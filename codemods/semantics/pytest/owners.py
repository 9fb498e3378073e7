"""Whose event loop the coroutines of a function run on: asyncio's, trio's, or, through anyio, either."""

from __future__ import annotations

import ast
from enum import Enum
from functools import cached_property

from codemods.semantics.file.order import Definition, walk
from codemods.semantics.limits import Budget
from codemods.semantics.memo import once
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.local_fixtures import may_get, users
from codemods.semantics.pytest.reach import is_autouse, reach_of
from codemods.semantics.pytest.runners import (
    automatic_runner,
    effective_mode,
    has_asyncio_mark,
    runners,
    stated_runner,
    unknown_decorator,
    user_runners,
)
from codemods.semantics.pytest.suite import Fixture


class Owner(str, Enum):
    """The library that a coroutine has to wait with."""

    ASYNCIO = "asyncio"
    ANYIO = "anyio"
    TRIO = "trio"
    NOBODY = "nobody"
    """It never runs: an async test in a plain ``TestCase``."""
    UNKNOWN = "unknown"


_STEPS = 200_000
"""How many users are looked at to tell the owner of one function."""
_LEVELS = 32
"""How many fixtures that ask for each other are followed to a test."""
_LIBRARIES = {"asyncio": Owner.ASYNCIO, "anyio": Owner.ANYIO, "trio": Owner.TRIO}
_OTHER_LIBRARIES = frozenset({"trio", "curio", "twisted"})
_OTHERS = frozenset({"anyio", *_OTHER_LIBRARIES})
_ON_ASYNCIO = ("pytest-asyncio-cooperative", "tornado")
_PLAIN_CASES = frozenset({"unittest.TestCase", "unittest.case.TestCase"})


@once
def owners_of(context: Context) -> Owners:
    """Return who runs the coroutines of a file, for all who ask."""
    return Owners(context)


class Owners:
    """The owners of the outermost functions of one file."""

    def __init__(self, context: Context) -> None:
        """Look at a file in its project."""
        self._context = context
        self._suite = suite = context.suite
        self._project = context.project
        self._reach = reach_of(suite)
        self._budget = Budget(_STEPS, _LEVELS)
        self._tests = {test.node: test for test in suite.tests}
        self._fixtures = {fixture.node: fixture for fixture in suite.fixtures}

    def of(self, node: Definition) -> Owner:
        """Return who runs the coroutines of an outermost function."""
        return self._budget.whole(lambda: self._part(node), None) or Owner.UNKNOWN

    def _part(self, node: Definition) -> Owner | None:
        """Return the owner of a function; None if its users have to know it first."""
        return self._budget.part(node, lambda: self._of(node), Owner.UNKNOWN)

    def _of(self, node: Definition) -> Owner:
        if (stated := self._stated(node)) is None:
            return self._by_content(node)
        # A coroutine that is handed to another library's run() inside the test isn't the runner's.
        other = {Owner.ASYNCIO: "trio", Owner.TRIO: "asyncio"}.get(stated)
        return Owner.UNKNOWN if other in self._used(node) else stated

    def _stated(self, node: Definition) -> Owner | None:
        """Return what marks, classes and requested fixtures say, or None."""
        if (test := self._tests.get(node)) and test.test_case and test.is_async:
            return _of_test_case(test.test_case)
        fixture = self._fixtures.get(node)
        if fixture and (owner := _of_decorator(fixture.decorator.name or "")) is not None:
            return owner
        if (named := self._named(node)) is not None:
            return named
        return self._of_fixture(fixture) if fixture else None

    def _named(self, node: Definition) -> Owner | None:
        named = {"asyncio"} if has_asyncio_mark(self._suite.marks(node)) else set()
        named |= {*filter(None, (stated_runner(self._suite, node),)), *runners(self._context, node)}
        return _only({_of_runner(each) for each in named})

    def _of_fixture(self, fixture: Fixture) -> Owner | None:
        using = users(self._suite, fixture)
        if is_autouse(fixture):
            using = [*using, *(each for each in self._tests if may_get(self._suite, each, fixture))]
        owner = self._of_users(using)
        return owner if owner is Owner.UNKNOWN else _only({owner, *self._of_others(fixture)} - {None})

    def _of_others(self, fixture: Fixture) -> set[Owner]:
        """Return the owners of the tests that reach a fixture, in any file."""
        return {_of_runner(each) for each in user_runners(self._context, fixture)}

    def _of_users(self, users: list[Definition]) -> Owner | None:
        self._budget.spend(len(users))
        # A fixture that overrides one of its own name asks for itself: it isn't known yet.
        found = {self._part(user) for user in users if isinstance(user, ast.AsyncFunctionDef)}
        return _only({each for each in found if each not in (None, Owner.NOBODY)})

    def _by_content(self, node: Definition) -> Owner:
        """Judge by the library that the function uses, then by its users, then by file and project."""
        used: set[Owner | None] = {_LIBRARIES.get(name, Owner.UNKNOWN) for name in self._used(node)}
        if used:
            return _only(used) or Owner.UNKNOWN
        if node not in self._tests and node not in self._fixtures:
            leading = self._reach.leading_to(node)
            users = [each for each in (*self._tests, *self._fixtures) if each in leading] if len(leading) > 1 else []
            if (owner := self._of_users(users)) is not None:
                return owner
        return self._by_surroundings(node)

    def _by_surroundings(self, node: Definition) -> Owner:
        if (
            not self._suite.module.imported_packages.isdisjoint(_OTHER_LIBRARIES)
            and "asyncio" not in self._suite.module.imported_packages
        ):
            alone = self._suite.module.imported_packages.isdisjoint(_OTHERS - {"trio"})
            return Owner.TRIO if alone and self._automatic == "trio" else Owner.UNKNOWN
        if unknown_decorator(self._suite, node) and not self._project.libraries.isdisjoint(_OTHER_LIBRARIES):
            return Owner.UNKNOWN
        if self._automatic in _OTHERS:
            return Owner.UNKNOWN
        if effective_mode(self._suite.config, self._project) == "auto":
            return Owner.ASYNCIO
        return Owner.ASYNCIO if _OTHERS.isdisjoint(self._project.runners) else Owner.UNKNOWN

    @cached_property
    def _automatic(self) -> str | None:
        return automatic_runner(self._suite.config, self._project)

    def _used(self, node: Definition) -> set[str]:
        """Return the libraries whose names stand in a function."""
        names = (each for each in walk(node) if isinstance(each, ast.Name))
        dotted = filter(None, map(self._suite.module.resolve, names))
        return {name.partition(".")[0] for name in dotted} & {*_LIBRARIES, *_OTHER_LIBRARIES}


def _of_runner(name: str) -> Owner:
    return Owner.ASYNCIO if name in _ON_ASYNCIO else _LIBRARIES.get(name, Owner.UNKNOWN)


def _only(found: set[Owner | None]) -> Owner | None:
    if len(found) > 1:
        return Owner.UNKNOWN
    return next(iter(found), None)


def _of_decorator(name: str) -> Owner | None:
    plugin = name.partition(".")[0]
    return {"pytest_asyncio": Owner.ASYNCIO, "pytest_trio": Owner.TRIO, "pytest_twisted": Owner.UNKNOWN}.get(plugin)


def _of_test_case(base: str) -> Owner:
    if base in _PLAIN_CASES:
        return Owner.NOBODY
    return Owner.UNKNOWN if base.startswith("twisted.") else Owner.ASYNCIO
