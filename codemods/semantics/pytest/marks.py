"""The pytest marks that hold for a function: its own, its classes', its module's."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, callee, walk
from codemods.semantics.file.scopes import imported
from codemods.semantics.memo import once
from codemods.semantics.pytest.classes import local_bases

ASYNCIO_MARK = "pytest.mark.asyncio"
_MARK = "pytest.mark."
_PYTESTMARK = "pytestmark"
_DEPTH = 8
"""How many names that are bound to calls are followed."""
_LISTS = (ast.List, ast.Tuple, ast.BinOp, ast.IfExp)
Decorated = Definition | ast.ClassDef


class Level(str, Enum):
    """Where a mark is written; a closer one hides the same mark further out."""

    FUNCTION = "function"
    PARAMETER = "parameter"
    CLASS = "class"
    MODULE = "module"


@dataclass(frozen=True, slots=True)
class Mark:
    """One pytest mark, or, where ``name`` is None, an expression that may stand for any."""

    name: str | None
    node: ast.expr
    level: Level
    owner: ast.AST
    index: int = -1
    """Which of the owner's decorators it is; -1 for an entry of a ``pytestmark``."""

    @property
    def call(self) -> ast.Call | None:
        """The call, if the mark is written with parentheses."""
        return self.node if isinstance(self.node, ast.Call) else None

    @property
    def has_arguments(self) -> bool:
        """Whether something stands in its parentheses."""
        return self.call is not None and bool(self.call.args or self.call.keywords)


@dataclass(frozen=True, slots=True)
class Decorator:
    """One decorator: its place from the top, its expression, and the dotted name of what it calls, if known."""

    index: int
    node: ast.expr
    name: str | None
    title: str = ""
    """The dotted name, or that of what the file doesn't bind: a built-in, or one that is imported with all others."""

    @property
    def call(self) -> ast.Call | None:
        """The call, if the decorator is written with parentheses."""
        return self.node if isinstance(self.node, ast.Call) else None


def decorators(module: Module, node: Decorated) -> list[Decorator]:
    """Return the decorators of a function or class from the top, their names resolved."""
    names = [dotted_callee(module, each) for each in node.decorator_list]
    pairs = zip(node.decorator_list, names, strict=True)
    return [Decorator(index, each, name, name or module.unbound_name(each)) for index, (each, name) in enumerate(pairs)]


def dotted_callee(module: Module, node: ast.expr) -> str | None:
    """Return the dotted name of an expression, or of what it calls; a name bound to a call counts as that call."""
    for _ in range(_DEPTH):
        node = callee(node)
        if isinstance(node, ast.Call) or (name := module.resolve(node)) is not None:
            return None if isinstance(node, ast.Call) else name
        value = aliased_value(module, node)
        if not isinstance(value, ast.Call):
            return None
        node = value
    return None


def aliased_value(module: Module, node: ast.expr) -> ast.expr | None:
    """Return what the only assignment to a name gives it."""
    found = module.only_binding(node)
    parent = module.parents.get(found) if found is not None else None
    return parent.value if isinstance(parent, ast.Assign) and parent.targets == [found] else None


def mark_name(module: Module, node: ast.expr, depth: int = _DEPTH) -> str | None:
    """Return ``asyncio`` for ``pytest.mark.asyncio`` in any spelling, also if another file or a function gives it."""
    made = aliased_value(module, node)
    node = made if isinstance(made, ast.Call) else node
    name = dotted_callee(module, node)
    if name is None:
        return _given_mark(module, node, depth) if isinstance(node, ast.Call) and depth else None
    if name.startswith(_MARK):
        return name[len(_MARK) :]
    if (definition := module.answers.definition(name)) is None:
        return None
    return _mark_of(definition.called if isinstance(node, ast.Call) else definition.bare)


@once
def asyncio_brackets(module: Module) -> str:
    """Return the brackets that all asyncio marks of a file have that say nothing more: none, or empty ones."""
    marks = [each for each in module.attributes.get("asyncio", ()) if module.resolve(each) == ASYNCIO_MARK]
    bare = any(not module.is_called(each) for each in marks)
    calls = (module.parents[each] for each in marks)
    empty = any(isinstance(each, ast.Call) and not (each.args or each.keywords) for each in calls)
    return "()" if empty and not bare else ""


def _mark_of(effect: str | None) -> str | None:
    return effect[len("mark:") :] if effect and effect.startswith("mark:") else None


def _given_mark(module: Module, call: ast.Call, depth: int) -> str | None:
    """Return the mark that each ``return`` of a function of the file gives."""
    function = module.only_binding(call.func)
    if not isinstance(function, ast.FunctionDef) or function.decorator_list:
        return None
    given = [each.value for each in module.inside(ast.Return, function)]
    found = {mark_name(module, each, depth - 1) if each is not None else None for each in given}
    return found.pop() if len(found) == 1 else None


def own_marks(module: Module, node: Decorated, level: Level) -> list[Mark]:
    """Return the marks among the decorators of a function or class."""
    named = [(index, each, mark_name(module, each)) for index, each in enumerate(node.decorator_list)]
    return [Mark(name, each, level, node, index) for index, each, name in named if name]


def function_marks(module: Module, node: Definition) -> list[Mark]:
    """Return the marks of a function itself, those of its parameters included."""
    return [*own_marks(module, node, Level.FUNCTION), *_parameter_marks(module, node)]


def class_marks(module: Module, node: ast.ClassDef) -> list[Mark]:
    """Return the marks of a class and of its bases in the same file."""
    found: list[Mark] = []
    for each in local_bases(module, node):
        found += [*marks_of_class(module, each), *_external_marks(module, each)]
    return found


