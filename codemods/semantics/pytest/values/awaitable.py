"""Whether an expression gives something to await: the one answer, for a call and for any other value of a file."""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Iterable, Mapping

from codemods.semantics.answers import Answer, Callee
from codemods.semantics.asyncio_names import asyncio_name, gives_awaitable
from codemods.semantics.decorators import COROUTINES
from codemods.semantics.file.module import Module
from codemods.semantics.file.names import is_standard
from codemods.semantics.file.order import PLAIN_NODES, Definition, is_generator, is_stub
from codemods.semantics.memo import once
from codemods.semantics.project.kinds import by_decorator
from codemods.semantics.project.origins import AWAITABLES, annotation
from codemods.semantics.project.outline import PLAIN
from codemods.semantics.pytest.classes import local_bases, local_class, with_heirs
from codemods.semantics.pytest.marks import aliased_value, decorators
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import (
    given_values,
    instance_class,
    is_class_itself,
    local_function,
    member,
    only_value,
    receiver_class,
    returns_nothing,
)
from codemods.semantics.pytest.values.mocks import mock_name
from codemods.semantics.pytest.values.paths import infer_path

_DEPTH = 4
"""How many values and functions are followed that lead to each other."""
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_GIVEN = {True: Answer.ASYNC, False: Answer.SYNC, None: Answer.UNKNOWN}
_COLLECTIONS = (ast.Dict, ast.DictComp, ast.List, ast.ListComp, ast.Set, ast.SetComp, ast.Tuple)
_GIVING_CONTENTS = frozenset({"get", "pop", "popitem", "setdefault"})
_WITH_AWAITABLES = frozenset({"asyncio", "concurrent", "contextlib", "inspect", "types", "unittest"})
"""Packages of the standard library that have something to await, or to call that may give it."""
_PASSING_ON = ("builtins.", "copy.", "functools.reduce", "heapq.", "operator.", "random.", "typing.")
"""What gives what it is given, or a part of it."""
PICKING = frozenset({"eval", "getattr", "next", "vars"})
"""Built-in functions that give what they are given to choose from."""


@once
def awaitable(suite: Suite, node: ast.expr, depth: int = _DEPTH) -> Answer:
    """Return whether a value can be awaited, or, by the answer ``SYNC``, can't."""
    if isinstance(node, ast.Call):
        return _of_call(suite, node, depth)
    if isinstance(node, (*PLAIN_NODES, ast.Lambda)):
        return Answer.SYNC
    if isinstance(node, ast.IfExp):
        return _agreed(awaitable(suite, each, depth) for each in (node.body, node.orelse))
    if isinstance(node, ast.Name) and isinstance(suite.module.only_binding(node), _DEFINITIONS):
        return Answer.SYNC
    value = aliased_value(suite.module, node) if depth else None
    if value is None or isinstance(value, ast.Name):
        return Answer.UNKNOWN
    return awaitable(suite, value, depth - 1)


def may_be_plain(suite: Suite, node: ast.expr) -> bool:
    """Return whether a value is none to await, or one of the functions that a call may reach gives none."""
    reached = _called(suite, node.func) if isinstance(node, ast.Call) else []
    plain = any(of_definition(suite, each) is Answer.SYNC for each in reached)
    return plain or awaitable(suite, node) is Answer.SYNC


def _agreed(answers: Iterable[Answer]) -> Answer:
    found = set(answers)
    return found.pop() if len(found) == 1 else Answer.UNKNOWN


def _of_call(suite: Suite, node: ast.Call, depth: int) -> Answer:
    if (by_name := _by_name(suite, node.func)) is not None:
        return by_name
    if is_left_to_heirs(suite, node.func):
        return Answer.UNKNOWN
    local = _called(suite, node.func)
    found = _agreed(of_definition(suite, each, depth) for each in local)
    if found is Answer.UNKNOWN and len(local) < 2:
        found = _asked(suite, node.func).answer
    return found if found is not Answer.UNKNOWN else _of_library(suite.module.resolve(node.func) or "")


def _by_name(suite: Suite, function: ast.expr) -> Answer | None:
    """Return what a call of something gives that is known by its name, or written in the file; None for any other."""
    module = suite.module
    if built_in := module.unbound_name(function):
        return of_built_in(built_in)
    if (name := asyncio_name(module.resolve(function))) is not None:
        return _GIVEN[gives_awaitable(name)]
    plain = mock_name(module, function) is not None or _is_plain_method(suite, function)
    return Answer.SYNC if plain else None


def _is_plain_method(suite: Suite, function: ast.expr) -> bool:
    """Return whether something is a method of a text, a number or a collection that is written in the file.

    What a text gives are texts again; one that gives what a collection holds may give anything.
    """
    if not isinstance(function, ast.Attribute):
        return False
    owner = only_value(suite.module, function.value) or function.value
    if isinstance(owner, _COLLECTIONS):
        return function.attr not in _GIVING_CONTENTS and not function.attr.startswith("__")
    for _ in range(_DEPTH):
        if isinstance(owner, ast.Call) and isinstance(owner.func, ast.Attribute):
            owner = only_value(suite.module, owner.func.value) or owner.func.value
    text = isinstance(owner, ast.Constant) and isinstance(owner.value, (str, bytes, int, float))
    return text or isinstance(owner, ast.JoinedStr)


def _of_library(name: str) -> Answer:
    """Return what a call of a function of pytest or of the standard library gives that the index doesn't know."""
    root = name.partition(".")[0]
    standard = is_standard(root) and root not in _WITH_AWAITABLES and not name.startswith(_PASSING_ON)
    return Answer.SYNC if root == "pytest" or standard else Answer.UNKNOWN


