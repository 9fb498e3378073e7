"""The trees of what symbols lead to."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from codemods.semantics.file.order import Definition
from codemods.semantics.project.symbols import FunctionSymbol, Symbol
from codemods.semantics.pytest.suite import Suite

Node = TypeVar("Node", ast.ClassDef, Definition)


def at_line(nodes: Iterable[Node], line: int) -> Node | None:
    """Return the class or function that begins at a line."""
    return next((each for each in nodes if each.lineno == line), None)


def function_of(
    symbol: Symbol | None, suite: Callable[[Path], Suite | None]
) -> tuple[Suite | None, Definition | None]:  # fmt: skip
    """Return the file that a function stands in, as ``suite`` gives it, and the function."""
    found = suite(symbol.file) if isinstance(symbol, FunctionSymbol) else None
    if found is None or not isinstance(symbol, FunctionSymbol):
        return None, None
    return found, at_line(found.module.definitions, symbol.line)