def _external_marks(module: Module, node: ast.ClassDef) -> Iterator[Mark]:
    """Yield the marks of the bases that other files define, by their names alone."""
    for base in node.bases:
        if (definition := module.answers.definition(module.resolve(base) or "")) is not None:
            yield from (Mark(name, base, Level.CLASS, node) for name in definition.marks)


def marks_of_class(module: Module, node: ast.ClassDef) -> list[Mark]:
    """Return the marks of a class itself, those of its bases left out."""
    return [*own_marks(module, node, Level.CLASS), *pytestmarks(module, node, node.body, Level.CLASS)]


def stored_marks(module: Module, node: Decorated) -> list[Mark]:
    """Return a function's or class's own marks as pytest finds them: its decorators from below, after the rest."""
    if isinstance(node, ast.ClassDef):
        assigned = pytestmarks(module, node, node.body, Level.CLASS)
        return [*_external_marks(module, node), *assigned, *own_marks(module, node, Level.CLASS)[::-1]]
    return own_marks(module, node, Level.FUNCTION)[::-1]


def closest_marks(module: Module, node: Definition) -> Iterator[Mark]:
    """Yield the marks of a function and its classes as pytest finds them, those of a base before those of its heirs."""
    yield from stored_marks(module, node)
    for owner in module.classes_around(node):
        yield from (mark for each in reversed(local_bases(module, owner)) for mark in stored_marks(module, each))


def _parameter_marks(module: Module, node: Definition) -> Iterator[Mark]:
    for decorator in node.decorator_list if _says(module, "marks") else ():
        for call in walk(decorator):
            if isinstance(call, ast.Call) and dotted_callee(module, call) == "pytest.param":
                for keyword in call.keywords:
                    if keyword.arg == "marks":
                        yield from entries(module, keyword.value, Level.PARAMETER, node)


def pytestmarks(module: Module, owner: ast.AST, body: list[ast.stmt], level: Level) -> Iterator[Mark]:
    """Yield the entries of every ``pytestmark`` assigned, extended or appended to in a body, at any depth of ``if``."""
    for statement in body if _says(module, _PYTESTMARK) else ():
        if isinstance(statement, (ast.If, ast.Try)):
            inner = [*statement.body, *statement.orelse, *getattr(statement, "finalbody", [])]
            yield from pytestmarks(module, owner, inner, level)
        elif (value := _pytestmark_value(statement)) is not None:
            yield from entries(module, value, level, owner)
        elif isinstance(statement, ast.ImportFrom):
            yield from _imported_marks(module, statement, level, owner)


@once
def _says(module: Module, word: str) -> bool:
    return word in module.text


def _imported_marks(module: Module, node: ast.ImportFrom, level: Level, owner: ast.AST) -> Iterator[Mark]:
    """Yield the marks of a ``pytestmark`` that another file has; one that may be any where those can't be told."""
    for alias in node.names:
        dotted = imported(node, _PYTESTMARK) if (alias.asname or alias.name) == _PYTESTMARK else None
        if dotted is not None:
            name = ast.copy_location(ast.Name(_PYTESTMARK, ast.Load()), alias)
            definition = module.answers.definition(dotted)
            marks = definition.marks or (_mark_of(definition.bare),) if definition is not None else (None,)
            yield from (Mark(each, name, level, owner) for each in marks)


def _pytestmark_value(statement: ast.stmt) -> ast.expr | None:
    if isinstance(statement, ast.Assign) and _is_pytestmark(statement.targets[0]):
        return statement.value
    if isinstance(statement, (ast.AugAssign, ast.AnnAssign)) and _is_pytestmark(statement.target):
        return statement.value
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and statement.value.args:
        function = statement.value.func
        if isinstance(function, ast.Attribute) and _is_pytestmark(function.value):
            return statement.value.args[0]
    return None


def _is_pytestmark(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == _PYTESTMARK


def entries(module: Module, value: ast.expr, level: Level, owner: ast.AST, hops: int = _DEPTH) -> Iterator[Mark]:
    """Yield the marks of a mark or of a list of them, which may be made of others."""
    if (parts := _parts(module, value)) is not None and hops:
        for each in parts:
            yield from entries(module, each, level, owner, hops - 1)
        return
    name = mark_name(module, value)
    definition = module.answers.definition(module.resolve(value) or "") if name is None else None
    if definition is not None and definition.marks:
        yield from (Mark(each, value, level, owner) for each in definition.marks)
    else:
        yield Mark(name, value, level, owner)


def is_list(module: Module, value: ast.expr) -> bool:
    """Return whether an expression is a list of marks, as far as it is written out."""
    return _parts(module, value) is not None


def _parts(module: Module, value: ast.expr) -> list[ast.expr] | None:
    """Return what a list of marks is made of, None for what is no list."""
    if isinstance(value, (ast.List, ast.Tuple, ast.Set)):
        return value.elts
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return [value.left, value.right]
    if isinstance(value, ast.IfExp):
        return [value.body, value.orelse]
    if isinstance(value, ast.Starred):
        return [value.value]
    if isinstance(value, ast.Call) and module.resolve(value.func) is None and len(value.args) == 1:
        is_copy = isinstance(value.func, ast.Name) and value.func.id in ("list", "tuple")
        return value.args if is_copy and not module.bindings_of(value.func) else None
    aliased = aliased_value(module, value)
    return None if aliased is None or not isinstance(aliased, _LISTS) else [aliased]
