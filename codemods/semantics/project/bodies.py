"""What the bodies of functions give back and store, and the names that statements bind."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping

from codemods.semantics.access_path import AccessPath
from codemods.semantics.file.arguments import parameters, positional
from codemods.semantics.file.order import Definition, callee, is_generator, walk
from codemods.semantics.file.scopes import bound_name
from codemods.semantics.project.origins import annotation, dotted, either, named, origin
from codemods.semantics.project.outline import (
    ARGUMENT,
    ASYNC,
    MAKES,
    PLAIN,
    PLAIN_DEF,
    SYNC,
    UNKNOWN,
    Constant,
    Entry,
    Function,
    Origin,
    Several,
    Value,
)

_OVERLOADS = [*map(AccessPath.local, ("overload", "typing.overload", "typing_extensions.overload"))]
_STATIC, _OF_CLASS = AccessPath.local("staticmethod"), AccessPath.local("classmethod")
_RECEIVERS = {"self": AccessPath.local("self"), "cls": AccessPath.local("cls")}


class Attributes:
    """What the methods of a class store in their receiver; an annotation counts before all assignments."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.found: dict[str, Origin] = {}
        self.given: set[str] = set()
        """The names of those that hold an argument, or what stands for it where none is given."""
        self._declared: set[str] = set()

    def store(self, name: str, bound: Origin, *, declared: bool = False) -> None:
        """Note what one assignment stores."""
        if declared and bound is not UNKNOWN:
            self._declared.add(name)
            self.found[name] = bound
        elif name not in self._declared:
            known = self.found.get(name)
            self.found[name] = bound if known is None else either((known, bound))


