"""Reads the outline of a module from its tree, statement by statement; most expressions are never looked at."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection, Iterable, Mapping

from codemods.analysis.index.origins import AWAITABLES, annotation, dotted, either, origin
from codemods.analysis.index.outline import (
    ARGUMENT,
    ASYNC,
    PLAIN,
    SYNC,
    UNKNOWN,
    Class,
    Entry,
    Function,
    Import,
    Outline,
    Row,
    Several,
    Value,
    is_path,
    row,
)
from codemods.analysis.order import Definition

_ACCESSORS = (".setter", ".deleter", ".getter")
_OVERLOADS = ("overload", "typing.overload", "typing_extensions.overload")


def read_outline(text: str) -> Outline:
    """Return the outline of a module; raises what ``ast.parse`` does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    return _Reader(text).module(tree)


class _Reader:
    """The names of a module, as they are met."""

    def __init__(self, text: str) -> None:
        self._may_yield = "yield" in text
        self._may_have_walrus = ":=" in text
        self._names: dict[str, Row] = {}
        self._stars: list[str] = []
        self._exported: list[str] | None = None
        self._awaitables: set[str] = set()

    def module(self, tree: ast.Module) -> Outline:
        """Read the statements of a module."""
        self._block(tree.body, self._names, None)
        return Outline(self._names, self._stars, self._exported)

    def _block(self, body: Iterable[ast.stmt], names: dict[str, Row], attributes: _Attributes | None) -> None:
        for each in body:
            kind = type(each)
            if kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
                self._function(each, names, attributes)  # type: ignore[arg-type]
            elif kind is ast.ClassDef:
                _bind(names, each.name, self._class(each))  # type: ignore[attr-defined, arg-type]
            elif kind is ast.Import or kind is ast.ImportFrom:
                self._import(each, names)  # type: ignore[arg-type]
            elif kind is ast.Assign or kind is ast.AnnAssign:
                self._assign(each, names)  # type: ignore[arg-type]
            elif kind is not ast.Expr:
                for inner in _blocks(each):
                    self._block(inner, names, attributes)

    def _import(self, node: ast.Import | ast.ImportFrom, names: dict[str, Row]) -> None:
        prefix = "." * getattr(node, "level", 0) + (getattr(node, "module", None) or "")
        for each in node.names:
            if isinstance(node, ast.Import):
                first = each.name.partition(".")[0]
                self._note(each.asname or each.name, each.name)
                _bind(names, each.asname or first, Import(node.lineno, each.name if each.asname else first))
            elif each.name == "*":
                self._stars.append(prefix)
            else:
                self._note(each.asname or each.name, f"{prefix}.{each.name}")
                joint = "" if prefix.endswith(".") else "."
                _bind(names, each.asname or each.name, Import(node.lineno, f"{prefix}{joint}{each.name}"))

    def _note(self, name: str, dotted: str) -> None:
        """Note how the module calls the classes of awaitables, now that it binds ``name``."""
        for each in AWAITABLES:
            if each == dotted or each.startswith(f"{dotted}."):
                self._awaitables.add(name + each.removeprefix(dotted))

    def _assign(self, node: ast.Assign | ast.AnnAssign, names: dict[str, Row]) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        found = [each.id for each in targets if isinstance(each, ast.Name)]
        if "__all__" in found:
            self._exported = _texts(node.value)
        elif found:
            said = _said(node, {}, self._awaitables)
            for each in found:
                _bind(names, each, Value(node.lineno, said))

    def _class(self, node: ast.ClassDef) -> Class:
        members: dict[str, Row] = {}
        attributes = _Attributes()
        self._block(node.body, members, attributes)
        bases = [dotted(each.value if isinstance(each, ast.Subscript) else each) or UNKNOWN for each in node.bases]
        marked = any((dotted(_callee(each)) or "").rpartition(".")[2] == "dataclass" for each in node.decorator_list)
        return Class(node.lineno, bases, members, attributes.found, marked)

    def _function(self, node: Definition, names: dict[str, Row], attributes: _Attributes | None) -> None:
        found = [_decorator(each) for each in node.decorator_list]
        if not any(each.endswith(_ACCESSORS) for each in found):
            _bind(names, node.name, self._described(node, found, attributes))

    def _described(self, node: Definition, found: list[str], attributes: _Attributes | None) -> Function:
        body = _Body(attributes, self._names, self._awaitables)
        body.take(node, None if attributes is None else _receiver(found))
        if self._may_have_walrus:
            body.hide_walrus(node)
        body.read(node.body)
        stub = _is_stub(node)
        return Function(
            node.lineno,
            type(node) is ast.AsyncFunctionDef,
            self._may_yield and is_generator(node),
            found,
            annotation(node.returns, self._awaitables) if node.returns is not None else None,
            [UNKNOWN] if stub else list(body.gives),
        )


