"""What a test asks for where it is collected: with the marks of the classes and the module there, in whatever files."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cache

from codemods.semantics.file.module import Module
from codemods.semantics.pytest.bindings import Bindings
from codemods.semantics.pytest.collectors import Collector
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.marks import Mark, stored_marks
from codemods.semantics.pytest.requests import (
    entry,
    generated,
    mark_call,
    parameters,
    parametrized,
    used_names,
    value_of,
)

_NOTHING: frozenset[str | None] = frozenset()


class Requested:
    """What tests and fixtures ask for, and what is given to them otherwise."""

    def __init__(self, bindings: Bindings, parse: Callable[[str], Context | None]) -> None:
        """Take where classes are found, and what parses a file."""
        self._bindings = bindings
        self._parse = parse
        self.names = cache(self._names)
        self.given = cache(self._given)
        self.generated = cache(self._generated)
        self._marks = cache(lambda user, at: tuple(self._marks_at(user, at)))

    def marks(self, user: Declaration, at: Collector) -> tuple[tuple[Context, Mark], ...]:
        """Return the marks that hold for a test where it is collected, the closest first, each with its file."""
        return self._marks(user, at)

    def _names(self, user: Declaration, at: Collector) -> frozenset[str]:
        """Return the names of the fixtures that a test or fixture asks for."""
        named = {each.arg for each in parameters(user.context.module, user.node)}
        if user.fixture is not None:
            return frozenset(named)
        named = named.union(*(used_names(file.module, [mark]) for file, mark in self._marks(user, at)))
        named |= {"anyio_backend"} if self._is_anyios(user, at) else set()
        return frozenset(named.union(user.context.config.usefixtures))

    def _is_anyios(self, user: Declaration, at: Collector) -> bool:
        """Say whether the plugin of anyio, which has its tests use a fixture, takes a test for one."""
        names = {mark.name for _, mark in self._marks(user, at)}
        return user.is_async and (user.context.config.anyio_auto or "anyio" in names)

    def _given(self, user: Declaration, at: Collector) -> frozenset[str | None]:
        """Return the names to which ``parametrize`` gives values; None if it may be any."""
        if user.fixture is not None:
            return _NOTHING
        marks = self._marks(user, at)
        return _NOTHING.union(*(parametrized(file.module, [mark], self._value) for file, mark in marks))

    def _value(self, module: Module, node: ast.expr | None) -> ast.expr | None:
        """Return what an expression is, also where another file has it."""
        if isinstance(node, ast.Subscript):
            return entry(self._value(module, node.value), node.slice)
        found = value_of(module, node)
        dotted = module.resolve(node) if found is None and node is not None else None
        return self._assigned(module.path, dotted)[1] if dotted else found

    def _assigned(self, path: str, dotted: str) -> tuple[Context | None, ast.expr | None]:
        """Return what is assigned to a dotted name, as a file says it, and the file in which it is."""
        there = self._bindings.lookup.defined(path, dotted)
        file = self._parse(there[0]) if there is not None else None
        parent = file.module.parents.get(there[1]) if there is not None and file is not None else None
        return file, parent.value if isinstance(parent, (ast.Assign, ast.AnnAssign)) else None

    def _generated(self, at: Collector) -> frozenset[str]:
        """Return the names to which hooks may give values."""
        files = map(self._parse, (at.path, *self._bindings.conftests_above(at.path)))
        return frozenset().union(*(generated(file.module) for file in files if file is not None))

    def _marks_at(self, user: Declaration, at: Collector) -> Iterator[tuple[Context, Mark]]:
        for mark in stored_marks(user.context.module, user.node):
            yield self._written(user.context, mark)
        for owner in at.owners:
            for each in reversed(self._bindings.mro(*owner)):
                if each is not None and (file := self._parse(each[0])) is not None:
                    marks = (mark for mark in stored_marks(file.module, each[1]) if mark.node not in each[1].bases)
                    yield from (self._written(file, mark) for mark in marks)
        if (file := self._parse(at.path)) is not None:
            yield from (self._written(file, mark) for mark in file.suite.module_marks)

    def _written(self, file: Context, mark: Mark) -> tuple[Context, Mark]:
        """Return a mark as it is written where a name that another file defines stands for it."""
        dotted = file.module.resolve(mark.node) if mark_call(file.module, mark) is None else None
        other, value = self._assigned(file.module.path, dotted) if dotted and mark.name else (None, None)
        if other is None or not isinstance(value, (ast.Call, ast.Attribute)):
            return file, mark
        return other, Mark(mark.name, value, mark.level, mark.owner)
