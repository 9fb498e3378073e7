"""Tests and fixtures, each where it is declared: its file, and the class around it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.semantics.file.arguments import argument
from codemods.semantics.file.order import Definition
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.marks import Decorator
from codemods.semantics.pytest.suite import Fixture

SCOPES = ("function", "class", "module", "package", "session")
"""The scopes of fixtures and of event loops, from the narrowest."""


@dataclass(frozen=True, slots=True, eq=False)
class Declaration:
    """A test or a fixture where it is declared."""

    context: Context
    node: Definition
    fixture: Fixture | None = None

    @property
    def path(self) -> str:
        """The file, posix, from the root."""
        return self.context.module.path

    @property
    def owner(self) -> ast.ClassDef | None:
        """The class that it is a method of."""
        return next(self.context.module.classes_around(self.node), None)

    @property
    def is_local(self) -> bool:
        """Whether it stands in the body of a function, where pytest doesn't look."""
        return self.context.module.function_of(self.node) is not None

    @property
    def is_async(self) -> bool:
        """Whether it is written with ``async def``."""
        return isinstance(self.node, ast.AsyncFunctionDef)

    @property
    def name(self) -> str:
        """What others ask for it by, or the name of the function."""
        return self.fixture.name if self.fixture else self.node.name

    @property
    def scope(self) -> str | None:
        """The scope of a fixture; None if it can't be known."""
        return fixture_scope(self.fixture.decorator) if self.fixture else "function"

    @property
    def is_autouse(self) -> bool | None:
        """Whether everything that sees the fixture uses it; None if only a run can tell."""
        return fixture_autouse(self.fixture.decorator) if self.fixture else False


def fixtures_in(file: Context) -> list[Declaration]:
    """Return the fixtures that a file defines, the last first, as they are declared there."""
    found = (Declaration(file, each.node, each) for each in reversed(file.suite.fixtures))
    return [each for each in found if not each.is_local]


def fixture_autouse(decorator: Decorator) -> bool | None:
    """Return whether a fixture's decorator has it used without being asked for; None where only a run can tell."""
    value = argument(decorator.call, "autouse")
    if isinstance(value, ast.Constant):
        return bool(value.value)
    unpacks = decorator.call is not None and any(each.arg is None for each in decorator.call.keywords)
    return None if unpacks or value is not None else False


def fixture_scope(decorator: Decorator) -> str | None:
    """Return the scope that a fixture's decorator gives it; None where only a run can tell."""
    value = argument(decorator.call, "scope", 0)
    if value is None and decorator.call and any(each.arg is None for each in decorator.call.keywords):
        return None
    return "function" if value is None else literal_scope(value)


def literal_scope(node: ast.expr) -> str | None:
    """Return the scope that an expression writes out, or None."""
    known = isinstance(node, ast.Constant) and node.value in SCOPES
    return str(node.value) if known else None  # type: ignore[attr-defined]
