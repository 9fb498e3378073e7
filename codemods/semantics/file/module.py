"""One parsed file: its tree, its units, and where each node stands."""

from __future__ import annotations

import ast
import math
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeVar, overload

from codemods.model import Edit, Evidence, Span
from codemods.semantics.answers import Answers, NoAnswers
from codemods.semantics.file.order import KINDS, Definition, below, children, position
from codemods.semantics.file.parsing import parsed
from codemods.semantics.file.scopes import Scopes
from codemods.semantics.file.units import Unit, UnitKind, split_units
from codemods.source import split_lines

Node = TypeVar("Node", bound=ast.AST)
Place = tuple[int, str, int]
"""A unit, a kind of node, and which of that kind in the unit."""
_POSITION = attrgetter("lineno", "col_offset")
"""As ``position``, in half of its time: most of the nodes of a file are sorted."""
_LINE_LIMITS = (79, 80, 88, 100, 120)
"""How long lines may be, by the usual settings."""


class Module:
    """A file as the rules see it; read-only, and thrown away when its text changes.

    Raises SyntaxError, ValueError or RecursionError where ``ast.parse`` does.
    """

    def __init__(self, path: str, text: str, tree: ast.Module | None = None) -> None:
        """Parse ``text``, of which there may be a tree; ``path`` is relative to the project's root, for findings."""
        self.path = path
        self.text = text
        self.lines = split_lines(text)
        self.tree = tree or parsed(text)
        self.units = split_units(self.tree, self.lines)
        self.parents: dict[ast.AST, ast.AST] = {}
        self._nodes: defaultdict[type[ast.AST], list[Any]] = defaultdict(list)
        self._sorted: dict[type[ast.AST], list[Any]] = {}
        self.answers: Answers = NoAnswers()
        """What is known of the other files."""
        self.memo: dict[Hashable, Any] = {}
        """See ``codemods.semantics.memo``."""
        self._resolved: dict[ast.expr, str | None] = {}
        self._unit_places: dict[int, dict[ast.AST, Place]] = {}
        self._unit_nodes: dict[int, dict[Place, ast.AST]] = {}
        self._unit_texts: dict[int, str] = {}
        self._reads: dict[str, Mapping[ast.AST | None, list[ast.Name]]] = {}
        self._own: dict[type[ast.AST], Mapping[ast.AST | None, list[Any]]] = {}
        self._blocks: dict[ast.AST, dict[ast.AST, tuple[list[ast.stmt], int]]] = {}
        self._outer: dict[ast.AST, Definition | None] = {self.tree: None}
        self._walk()

    def answered_by(self, answers: Answers) -> Module:
        """Return the same file, parsed once, as it is where this is known of the others."""
        _ = self.scopes, self.definitions  # found out for all of them
        other = copy(self)
        other.answers, other.memo = answers, {}
        return other

    def _walk(self) -> None:
        """Note each node's parent; an explicit stack, since deep trees overflow Python's own."""
        parents, nodes = self.parents, self._nodes
        stack: list[ast.AST] = [self.tree]
        while stack:
            node = stack.pop()
            nodes[type(node)].append(node)
            held = below(node)
            parents.update(dict.fromkeys(held, node))
            stack += held

    @cached_property
    def scopes(self) -> Scopes:
        """Which names are bound where."""
        return Scopes(self.tree, self.parents, self._nodes)

    def nodes(self, kind: type[Node]) -> list[Node]:
        """Return all nodes of exactly this class, in source order."""
        if kind not in self._sorted:
            self._sorted[kind] = sorted(self._nodes[kind], key=_POSITION)
        return self._sorted[kind]

    @cached_property
    def imported_packages(self) -> frozenset[str]:
        """The first parts of the dotted names that the file imports or imports from, wherever it does."""
        names = {alias.name for node in self.nodes(ast.Import) for alias in node.names}
        names |= {node.module or "" for node in self.nodes(ast.ImportFrom) if not node.level}
        return frozenset(each.partition(".")[0] for each in names)

    @cached_property
    def star_imports(self) -> list[ast.ImportFrom]:
        """The imports of all names of another module, in source order."""
        return [each for each in self.nodes(ast.ImportFrom) if each.names[0].name == "*"]

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

    def reads_in(self, scope: ast.AST, name: str) -> list[ast.Name]:
        """Return the places that read a name as it is bound in a scope, in source order."""
        if name not in self._reads:
            self._reads[name] = _grouped(self.loads.get(name, ()), lambda node: self.scopes.lookup(name, node)[0])
        return self._reads[name].get(scope, [])

    def reads(self, binding: ast.AST, name: str) -> list[ast.Name]:
        """Return the places that read a name in the scope in which a node binds it, in source order."""
        return self.reads_in(self.scopes.binding_scope(binding, name), name)

    @cached_property
    def attributes(self) -> Mapping[str, list[ast.Attribute]]:
        """The places that read, store or delete an attribute of each name, in source order."""
        return _grouped(self.nodes(ast.Attribute), lambda node: node.attr)

    @cached_property
    def stores(self) -> Mapping[str, list[ast.Attribute]]:
        """The places that store an attribute of each name, in source order."""
        stored = (node for node in self.nodes(ast.Attribute) if isinstance(node.ctx, ast.Store))
        return _grouped(stored, lambda node: node.attr)

    @cached_property
    def strings(self) -> frozenset[str]:
        """The texts of all strings."""
        return frozenset(each.value for each in self.nodes(ast.Constant) if isinstance(each.value, str))

    @cached_property
    def string_text(self) -> str:
        """All strings in one, with what no name holds between them: for whether any holds a name."""
        return "\n".join(each.value for each in self.nodes(ast.Constant) if isinstance(each.value, str))

    @cached_property
    def line_limit(self) -> float:
        """How long a line may be: the nearest of the usual limits that all of them keep."""
        longest = max((len(each.rstrip()) for each in self.lines), default=0)
        return next((each for each in _LINE_LIMITS if longest <= each), math.inf)

    def inside(self, kind: type[Node], function: ast.AST | None) -> list[Node]:
        """Return the nodes of exactly this class that run in a function itself, or in none, in source order."""
        if kind not in self._own:
            self._own[kind] = _grouped(self.nodes(kind), self.function_of)
        return self._own[kind].get(function, [])

    def statement_of(self, node: ast.AST) -> ast.stmt:
        """Return the innermost statement around a node, itself included."""
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    def place_of(self, statement: ast.AST) -> tuple[Sequence[ast.stmt], int]:
        """Return the statements among which one stands, and which of them it is; none and -1 if it stands in none."""
        parent = self.parents.get(statement)
        if parent is None:
            return (), -1
        if parent not in self._blocks:
            blocks = (getattr(parent, name, None) for name in ("body", "orelse", "finalbody"))
            lists = [block for block in blocks if isinstance(block, list)]
            self._blocks[parent] = {each: (block, index) for block in lists for index, each in enumerate(block)}
        return self._blocks[parent].get(statement, ((), -1))

    @cached_property
    def definitions(self) -> list[Definition]:
        """All functions, sync and async, at every depth, in source order."""
        both: list[Definition] = [*self.nodes(ast.FunctionDef), *self.nodes(ast.AsyncFunctionDef)]
        return sorted(both, key=position)

    def resolve(self, node: ast.expr) -> str | None:
        """Return the dotted name that an expression stands for, following imports and plain aliases, or None."""
        if node not in self._resolved:
            self._resolved[node] = self.scopes.resolve(node)
        return self._resolved[node]

    def bindings_of(self, node: ast.AST | None) -> list[ast.AST]:
        """Return what binds a name as it is seen where it stands; nothing for any other expression."""
        return self.scopes.lookup(node.id, node)[1] if isinstance(node, ast.Name) else []

    def only_binding(self, node: ast.AST | None) -> ast.AST | None:
        """Return what binds a name, if nothing else does."""
        found = self.bindings_of(node)
        return found[0] if len(found) == 1 else None

    def unbound_name(self, node: ast.AST | None) -> str:
        """Return a name that nothing in the file binds, as of a built-in function; nothing for any other expression."""
        return node.id if isinstance(node, ast.Name) and not self.bindings_of(node) else ""

    def is_global(self, node: ast.Name) -> bool:
        """Return whether a name means that of the module."""
        return isinstance(self.scopes.lookup(node.id, node)[0], ast.Module)

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the parents of a node from the nearest outwards."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def function_of(self, node: ast.AST) -> Definition | ast.Lambda | None:
        """Return the function in whose body a node runs: not the one that it decorates or is a default of."""
        return self.scopes.function_of(node)

    def class_of(self, node: ast.AST) -> ast.ClassDef | None:
        """Return the class of which a function is a method, or in whose own body something else stands."""
        owner = self.scopes.scope_of(node)
        return owner if isinstance(owner, ast.ClassDef) else None

    def is_only(self, node: Definition) -> bool:
        """Return whether nothing else of its scope has the name of a function."""
        return len(self.scopes.bindings(self.scopes.scope_of(node), node.name)) == 1

    def classes_around(self, node: ast.AST) -> Iterator[ast.ClassDef]:
        """Yield the classes in which a node stands, the innermost first."""
        return (each for each in self.ancestors(node) if isinstance(each, ast.ClassDef))

    def is_in_f_string(self, node: ast.AST) -> bool:
        """Return whether a node stands where ``ast`` gives wrong positions, before Python 3.12."""
        return any(isinstance(each, ast.JoinedStr) for each in self.ancestors(node))

    @overload
    def outermost(self, node: Definition) -> Definition: ...

    @overload
    def outermost(self, node: ast.AST) -> ast.AST: ...

    def outermost(self, node: ast.AST) -> ast.AST:
        """Return the function around a function, itself included, that runs in no other."""
        while (around := self.function_of(node)) is not None:
            node = around
        return node

    def outer_definition(self, node: ast.AST) -> Definition | None:
        """Return the outermost function around a node, be it in a decorator or a default of it."""
        passed: list[ast.AST] = []
        while node not in self._outer:
            passed.append(node)
            node = self.parents.get(node, self.tree)
        found = self._outer[node]
        for each in reversed(passed):
            parent = self.parents.get(each)
            if found is None and isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found = parent
            self._outer[each] = found
        return found

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
        if edit.unit not in self._unit_nodes:
            self._unit_nodes[edit.unit] = {place: node for node, place in self._places(edit.unit).items()}
        return self._unit_nodes[edit.unit][edit.unit, edit.kind, edit.index]

    def place_in_unit(self, node: ast.AST) -> Place:
        """Return how an edit names a node: its unit, its kind, and which of that kind in the unit."""
        return self._places(self._unit_index(node))[node]

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
        if unit.start not in self._unit_texts:
            self._unit_texts[unit.start] = "".join(self.lines[unit.start - 1 : unit.end])
        return self._unit_texts[unit.start]

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


def _grouped(nodes: Iterable[Node], key: Callable[[Node], Any]) -> Mapping[Any, list[Node]]:
    found: defaultdict[Any, list[Node]] = defaultdict(list)
    for node in nodes:
        found[key(node)].append(node)
    return dict(found)


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
