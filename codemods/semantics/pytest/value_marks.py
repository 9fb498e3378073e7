"""The marks of values that ``parametrize``, the ``params`` of a fixture and hooks give."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from codemods.semantics.file.arguments import argument
from codemods.semantics.file.order import walk
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.marks import Level, Mark, dotted_callee, entries
from codemods.semantics.pytest.requests import generated, mark_call

_HOPS = 4
"""How many names are followed that stand for values."""
Find = Callable[[str, str], tuple[Context, ast.AST] | None]
"""Finds what a dotted name of a file stands for, wherever it is defined."""


class ValueMarks:
    """Reads the marks of values, also where another file has them."""

    def __init__(self, find: Find) -> None:
        """Take what finds a name of a file."""
        self._find = find
        self._known: dict[tuple[ast.AST, int], tuple[Mark, ...]] = {}

    def of_fixture(self, fixture: Declaration) -> Iterator[Mark]:
        """Yield the marks of the values of a fixture, which its tests get."""
        call = fixture.fixture.decorator.call if fixture.fixture else None
        yield from self._of(fixture.context, argument(call, "params"))

    def of_mark(self, file: Context, mark: Mark) -> Iterator[Mark]:
        """Yield the marks of the values of a ``parametrize``."""
        if mark.name == "parametrize":
            yield from self._of(file, argument(mark_call(file.module, mark), "argvalues", 1))

    def of_hooks(self, file: Context) -> Iterator[Mark]:
        """Yield the marks of the values that a file's ``pytest_generate_tests`` gives."""
        if generated(file.module):
            for hook in file.module.definitions:
                if hook.name == "pytest_generate_tests":
                    yield from self._of(file, hook)

    def _of(self, file: Context, value: ast.AST | None, hops: int = _HOPS) -> Iterator[Mark]:
        for node in walk(value) if value is not None else ():
            if isinstance(node, ast.Call) and dotted_callee(file.module, node) == "pytest.param":
                for given in (each.value for each in node.keywords if each.arg == "marks"):
                    yield from entries(file.module, given, Level.PARAMETER, node)
            elif hops and isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
                yield from self._named(file, node, hops)

    def _named(self, file: Context, name: ast.Name | ast.Attribute, hops: int) -> Iterator[Mark]:
        """Yield the marks in what a name stands for: values, or a function that makes them."""
        if (dotted := file.module.resolve(name)) is not None:
            there = None if dotted.startswith("pytest.") else self._find(file.module.path, dotted)
            yield from self._bound(*there, hops) if there is not None else ()
        elif (binding := file.module.only_binding(name)) is not None:
            yield from self._bound(file, binding, hops)

    def _bound(self, file: Context, binding: ast.AST, hops: int) -> tuple[Mark, ...]:
        key = binding, hops
        if key not in self._known:
            self._known[key] = ()  # a name that leads back to itself adds nothing
            self._known[key] = tuple(self._of(file, _content(file, binding), hops - 1))
        return self._known[key]


def _content(file: Context, binding: ast.AST) -> ast.AST | None:
    if isinstance(binding, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return binding
    parent = file.module.parents.get(binding)
    return parent.value if isinstance(parent, (ast.Assign, ast.AnnAssign)) else None
