"""Reads the outline of a module from its tree, statement by statement; most expressions are never looked at."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterable

from codemods.semantics.access_path import AccessPath
from codemods.semantics.file.order import Definition, callee, is_generator, is_stub, texts
from codemods.semantics.file.parsing import parsed
from codemods.semantics.project.bodies import (
    Attributes,
    Body,
    assigned,
    bind,
    blocks,
    decorator,
    receiver_of,
)
from codemods.semantics.project.origins import AWAITABLES, annotation, dotted, named
from codemods.semantics.project.outline import (
    UNKNOWN,
    Class,
    Entry,
    Function,
    Import,
    Origin,
    Outline,
    Value,
)
from codemods.source import split_lines

_ACCESSORS = frozenset({"setter", "deleter", "getter"})


def read_outline(text: str, tree: ast.Module | None = None) -> Outline:
    """Return the outline of a module, of which there may be a tree; raises what ``ast.parse`` does."""
    return _Reader(text).module(tree or parsed(text))


class _Reader:
    """The names of a module, as they are met."""

    def __init__(self, text: str) -> None:
        lines = split_lines(text) if "yield" in text else []
        self._yields = [number for number, line in enumerate(lines, 1) if "yield" in line]
        self._may_have_walrus = ":=" in text
        self._names: dict[str, Entry] = {}
        self._stars: list[str] = []
        self._exported: list[str] | None = None
        self._awaitables: set[str] = set()

    def module(self, tree: ast.Module) -> Outline:
        """Read the statements of a module."""
        self._block(tree.body, self._names, None)
        return Outline(self._names, self._stars, self._exported)

    def _block(self, body: Iterable[ast.stmt], names: dict[str, Entry], attributes: Attributes | None) -> None:
        for each in body:
            kind = type(each)
            if kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
                self._function(each, names, attributes)  # type: ignore[arg-type]
            elif kind is ast.ClassDef:
                bind(names, each.name, self._class(each))  # type: ignore[attr-defined, arg-type]
            elif kind is ast.Import or kind is ast.ImportFrom:
                self._import(each, names)  # type: ignore[arg-type]
            elif kind is ast.Assign or kind is ast.AnnAssign:
                self._assign(each, names)  # type: ignore[arg-type]
            elif kind is not ast.Expr:
                for inner in blocks(each):
                    self._block(inner, names, attributes)

    def _import(self, node: ast.Import | ast.ImportFrom, names: dict[str, Entry]) -> None:
        prefix = "." * getattr(node, "level", 0) + (getattr(node, "module", None) or "")
        for each in node.names:
            if isinstance(node, ast.Import):
                first = each.name.partition(".")[0]
                self._note(each.asname or each.name, each.name)
                bind(names, each.asname or first, Import(node.lineno, each.name if each.asname else first))
            elif each.name == "*":
                self._stars.append(prefix)
            else:
                self._note(each.asname or each.name, f"{prefix}.{each.name}")
                joint = "" if prefix.endswith(".") else "."
                bind(names, each.asname or each.name, Import(node.lineno, f"{prefix}{joint}{each.name}"))

    def _note(self, name: str, dotted: str) -> None:
        """Note how the module calls the classes of awaitables, now that it binds ``name``."""
        for each in AWAITABLES:
            if each == dotted or each.startswith(f"{dotted}."):
                self._awaitables.add(name + each.removeprefix(dotted))

    def _assign(self, node: ast.Assign | ast.AnnAssign, names: dict[str, Entry]) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        found = [each.id for each in targets if isinstance(each, ast.Name)]
        if "__all__" in found:
            self._exported = _texts(node.value)
        elif found:
            bound = assigned(node, {}, self._awaitables)
            for each in found:
                bind(names, each, Value(node.lineno, bound))

    def _class(self, node: ast.ClassDef) -> Class:
        members: dict[str, Entry] = {}
        attributes = Attributes()
        self._block(node.body, members, attributes)
        bases = [named(each.value if isinstance(each, ast.Subscript) else each) for each in node.bases]
        marked = any((dotted(callee(each)) or "").rpartition(".")[2] == "dataclass" for each in node.decorator_list)
        return Class(node.lineno, bases, members, attributes.found, marked, sorted(attributes.given))

    def _function(self, node: Definition, names: dict[str, Entry], attributes: Attributes | None) -> None:
        found = [decorator(each) for each in node.decorator_list]
        if not any(map(_is_accessor, found)):
            bind(names, node.name, self._described(node, found, attributes))

    def _described(self, node: Definition, found: list[Origin], attributes: Attributes | None) -> Function:
        body = Body(attributes, self._names, self._awaitables)
        body.take(node, None if attributes is None else receiver_of(found))
        if self._may_have_walrus:
            body.hide_walrus(node)
        body.read(node.body)
        stub = is_stub(node)
        return Function(
            node.lineno,
            type(node) is ast.AsyncFunctionDef,
            self._may_yield(node) and is_generator(node),
            found,
            annotation(node.returns, self._awaitables) if node.returns is not None else None,
            [UNKNOWN] if stub else list(body.gives),
        )

    def _may_yield(self, node: Definition) -> bool:
        place = bisect_left(self._yields, node.lineno)
        return place < len(self._yields) and self._yields[place] <= (node.end_lineno or node.lineno)


def _is_accessor(decorator: Origin) -> bool:
    """Return whether a decorator adds to a property: ``x.setter``."""
    return isinstance(decorator, AccessPath) and len(decorator.steps) > 1 and decorator.steps[-1] in _ACCESSORS


def _texts(node: ast.expr | None) -> list[str] | None:
    if not isinstance(node, (ast.List, ast.Tuple)):
        return None
    return texts(node.elts)
