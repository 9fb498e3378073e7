"""One parsed file: its tree, its units, and where each node stands."""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from copy import copy
from functools import cached_property
from typing import Any, TypeVar

from codemods.analysis.foreign import Foreign
from codemods.analysis.index.knowledge import Known, Question
from codemods.analysis.order import KINDS, Definition, children
from codemods.analysis.scopes import Scopes
from codemods.analysis.units import Unit, UnitKind, split_units
from codemods.model import Edit, Evidence, Span
from codemods.source import split_lines

Node = TypeVar("Node", bound=ast.AST)
Place = tuple[int, str, int]
"""A unit, a kind of node, and which of that kind in the unit."""


_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {}
"""The fields of each class of node that can hold nodes of interest; filled as they are met."""


def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    without = {
        "ctx",
        "op",
        "ops",
        "id",
        "attr",
        "n",
        "s",
        "kind",
        "type_comment",
        "level",
        "is_async",
        "simple",
    }
    return _FIELDS.setdefault(kind, tuple(name for name in kind._fields if name not in without))


def _position(node: Any) -> tuple[int, int]:
    return node.lineno, node.col_offset


class Module:
    """A file as the rules see it; read-only, and thrown away when its text changes.

    Raises SyntaxError, ValueError or RecursionError where ``ast.parse`` does.
    """

    def __init__(self, path: str, text: str) -> None:
        """Parse ``text``; ``path`` is relative to the project's root and only named in findings."""
        self.path = path
        self.text = text
        self.lines = split_lines(text)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.tree = ast.parse(text)
        self.units = split_units(self.tree, self.lines)
        self.parents: dict[ast.AST, ast.AST] = {}
        self._nodes: defaultdict[type[ast.AST], list[Any]] = defaultdict(list)
        self._sorted: dict[type[ast.AST], list[Any]] = {}
        self.foreign: Callable[[str], Foreign | None] = lambda dotted: None
        """What a name imported from elsewhere in the project stands for, where that is known."""
        self.ask: Callable[[Question], Known | None] = lambda question: None
        """What the index of the project knows, where it was asked already."""
        self.memo: dict[Hashable, Any] = {}
        """See ``codemods.analysis.memo``."""
        self._resolved: dict[ast.expr, str | None] = {}
        self._unit_places: dict[int, dict[ast.AST, Place]] = {}
        self._walk()

    def told(
        self, *, foreign: Callable[[str], Foreign | None] | None = None,
        ask: Callable[[Question], Known | None] | None = None,
    ) -> Module:  # fmt: skip
        """Return the same file, parsed once, as it is where something else is known of other files."""
        _ = self.scopes, self.definitions, self.loads  # found out for all of them
        other = copy(self)
        other.foreign, other.ask, other.memo = foreign or self.foreign, ask or self.ask, {}
        return other

    def _walk(self) -> None:
        """Note each node's parent; an explicit stack, since deep trees overflow Python's own."""
        parents, nodes = self.parents, self._nodes
        stack: list[ast.AST] = [self.tree]
        while stack:
            node = stack.pop()
            kind = type(node)
            nodes[kind].append(node)
            for name in _FIELDS.get(kind) or _fields(kind):
                value = getattr(node, name, None)
                if type(value) is list:
                    for child in value:
                        if isinstance(child, ast.AST):
                            parents[child] = node
                            stack.append(child)
                elif isinstance(value, ast.AST):
                    parents[value] = node
                    stack.append(value)

    @cached_property
    def scopes(self) -> Scopes:
        """Which names are bound where."""
        return Scopes(self.tree, self.parents, self._nodes)

    def nodes(self, kind: type[Node]) -> list[Node]:
        """Return all nodes of exactly this class, in source order."""
        if kind not in self._sorted:
            self._sorted[kind] = sorted(self._nodes[kind], key=_position)
        return self._sorted[kind]

    @cached_property
    def imported_packages(self) -> frozenset[str]:
        """The first parts of the dotted names that the file imports or imports from, wherever it does."""
        names = {alias.name for node in self.nodes(ast.Import) for alias in node.names}
        names |= {node.module or "" for node in self.nodes(ast.ImportFrom)}
        return frozenset(each.partition(".")[0] for each in names)

    @cached_property
    def generators(self) -> frozenset[ast.AST]:
        """The functions whose own body yields."""
        yields: list[ast.AST] = [*self.nodes(ast.Yield), *self.nodes(ast.YieldFrom)]
        return frozenset(function for each in yields if (function := self.function_of(each)) is not None)

    @cached_property
    def loads(self) -> Mapping[str, list[ast.Name]]:
        """The places that read each name, in source order."""
        found: defaultdict[str, list[ast.Name]] = defaultdict(list)
        for node in self.nodes(ast.Name):
            if type(node.ctx) is ast.Load:
                found[node.id].append(node)
        return found

    @cached_property
    def definitions(self) -> list[Definition]:
        """All functions, sync and async, at every depth, in source order."""
        both: list[Definition] = [*self.nodes(ast.FunctionDef), *self.nodes(ast.AsyncFunctionDef)]
        return sorted(both, key=_position)

    def resolve(self, node: ast.expr) -> str | None:
        """Return the dotted name that an expression stands for, following imports and plain aliases, or None."""
        if node not in self._resolved:
            self._resolved[node] = self.scopes.resolve(node)
        return self._resolved[node]

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the parents of a node from the nearest outwards."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def function_of(self, node: ast.AST) -> Definition | ast.Lambda | None:
        """Return the function in whose body a node runs: not the one that it decorates or is a default of."""
        return self.scopes.function_of(node)

    def outermost(self, node: ast.AST) -> ast.AST:
        """Return the function around a function, itself included, that runs in no other."""
        while (around := self.function_of(node)) is not None:
            node = around
        return node

    def is_called(self, node: ast.expr) -> bool:
        """Return whether an expression is what a call calls."""
        parent = self.parents[node]
        return isinstance(parent, ast.Call) and parent.func is node

    def qualname(self, node: ast.AST) -> str:
        """Return the dotted path of the classes and functions around a node, itself included."""
        named = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        path = [each.name for each in (node, *self.ancestors(node)) if isinstance(each, named)]
        return ".".join(reversed(path))

    def _places(self, index: int) -> dict[ast.AST, Place]:
        """Return, for each node of a unit that an edit can name, how many-th of its kind it is there."""
        if index not in self._unit_places:
            found = self._unit_places[index] = {}
            counts: Counter[str] = Counter()
            for node in unit_nodes(self.units[index]):
                if (kind := KINDS.get(type(node))) is not None:
                    found[node] = (index, kind, counts[kind])
                    counts[kind] += 1
        return self._unit_places[index]

    def node_at(self, edit: Edit) -> ast.AST:
        """Return the node that an edit names."""
        place = (edit.unit, edit.kind, edit.index)
        return next(node for node, each in self._places(edit.unit).items() if each == place)

    def edit(self, node: ast.AST, verb: str, **args: Any) -> Edit:
        """Return the edit that does ``verb`` to ``node``; ``args`` must be JSON values."""
        if "text" in args:
            args["text"] = re.sub(r"\r\n?", "\n", args["text"])
        unit, kind, index = self._places(self._unit_index(node))[node]
        return Edit(self.path, unit, verb, kind, index, args)

    def _unit_index(self, node: ast.AST) -> int:
        while not isinstance(node, ast.stmt):  # positions inside f-strings are wrong before Python 3.12
            node = self.parents[node]
        return bisect_right(self.units, node.lineno, key=lambda unit: unit.start) - 1

    def unit_at(self, node: ast.AST) -> Unit:
        """Return the unit in which a node starts."""
        return self.units[self._unit_index(node)]

    def headline(self, node: ast.AST) -> Span:
        """Return the span to show for a node: of a function or class, only up to its name."""
        span = self.span(node)
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return span
        name = re.compile(rf"\b(?:def|class)\s+{node.name}\b").search(self.lines[span.line - 1], span.column - 1)
        return Span(span.line, span.column, span.line, name.end() + 1 if name else span.column + 1)

    def unit_text(self, unit: Unit) -> str:
        """Return the text of the lines of a unit."""
        return "".join(self.lines[unit.start - 1 : unit.end])

    def segment(self, node: ast.AST) -> str:
        """Return the source text of an expression or statement."""
        span = self.span(node)
        if span.line == span.end_line:
            return self.lines[span.line - 1][span.column - 1 : span.end_column - 1]
        first, *middle, last = self.lines[span.line - 1 : span.end_line]
        return "".join((first[span.column - 1 :], *middle, last[: span.end_column - 1]))

    def span(self, node: ast.AST) -> Span:
        """Return where a node stands; ``ast`` counts UTF-8 bytes, people count characters."""
        line, end_line = node.lineno, node.end_lineno  # type: ignore[attr-defined]
        column = self._column(line, node.col_offset)  # type: ignore[attr-defined]
        return Span(line, column, end_line, self._column(end_line, node.end_col_offset))  # type: ignore[attr-defined]

    def _column(self, line: int, offset: int) -> int:
        text = self.lines[line - 1]
        return offset + 1 if text.isascii() else len(text.encode()[:offset].decode(errors="replace")) + 1

    def evidence(self, node: ast.AST) -> Evidence:
        """Return the line on which a node stands as evidence."""
        line: int = node.lineno  # type: ignore[attr-defined]
        return Evidence(self.path, line, self.lines[line - 1].strip())


def unit_nodes(unit: Unit) -> Iterator[ast.AST]:
    """Yield the nodes of a unit in source order; of a class header, the class and what stands before its body."""
    stack: list[ast.AST] = list(reversed(unit.nodes))
    header = unit.nodes[0] if unit.kind is UnitKind.CLASS_HEADER else None
    while stack:
        node = stack.pop()
        yield node
        inner: Iterable[ast.AST] = children(node)
        if node is header:
            body = set(unit.nodes[0].body)  # type: ignore[attr-defined]
            inner = [each for each in inner if each not in body]
        stack.extend(reversed(list(inner)))
