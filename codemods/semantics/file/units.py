"""Units: the statements that are parsed and rewritten alone.

A unit is a top-level statement, or a statement in the body of a top-level class, recursively. A class header is a unit
of its own. Statements that share a physical line are one unit.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum


class UnitKind(str, Enum):
    """Where a unit stands, and so what has to be put around its text before it can be parsed."""

    STATEMENT = "statement"
    CLASS_HEADER = "class header"
    CLASS_BODY = "class body"


@dataclass(frozen=True, slots=True)
class Unit:
    """A run of whole physical lines; ``start`` and ``end`` count from 1, both inclusive."""

    kind: UnitKind
    nodes: tuple[ast.stmt, ...]
    start: int
    end: int


def first_line(node: ast.stmt, lines: Sequence[str]) -> int:
    """Return the line on which a statement starts: that of its first ``@``, which may stand above its expression."""
    decorators = getattr(node, "decorator_list", None)
    if not decorators:
        return node.lineno
    line: int = decorators[0].lineno
    while line > 1 and not lines[line - 1].lstrip(" \t\f").startswith("@"):
        line -= 1
    return line


def split_units(tree: ast.Module, lines: Sequence[str]) -> list[Unit]:
    """Return the units of a module in source order; ``lines`` are those of its text, line ends included."""
    return list(_merged(_units(tree.body, lines, UnitKind.STATEMENT)))


def _units(body: Sequence[ast.stmt], lines: Sequence[str], kind: UnitKind) -> Iterator[Unit]:
    for node in body:
        start = first_line(node, lines)
        if isinstance(node, ast.ClassDef) and (inner := first_line(node.body[0], lines)) > node.lineno:
            yield Unit(UnitKind.CLASS_HEADER, (node,), start, inner - 1)
            yield from _units(node.body, lines, UnitKind.CLASS_BODY)
        else:
            yield Unit(kind, (node,), start, node.end_lineno or node.lineno)


def _merged(units: Iterator[Unit]) -> Iterator[Unit]:
    last: Unit | None = None
    for unit in units:
        if last is not None and unit.start <= last.end:
            last = Unit(last.kind, last.nodes + unit.nodes, last.start, max(last.end, unit.end))
            continue
        if last is not None:
            yield last
        last = unit
    if last is not None:
        yield last
