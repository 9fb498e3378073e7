"""What ``yield from`` stands before in a coroutine of the old kind: an awaitable, or something to iterate over."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping

from codemods.analysis.mocking.instances import given_values, local_function, receiver_class, returns_nothing
from codemods.analysis.mocking.receivers import path_of
from codemods.semantics.answers import Answer
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, is_generator
from codemods.semantics.memo import once
from codemods.semantics.pytest.classes import with_heirs
from codemods.semantics.pytest.marks import aliased_value, decorators
from codemods.semantics.pytest.suite import Suite

COROUTINE = frozenset({"asyncio.coroutine", "asyncio.coroutines.coroutine"})
_OLD_COROUTINES = COROUTINE | {"types.coroutine"}
_ITERATORS = frozenset({"asyncio.as_completed"})
_BUILTINS = frozenset(
    {"enumerate", "filter", "iter", "list", "map", "range", "reversed", "set", "sorted", "tuple", "zip"}
)
_ITERABLE = (
    ast.Constant, ast.Dict, ast.DictComp, ast.GeneratorExp, ast.JoinedStr, ast.List, ast.ListComp, ast.Set, ast.SetComp,
    ast.Tuple,
)  # fmt: skip


def is_old_coroutine(module: Module, node: Definition) -> bool:
    """Return whether a function is a coroutine by ``asyncio.coroutine`` or ``types.coroutine``."""
    return any(each.name in _OLD_COROUTINES for each in decorators(module, node))


def awaitable(suite: Suite, node: ast.expr) -> Answer:
    """Return whether a value can be awaited, or, by the answer ``SYNC``, can't."""
    module = suite.module
    if isinstance(node, ast.Call):
        return _of_call(suite, node)
    if isinstance(node, _ITERABLE):
        return Answer.SYNC
    value = aliased_value(module, node)
    return awaitable(suite, value) if value is not None and not isinstance(value, ast.Name) else Answer.UNKNOWN


def _of_call(suite: Suite, node: ast.Call) -> Answer:
    module = suite.module
    if (
        isinstance(node.func, ast.Name)
        and node.func.id in _BUILTINS
        and not module.scopes.lookup(node.func.id, node)[1]
    ):
        return Answer.SYNC
    if local := called_functions(module, node.func):
        answers = {_of_definition(suite, each) for each in local}
        return next(each for each in (Answer.SYNC, Answer.UNKNOWN, Answer.ASYNC) if each in answers)
    name = module.resolve(node.func)
    if name is not None and name.startswith("asyncio."):
        return Answer.SYNC if name in _ITERATORS or _is_plain_class(name) else Answer.ASYNC
    path = path_of(suite, node.func)
    return module.answers.callee(path).answer if path is not None else Answer.UNKNOWN


def _is_plain_class(name: str) -> bool:
    """Say whether a name of asyncio is that of a class without ``__await__``, such as a lock since Python 3.9."""
    last = name.rpartition(".")[2]
    return last[:1].isupper() and last not in ("Future", "Task")


def called_functions(module: Module, function: ast.expr) -> list[ast.AST]:
    """Return the function of the file that is called, or the method of the same class and what overrides it."""
    if isinstance(function, ast.Name):
        found = local_function(module, function)
        return [found] if found is not None else []
    owner = receiver_class(module, function.value) if isinstance(function, ast.Attribute) else None
    if owner is None or not isinstance(function, ast.Attribute):
        return []
    own = [one for each in with_heirs(module, owner) for one in module.scopes.bindings(each, function.attr)]
    return [*own, *_stored(module).get(function.attr, ())] if own else []


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


def _of_definition(suite: Suite, node: ast.AST) -> Answer:
    module = suite.module
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return Answer.UNKNOWN
    if is_old_coroutine(module, node):
        return Answer.ASYNC if len(node.decorator_list) == 1 else Answer.UNKNOWN
    if node.decorator_list:
        return Answer.UNKNOWN
    if is_generator(node):
        return Answer.SYNC
    if isinstance(node, ast.AsyncFunctionDef):
        return Answer.ASYNC
    return Answer.SYNC if returns_nothing(module, node) or _gives_plain_values(module, node) else Answer.UNKNOWN


def _gives_plain_values(module: Module, node: ast.FunctionDef) -> bool:
    """Say whether all that a function returns is written there, and nothing of it can be awaited."""
    values = given_values(module, node)
    return bool(values) and all(isinstance(each, _ITERABLE) for each in values)
