"""One file as pytest sees it: its fixtures, its tests, and who runs them."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from codemods.semantics.answers import ClassKind
from codemods.semantics.file.arguments import argument
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition
from codemods.semantics.memo import once
from codemods.semantics.pytest.classes import class_type, has_constructor, is_no_test, local_bases, local_heirs
from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
from codemods.semantics.pytest.marks import (
    Decorator,
    Level,
    Mark,
    class_marks,
    decorators,
    function_marks,
    pytestmarks,
)
from codemods.semantics.pytest.requests import parameters, string, used_names

ASYNCIO_FIXTURE = "pytest_asyncio.fixture"
PLAIN_FIXTURES = frozenset({"pytest.fixture", "_pytest.fixtures.fixture", "pytest.yield_fixture"})
FIXTURE_NAMES = PLAIN_FIXTURES | {ASYNCIO_FIXTURE}
OTHER_FIXTURES = frozenset(
    {"pytest_trio.trio_fixture", "pytest_twisted.async_fixture", "pytest_twisted.async_yield_fixture"}
)


@dataclass(frozen=True, slots=True)
class Fixture:
    """A function decorated as a fixture, and by which decorator."""

    node: Definition
    decorator: Decorator
    name: str
    is_named: bool = False
    """Whether the decorator gives it the name: else it has that of the attribute where pytest finds it."""
    has_unknown_name: bool = False
    """Whether only a run can tell what the decorator calls it."""

    @property
    def is_async(self) -> bool:
        """Whether it is a coroutine function or an async generator function."""
        return isinstance(self.node, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Test:
    """A function that pytest collects by its name; ``doubt`` says why it may not, or not by pytest itself."""

    __test__ = False
    node: Definition
    test_case: str | None = None
    doubt: str | None = None

    @property
    def is_async(self) -> bool:
        """Whether it is written with ``async def``."""
        return isinstance(self.node, ast.AsyncFunctionDef)


class Suite:
    """The fixtures and tests of one module under one pytest configuration."""

    def __init__(self, module: Module, config: PytestConfig) -> None:
        """Look at ``module`` with the names that ``config`` gives tests and test classes."""
        self.module = module
        self.config = config
        self.memo: dict[Hashable, Any] = {}
        """See ``codemods.semantics.memo``."""
        self._marks: dict[ast.AST, list[Mark]] = {}

    @cached_property
    def is_test_module(self) -> bool:
        """Whether pytest collects tests from the file."""
        return self.config.matches_file(self.module.path)

    @cached_property
    def fixtures(self) -> list[Fixture]:
        """All functions decorated as fixtures, at every depth, sync and async."""
        found = (self._fixture(node) for node in self.module.definitions)
        return [each for each in found if each]

    def _fixture(self, node: Definition) -> Fixture | None:
        for decorator in decorators(self.module, node):
            if decorator.name in FIXTURE_NAMES or decorator.name in OTHER_FIXTURES:
                return fixture_by(self.module, node, decorator, node.name)
        return None

    @cached_property
    def fixture_nodes(self) -> set[ast.AST]:
        """The functions of all fixtures."""
        return {each.node for each in self.fixtures}

    @cached_property
    def fixtures_named(self) -> Mapping[str, list[Fixture]]:
        """The fixtures by name."""
        found: defaultdict[str, list[Fixture]] = defaultdict(list)
        for each in self.fixtures:
            found[each.name].append(each)
        return dict(found)

    @cached_property
    def fixture_at(self) -> Mapping[ast.AST | None, Fixture]:
        """The fixtures by their functions."""
        return {each.node: each for each in self.fixtures}

    @cached_property
    def test_nodes(self) -> Mapping[ast.AST | None, Test]:
        """The tests by their functions."""
        return {each.node: each for each in self.tests}

    @cached_property
    def tests(self) -> list[Test]:
        """All functions that are tests by their name and place, in source order."""
        return list(self._tests()) if self.is_test_module else []

    def _tests(self) -> Iterator[Test]:
        for node in self.module.definitions:
            if node not in self.fixture_nodes and self.config.matches_function(node.name):
                owner = self._owner(node)
                if isinstance(owner, ast.Module):
                    yield Test(node)
                elif isinstance(owner, ast.ClassDef) and (test := self._method(node, owner)):
                    yield test

    def _owner(self, node: ast.AST) -> ast.AST:
        """Return the class, function or module in which a definition stands, looking through ``if`` and ``try``."""
        return self.module.scopes.scope_of(node)

    def _method(self, node: Definition, owner: ast.ClassDef) -> Test | None:
        outer = self._owner(owner)
        if not isinstance(outer, (ast.Module, ast.ClassDef)) or self._is_no_test(owner):
            return None
        found = class_type(self.module, owner)
        if found.kind is ClassKind.TEST_CASE:
            return Test(node, test_case=found.base)
        if self._is_collected(owner):
            doubt = f"the base class {found.base} of {owner.name} isn't known"
            return Test(node, doubt=doubt if found.kind is ClassKind.UNKNOWN else None)
        kinds = {
            class_type(self.module, heir).kind for heir in local_heirs(self.module, owner) if self._may_collect(heir)
        }
        if not kinds:
            return None
        return Test(
            node,
            doubt=None if kinds == {ClassKind.PLAIN} else f"{owner.name} is mixed into other test classes",
        )

    @once
    def _is_no_test(self, node: ast.ClassDef) -> bool:
        return is_no_test((self.module, each) for each in local_bases(self.module, node))

    def _may_collect(self, node: ast.ClassDef) -> bool:
        return class_type(self.module, node).kind is ClassKind.TEST_CASE or self._is_collected(node)

    @once
    def _is_collected(self, node: ast.ClassDef) -> bool:
        classes = ((self.module, each) for each in local_bases(self.module, node))
        return self.config.matches_class(node.name) and not has_constructor(classes)

    def marks(self, node: Definition) -> list[Mark]:
        """Return all marks that hold for a function, the closest first, those whose name can't be known included."""
        if node not in self._marks:
            inherited = [mark for each in self.module.classes_around(node) for mark in self._class_marks(each)]
            self._marks[node] = [*function_marks(self.module, node), *inherited, *self.module_marks]
        return self._marks[node]

    def _class_marks(self, node: ast.ClassDef) -> list[Mark]:
        if node not in self._marks:
            self._marks[node] = class_marks(self.module, node)
        return self._marks[node]

    @cached_property
    def module_marks(self) -> list[Mark]:
        """The marks of the module's ``pytestmark``."""
        return list(pytestmarks(self.module, self.module.tree, self.module.tree.body, Level.MODULE))

    def decorators(self, node: Definition | ast.ClassDef) -> list[Decorator]:
        """Return the decorators of a function or class from the top."""
        return decorators(self.module, node)

    def users(self, fixture: str) -> list[Definition]:
        """Return the tests and fixtures of this file that ask for a fixture by name."""
        return list(self._users.get(fixture, ()))

    @cached_property
    def _users(self) -> Mapping[str, list[Definition]]:
        found: defaultdict[str, list[Definition]] = defaultdict(list)
        for node in (*(each.node for each in self.tests), *(each.node for each in self.fixtures)):
            for name in self.requested(node):
                found[name].append(node)
        return dict(found)

    def requested(self, node: Definition) -> set[str]:
        """Return the names of the fixtures that a function asks for by parameter or ``usefixtures``."""
        named = {each.arg for each in parameters(self.module, node)}
        if node in self.fixture_nodes:
            return named
        return named.union(used_names(self.module, self.marks(node)), self.config.usefixtures)


def fixture_by(module: Module, node: Definition, decorator: Decorator, name: str) -> Fixture:
    """Return the fixture that a decorator makes of a function, with that name if it gives it none."""
    given = _given_name(decorator)
    text = string(module, given)
    return Fixture(node, decorator, text or name, given is not None, given is not None and not text)


def _given_name(decorator: Decorator) -> ast.expr | None:
    given = argument(decorator.call, "name")
    return None if isinstance(given, ast.Constant) and not given.value else given