class _Attributes:
    """What the methods of a class store in their receiver; an annotation counts before all assignments."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._declared: set[str] = set()

    def store(self, name: str, said: str, *, declared: bool = False) -> None:
        """Note what one assignment stores."""
        if declared and said != UNKNOWN:
            self._declared.add(name)
            self.found[name] = said
        elif name not in self._declared:
            known = self.found.get(name)
            self.found[name] = said if known is None else either((known, said))


class _Body:
    """What the body of a function gives back, and stores in its receiver."""

    def __init__(self, attributes: _Attributes | None, names: dict[str, Row], awaitables: Collection[str]) -> None:
        self.gives: dict[str, None] = {}
        self._local: dict[str, str] = {}
        self._attributes = attributes
        self._names = names
        self._awaitables = awaitables
        self._self: str | None = None
        self._globals: set[str] = set()
        self._declared: set[str] = set()

    def take(self, node: Definition, receiver: str | None) -> None:
        """Bind the parameters; ``receiver`` is what the first of them is."""
        args = node.args
        every = (*args.posonlyargs, *args.args, *args.kwonlyargs, *filter(None, (args.vararg, args.kwarg)))
        for each in every:
            said = annotation(each.annotation, self._awaitables) if each.annotation is not None else ARGUMENT
            self._local[each.arg] = said
            if is_path(said):
                self._declared.add(each.arg)
        if receiver and (args.posonlyargs or args.args):
            first = every[0].arg
            self._local[first] = receiver
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
                self._local[each.name] = _nested(each)  # type: ignore[attr-defined, arg-type]
            elif kind is ast.Global:
                self._globals.update(each.names)  # type: ignore[attr-defined]
            else:
                self._compound(each)

    def _compound(self, node: ast.stmt) -> None:
        if isinstance(node, (ast.With, ast.AsyncWith)):
            self._hide(each.optional_vars for each in node.items)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            self._hide([node.target])
        else:
            self._local |= dict.fromkeys(_otherwise_bound(node), UNKNOWN)
        for inner in _blocks(node):
            self.read(inner)

    def hide_walrus(self, node: Definition) -> None:
        """Bind the names that expressions bind."""
        self._hide(each.target for each in ast.walk(node) if isinstance(each, ast.NamedExpr))

    def _hide(self, targets: Iterable[ast.expr | None]) -> None:
        for each in targets:
            for one in ast.walk(each) if each else ():
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                    self._local[one.id] = UNKNOWN
                elif isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store):
                    self._store(one, UNKNOWN)

    def _assign(self, node: ast.Assign | ast.AnnAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value is None and not isinstance(targets[0], ast.Attribute):
            return
        said = _said(node, self._local, self._awaitables)
        for each in targets:
            if isinstance(each, ast.Name):
                self._name(each.id, said, node.lineno)
            elif isinstance(each, ast.Attribute):
                self._store(each, said, declared=isinstance(node, ast.AnnAssign))
            else:
                self._hide([each])

    def _store(self, target: ast.Attribute, said: str, *, declared: bool = False) -> None:
        if self._attributes is not None and isinstance(target.value, ast.Name) and target.value.id == self._self:
            self._attributes.store(target.attr, said, declared=declared)

    def _name(self, name: str, said: str, line: int) -> None:
        if name in self._globals:
            _bind(self._names, name, Value(line, said if said != ARGUMENT else UNKNOWN))
        if name in self._declared:
            return
        known = self._local.get(name)
        self._local[name] = said if known in (None, ARGUMENT) else either((known or PLAIN, said))


def _said(node: ast.Assign | ast.AnnAssign, local: Mapping[str, str], awaitables: Collection[str]) -> str:
    """Return what an assignment binds: as its annotation says, if it has one."""
    return annotation(node.annotation, awaitables) if isinstance(node, ast.AnnAssign) else origin(node.value, local)


def _bind(names: dict[str, Row], name: str, entry: Entry) -> None:
    known = names.get(name)
    if known is None or (known[0] == "f" and any(each in _OVERLOADS for each in known[4])):
        names[name] = row(entry)
    elif known[0] == "s":
        known[1].append(row(entry))
    else:
        names[name] = row(Several([known, row(entry)]))


def _otherwise_bound(node: ast.stmt) -> list[str]:
    """Return the names that a statement binds, and of which no more is looked at."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [each.asname or each.name.partition(".")[0] for each in node.names]
    if isinstance(node, ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Match):
        patterns = [each for case in node.cases for each in ast.walk(case.pattern)]
        return [name for each in patterns if (name := getattr(each, "name", None) or getattr(each, "rest", None))]
    return [each.name for each in getattr(node, "handlers", ()) if each.name]