class Body:
    """What the body of a function gives back, and stores in its receiver."""

    def __init__(self, attributes: Attributes | None, names: dict[str, Entry], awaitables: Collection[str]) -> None:
        """Note in ``attributes`` what is stored in the receiver, and in ``names`` what ``global`` binds."""
        self.gives: dict[Origin, None] = {}
        self._local: dict[str, Origin] = {}
        self._attributes = attributes
        self._names = names
        self._awaitables = awaitables
        self._self: str | None = None
        self._globals: set[str] = set()
        self._declared: set[str] = set()
        self._arguments: set[str] = set()

    def take(self, node: Definition, receiver: str | None) -> None:
        """Bind the parameters; ``receiver`` is what the first of them is."""
        for each in parameters(node):
            bound = annotation(each.annotation, self._awaitables) if each.annotation is not None else ARGUMENT
            self._local[each.arg] = bound
            if not isinstance(bound, Constant):
                self._declared.add(each.arg)
            elif bound is ARGUMENT:
                self._arguments.add(each.arg)
        if receiver and positional(node):
            first = positional(node)[0].arg
            self._local[first] = _RECEIVERS[receiver]
            self._self = first if receiver == "self" else None

    def read(self, body: Iterable[ast.stmt]) -> None:
        """Read the statements in their order."""
        for each in body:
            kind = type(each)
            if kind is ast.Expr:
                continue
            if kind is ast.Return:
                self.gives[origin(each.value, self._local)] = None  # type: ignore[attr-defined]
            elif kind is ast.Assign or kind is ast.AnnAssign:
                self._assign(each)  # type: ignore[arg-type]
            elif kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
                self._define(each)  # type: ignore[arg-type]
            elif kind is ast.Global:
                self._globals.update(each.names)  # type: ignore[attr-defined]
            else:
                self._compound(each)

    def _define(self, node: Definition) -> None:
        """Bind a function; of two with one name, each in its branch, it isn't known which there is."""
        bound, known = _nested(node), self._local.get(node.name)
        again = known is not None and node.name not in self._arguments
        self._local[node.name] = bound if not again or known is bound else UNKNOWN

    def _compound(self, node: ast.stmt) -> None:
        if isinstance(node, (ast.With, ast.AsyncWith)):
            self._hide(each.optional_vars for each in node.items)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            self._hide([node.target])
        else:
            self._local |= dict.fromkeys(_otherwise_bound(node), UNKNOWN)
        for inner in blocks(node):
            self.read(inner)

    def hide_walrus(self, node: Definition) -> None:
        """Bind the names that expressions bind."""
        self._hide(each.target for each in walk(node) if isinstance(each, ast.NamedExpr))

    def _hide(self, targets: Iterable[ast.expr | None]) -> None:
        for each in targets:
            for one in walk(each) if each else ():
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                    self._local[one.id] = UNKNOWN
                elif isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store):
                    self._store(one, UNKNOWN)

    def _assign(self, node: ast.Assign | ast.AnnAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value is None and not isinstance(targets[0], ast.Attribute):
            return
        bound = assigned(node, self._local, self._awaitables)
        for each in targets:
            if isinstance(each, ast.Name):
                self._name(each.id, bound, node.lineno)
            elif isinstance(each, ast.Attribute):
                self._store(each, bound, declared=isinstance(node, ast.AnnAssign), given=self._is_given(node.value))
            else:
                self._hide([each])

    def _store(self, target: ast.Attribute, bound: Origin, *, declared: bool = False, given: bool = False) -> None:
        if self._attributes is not None and isinstance(target.value, ast.Name) and target.value.id == self._self:
            self._attributes.store(target.attr, bound, declared=declared)
            self._attributes.given |= {target.attr} if given else set()

    def _is_given(self, value: ast.expr | None) -> bool:
        """Return whether a value is an argument, or what stands for it."""
        parts: list[ast.expr | None] = [value]
        if isinstance(value, ast.BoolOp):
            parts = [*value.values]
        elif isinstance(value, ast.IfExp):
            parts = [value.body, value.orelse]
        return any(isinstance(each, ast.Name) and each.id in self._arguments for each in parts)

    def _name(self, name: str, bound: Origin, line: int) -> None:
        if name in self._globals:
            bind(self._names, name, Value(line, bound if bound is not ARGUMENT else UNKNOWN))
        if name in self._declared:
            return
        known = self._local.get(name)
        self._local[name] = bound if known is None or known is ARGUMENT else either((known, bound))


def assigned(node: ast.Assign | ast.AnnAssign, local: Mapping[str, Origin], awaitables: Collection[str]) -> Origin:
    """Return what an assignment binds: as its annotation says, if it has one."""
    return annotation(node.annotation, awaitables) if isinstance(node, ast.AnnAssign) else origin(node.value, local)


def bind(names: dict[str, Entry], name: str, entry: Entry) -> None:
    """Note what a statement binds to a name; what bound it before stays, but for overloads."""
    known = names.get(name)
    if known is None or (isinstance(known, Function) and any(each in _OVERLOADS for each in known.decorators)):
        names[name] = entry
    elif isinstance(known, Several):
        known.entries.append(entry)
    else:
        names[name] = Several([known, entry])


def _otherwise_bound(node: ast.stmt) -> list[str]:
    """Return the names that a statement binds, and of which no more is looked at."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return list(map(bound_name, node.names))
    if isinstance(node, ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Match):
        patterns = [each for case in node.cases for each in walk(case.pattern)]
        return [name for each in patterns if (name := getattr(each, "name", None) or getattr(each, "rest", None))]
    return [each.name for each in getattr(node, "handlers", ()) if each.name]


def blocks(node: ast.stmt) -> list[list[ast.stmt]]:
    """Return the blocks of a compound statement."""
    kind = type(node)
    if kind is ast.If:
        return _branches(node)  # type: ignore[arg-type]
    if kind is ast.For or kind is ast.While or kind is ast.AsyncFor:
        return [node.body, node.orelse]  # type: ignore[attr-defined]
    if kind is ast.With or kind is ast.AsyncWith:
        return [node.body]  # type: ignore[attr-defined]
    if isinstance(node, ast.Match):
        return [each.body for each in node.cases]
    if hasattr(node, "finalbody"):
        handlers = [each.body for each in node.handlers]  # type: ignore[attr-defined]
        return [node.body, *handlers, node.orelse, node.finalbody]  # type: ignore[attr-defined]
    return []


def _branches(node: ast.If) -> list[list[ast.stmt]]:
    """Return the blocks of ``if``, all of its ``elif`` and ``else``: there may be hundreds, one inside of another."""
    found = [node.body]
    while len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        node = node.orelse[0]
        found.append(node.body)
    return [*found, node.orelse]


def decorator(node: ast.expr) -> Origin:
    """Return the path of a decorator, if it is a dotted name, or a call of one."""
    path = named(callee(node))
    return path.called if isinstance(path, AccessPath) and isinstance(node, ast.Call) else path


def receiver_of(found: Collection[Origin]) -> str | None:
    """Return what the first parameter of a method with these decorators is."""
    if _STATIC in found:
        return None
    return "cls" if _OF_CLASS in found else "self"


def _nested(node: Definition) -> Origin:
    """Return the origin of a function inside a function: a decorator's wrapper, or its factory's decorator."""
    if node.decorator_list and not all(
        (dotted(callee(each)) or "").startswith(("wraps", "functools.wraps")) for each in node.decorator_list
    ):
        return UNKNOWN
    if isinstance(node, ast.AsyncFunctionDef):
        return UNKNOWN if is_generator(node) else ASYNC
    body = Body(None, {}, frozenset())
    body.take(node, None)
    body.read(node.body)
    gives = list(body.gives)
    if len(gives) == 1 and gives[0] in MAKES:
        return MAKES[gives[0]]
    return SYNC if gives in ([], [PLAIN]) else PLAIN_DEF
