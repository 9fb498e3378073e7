"""Futures: which calls make one, which finish it, and the helpers of a file that turn a value into an awaitable."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.semantics.answers import FutureHelper
from codemods.semantics.file.arguments import parameters, positional
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, is_none, single_assignment, without_docstring
from codemods.semantics.pytest.classes import local_class
from codemods.semantics.pytest.values.instances import local_function

_FUTURES = frozenset({"asyncio.Future", "asyncio.futures.Future", "tornado.concurrent.Future"})
_SETTERS = {"set_result": False, "set_exception": True}


@dataclass(frozen=True, slots=True)
class Finished:
    """An awaitable that gives, or raises, one value; ``removed`` are the statements that exist only to make it."""

    value: ast.expr
    raises: bool = False
    removed: tuple[ast.stmt, ...] = ()
    moved_from: ast.AST | None = None
    """Where the value stands now, if that is another statement."""


def is_new_future(module: Module, node: ast.AST | None) -> bool:
    """Return whether an expression makes a future of asyncio that isn't finished."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute) and node.func.attr == "create_future":
        return True
    return module.resolve(node.func) in _FUTURES


def is_setter(node: ast.AST) -> bool:
    """Return whether a node calls ``set_result`` or ``set_exception`` with one argument, as a statement's call."""
    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _SETTERS
    return named and len(node.args) == 1 and not node.keywords  # type: ignore[attr-defined]


def value_set(call: ast.Call) -> Finished:
    """Return what a call of ``set_result`` or ``set_exception`` finishes a future with."""
    return Finished(call.args[0], _SETTERS[call.func.attr])  # type: ignore[attr-defined]


def coroutine(module: Module, function: Definition, call: ast.Call) -> Finished | None:
    """Look at an ``async def`` that only returns an expression, or the argument that it is given."""
    body = without_docstring(function)
    if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
        return None
    value = body[0].value
    if isinstance(value, ast.Name) and value.id in {each.arg for each in parameters(function)}:
        given = _argument(function, call, value.id)
        return Finished(given) if given is not None else None
    if _gives_only_argument(function, value) and len(call.args) == 1 and not call.keywords:
        return Finished(call.args[0]) if not isinstance(call.args[0], ast.Starred) else None
    if {each.arg for each in parameters(function)} or call.args or call.keywords:
        return None
    return Finished(value, removed=_unused(module, function, call), moved_from=body[0])


def _gives_only_argument(function: Definition, value: ast.expr) -> bool:
    """Return whether a function gives the only one of any arguments: ``args[0] if len(args) == 1 else args``."""
    rest = function.args.vararg
    return rest is not None and ast.unparse(value) in (
        f"{rest.arg}[0] if len({rest.arg}) == 1 else {rest.arg}",
        f"{rest.arg}[0]",
    )


def _unused(module: Module, function: Definition, call: ast.Call) -> tuple[ast.stmt, ...]:
    """Return a nested function that nothing but ``call`` uses."""
    uses = [each for each in module.reads(function, function.name) if local_function(module, each) is function]
    return (function,) if uses == [call.func] and module.function_of(function) is not None else ()


def helper(module: Module, function: Definition) -> FutureHelper | None:
    """Look at a function whose body only makes an awaitable of its arguments: a finished future, or one of its own."""
    found = _setters(module, function) or _wrapper(module, function)
    if not found:
        return None
    result, error = found.get(False), found.get(True)
    given = [each for each in (result, error) if each is not None]
    if not all(isinstance(each, (ast.Constant, ast.Name)) for each in given):
        return None
    texts = [ast.unparse(each) if each is not None else None for each in (result, error)]
    return FutureHelper(ast.unparse(function.args), *texts)


def made(found: FutureHelper, call: ast.Call) -> Finished | None:
    """Return what a call of such a function is finished with."""
    function = ast.parse(f"def _({found.parameters}): ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    error = _given(function, call, found.error) if found.error else None
    if error is not None and not is_none(error):
        hidden = found.result and not is_none(_given(function, call, found.result))
        return None if hidden else Finished(error, raises=True)
    result = _given(function, call, found.result) if found.result else None
    return Finished(result) if result is not None else None


def _wrapper(module: Module, function: Definition) -> dict[bool, ast.expr] | None:
    """Look at ``return Awaitable(value)`` where ``__await__`` of that class gives what its constructor got."""
    body = without_docstring(function)
    call = body[0].value if len(body) == 1 and isinstance(body[0], ast.Return) else None
    owner = local_class(module, call.func) if isinstance(call, ast.Call) else None
    if owner is None or owner.bases or not isinstance(call, ast.Call) or len(call.args) != 1 or call.keywords:
        return None
    methods = {each.name: each for each in owner.body if isinstance(each, ast.FunctionDef)}
    if methods.keys() != {"__init__", "__await__"}:
        return None
    stored = [each for each in without_docstring(methods["__init__"]) if isinstance(each, ast.Assign)]
    taken = [each.arg for each in methods["__init__"].args.args]
    given = without_docstring(methods["__await__"])[0]
    same = len(stored) == 1 and isinstance(given, ast.Return) and given.value is not None
    if not same or ast.unparse(stored[0].targets[0]) != ast.unparse(given.value):  # type: ignore[attr-defined]
        return None
    return {False: call.args[0]} if len(taken) == 2 and ast.unparse(stored[0].value) == taken[1] else None


def _setters(module: Module, function: Definition) -> dict[bool, ast.expr] | None:
    found: dict[bool, ast.expr] = {}
    names: set[str] = set()
    for each in _simple(without_docstring(function)):
        stored = single_assignment(each)
        if stored is not None and isinstance(stored[0], ast.Name) and is_new_future(module, stored[1]):
            names.add(stored[0].id)
        elif isinstance(each, ast.Expr) and isinstance(each.value, ast.Call) and is_setter(each.value):
            value = value_set(each.value)
            if value.raises in found or _owner(each.value) not in names:
                return None
            found[value.raises] = value.value
        elif not isinstance(each, ast.Raise) and not (isinstance(each, ast.Return) and _is_named(each.value, names)):
            return None
    return found if len(names) == 1 else None


def _simple(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for each in body:
        if isinstance(each, ast.If):
            yield from _simple([*each.body, *each.orelse])
        else:
            yield each


def _owner(call: ast.Call) -> str | None:
    return getattr(call.func.value, "id", None)  # type: ignore[attr-defined]


def _is_named(node: ast.expr | None, names: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def _given(function: Definition, call: ast.Call, text: str) -> ast.expr | None:
    value = ast.parse(text, mode="eval").body
    return _argument(function, call, text) if isinstance(value, ast.Name) else value


def _argument(function: Definition, call: ast.Call, name: str) -> ast.expr | None:
    """Return what a call gives to a parameter, or its default if that is a constant."""
    args = function.args
    if args.vararg or args.kwarg or any(isinstance(each, ast.Starred) for each in call.args):
        return None
    for each in call.keywords:
        if each.arg in (name, None):
            return each.value if each.arg else None
    names = [each.arg for each in positional(function)]
    if name in names and names.index(name) < len(call.args):
        return call.args[names.index(name)]
    defaults = dict(zip(reversed(names), reversed(args.defaults), strict=False))
    defaults |= {each.arg: value for each, value in zip(args.kwonlyargs, args.kw_defaults, strict=True) if value}
    return found if isinstance(found := defaults.get(name), ast.Constant) else None