def of_built_in(name: str) -> Answer:
    """Return what a call of a built-in function gives."""
    if name == "anext":
        return Answer.ASYNC
    return Answer.SYNC if hasattr(builtins, name) and name not in PICKING else Answer.UNKNOWN


def _called(suite: Suite, function: ast.expr) -> list[ast.AST]:
    """Return what is called of the file, be it a class."""
    if (owner := local_class(suite.module, function)) is not None:
        return [owner]
    if (owner := receiver_class(suite.module, function)) is not None and is_class_itself(suite.module, function):  # type: ignore[arg-type]
        return [*with_heirs(suite.module, owner)]
    return called_functions(suite, function)


def _asked(suite: Suite, node: ast.expr) -> Callee:
    path = infer_path(suite, node)
    return suite.module.answers.callee(path) if path is not None else Callee()


def _of_class(suite: Suite, owner: ast.ClassDef) -> Answer:
    """Return what making an instance of a class gives: what can be awaited can often do more, and isn't known."""
    classes = local_bases(suite.module, owner)
    own = any(suite.module.scopes.bindings(each, "__await__") for each in classes)
    others = [base for each in classes for base in each.bases if local_class(suite.module, base) is None]
    plain = not own and all(_is_plain_base(suite, each) for each in others)
    return Answer.SYNC if plain else Answer.UNKNOWN


def _is_plain_base(suite: Suite, node: ast.expr) -> bool:
    node = node.value if isinstance(node, ast.Subscript) else node
    if built_in := suite.module.unbound_name(node):
        return hasattr(builtins, built_in)
    return _asked(suite, node).answer is Answer.SYNC


def can_be_awaited(suite: Suite, node: ast.expr) -> bool:
    """Return whether the instances of a class of another file are known to have ``__await__``."""
    path = infer_path(suite, node)
    return path is not None and suite.module.answers.callee(path.called.attribute("__await__")).evidence is not None


def called_functions(suite: Suite, function: ast.expr) -> list[ast.AST]:
    """Return what is called of the file: a function, or the method of a class and what may override it."""
    module = suite.module
    if isinstance(function, ast.Name):
        found = local_function(module, function)
        return [found] if found is not None else []
    if not isinstance(function, ast.Attribute):
        return []
    name = function.attr
    if (owner := receiver_class(module, function.value)) is not None:
        own = [one for each in with_heirs(module, owner) for one in module.scopes.bindings(each, name)]
    else:
        owner = local_class(module, function.value) or instance_class(suite, function.value)
        own = []
    first = member(module, owner, name) if owner is not None else None
    every = dict.fromkeys([*([first] if first is not None else []), *own])
    return [*every, *_stored(module).get(name, ())] if every else []


def is_left_to_heirs(suite: Suite, function: ast.expr) -> bool:
    """Return whether a class calls a method of its own that only raises: what its heirs have there may be anything."""
    owner = receiver_class(suite.module, function.value) if isinstance(function, ast.Attribute) else None
    if owner is None or not isinstance(function, ast.Attribute):
        return False
    found = member(suite.module, owner, function.attr)
    if not isinstance(found, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    return isinstance(found.body[-1], ast.Raise) and is_stub(found)


@once
def _stored(module: Module) -> Mapping[str, list[ast.AST]]:
    """Return the functions of the file that stand in for a method of any object, by its name."""
    found: defaultdict[str, list[ast.AST]] = defaultdict(list)
    for each in module.nodes(ast.Assign):
        names = {target.attr for target in each.targets if isinstance(target, ast.Attribute)}
        function = local_function(module, each.value) if names else None
        for name in names if function is not None else ():
            found[name].append(function)  # type: ignore[arg-type]
    return dict(found)


def is_old_coroutine(module: Module, node: Definition) -> bool:
    """Return whether a function is a coroutine by ``asyncio.coroutine`` or ``types.coroutine``."""
    return any(each.name in COROUTINES for each in decorators(module, node))


@once
def of_definition(suite: Suite, node: ast.AST, depth: int = _DEPTH) -> Answer:
    """Return what a call of a definition gives; a decorator that isn't known hides it."""
    if isinstance(node, ast.ClassDef):
        return _of_class(suite, node)
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return Answer.UNKNOWN
    found = _undecorated(suite, node, depth)
    for each in reversed(decorators(suite.module, node)):
        found = by_decorator(each.title, found, is_generator(node)) or Answer.UNKNOWN
    return found


def _undecorated(suite: Suite, node: Definition, depth: int) -> Answer:
    if is_generator(node):
        return Answer.SYNC
    return Answer.ASYNC if isinstance(node, ast.AsyncFunctionDef) else _of_plain(suite, node, depth)


def _of_plain(suite: Suite, node: ast.FunctionDef, depth: int) -> Answer:
    """Return what a function without ``async`` gives: as its annotation says, else as its ``return`` statements do."""
    if returns_nothing(suite.module, node):
        return Answer.SYNC
    annotated = node.returns.value if isinstance(node.returns, ast.Subscript) else node.returns
    if annotated is not None and suite.module.resolve(annotated) in AWAITABLES:
        return Answer.ASYNC
    if node.returns is not None and annotation(node.returns) is PLAIN:
        return Answer.SYNC
    values = given_values(suite.module, node) if depth else []
    return _agreed(awaitable(suite, each, depth - 1) for each in values) if values else Answer.UNKNOWN