def _blocks(node: ast.stmt) -> list[list[ast.stmt]]:
    """Return the blocks of a compound statement."""
    kind = type(node)
    if kind is ast.If or kind is ast.For or kind is ast.While or kind is ast.AsyncFor:
        return [node.body, node.orelse]  # type: ignore[attr-defined]
    if kind is ast.With or kind is ast.AsyncWith:
        return [node.body]  # type: ignore[attr-defined]
    if isinstance(node, ast.Match):
        return [each.body for each in node.cases]
    if hasattr(node, "finalbody"):
        handlers = [each.body for each in node.handlers]  # type: ignore[attr-defined]
        return [node.body, *handlers, node.orelse, node.finalbody]  # type: ignore[attr-defined]
    return []


def _callee(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _decorator(node: ast.expr) -> str:
    text = dotted(_callee(node))
    if text is None:
        return UNKNOWN
    return f"{text}()" if isinstance(node, ast.Call) else text


def _receiver(found: list[str]) -> str | None:
    if "staticmethod" in found:
        return None
    return "cls" if "classmethod" in found else "self"


def _nested(node: Definition) -> str:
    """Return the origin of a function inside a function: a decorator's wrapper, or its factory's decorator."""
    if node.decorator_list and not all(
        _decorator(each).startswith(("wraps", "functools.wraps")) for each in node.decorator_list
    ):
        return UNKNOWN
    if isinstance(node, ast.AsyncFunctionDef):
        return UNKNOWN if is_generator(node) else ASYNC
    body = _Body(None, {}, frozenset())
    body.take(node, None)
    body.read(node.body)
    gives = list(body.gives)
    if len(gives) == 1 and gives[0] in (ASYNC, ARGUMENT):
        return f"<makes {gives[0]}>"
    return SYNC if gives in ([], [PLAIN]) else UNKNOWN


def _is_stub(node: Definition) -> bool:
    """Return whether a body says nothing: a docstring, ``...``, ``pass``, or the raising of an error."""
    kinds = (ast.Pass, ast.Raise)
    return all(
        isinstance(each, kinds) or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        for each in node.body
    )


def _texts(node: ast.expr | None) -> list[str] | None:
    if not isinstance(node, (ast.List, ast.Tuple)):
        return None
    return [each.value for each in node.elts if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def is_generator(node: Definition) -> bool:
    """Return whether a function's own body yields."""
    stack: list[ast.AST] = list(node.body)
    while stack:
        each = stack.pop()
        kind = type(each)
        if kind is ast.Yield or kind is ast.YieldFrom:
            return True
        if kind not in (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda):
            stack.extend(ast.iter_child_nodes(each))
    return False
