"""Awaitables that a file makes only to hand a value on: finished futures, their helpers, trivial coroutines."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.analysis.bindings import names_bound_by, reaching
from codemods.analysis.instances import Answer, answer, local_function
from codemods.analysis.module import Module
from codemods.analysis.order import Definition

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


def set_value(call: ast.Call) -> Finished:
    """Return what a call of ``set_result`` or ``set_exception`` finishes a future with."""
    return Finished(call.args[0], _SETTERS[call.func.attr])  # type: ignore[attr-defined]


def finished(module: Module, node: ast.expr) -> Finished | None:
    """Return the value behind a finished future or trivial coroutine, or None if an expression is anything else."""
    if isinstance(node, ast.Name):
        return _named(module, node)
    function = local_function(module, node.func) if isinstance(node, ast.Call) else None
    if function is None or not isinstance(node, ast.Call):
        return None
    if answer(module, function) is Answer.ASYNC:
        return _coroutine(module, function, node)
    return _made(module, function, node) if answer(module, function) is Answer.SYNC else None


def _named(module: Module, node: ast.Name) -> Finished | None:
    """Look at ``f = Future()`` and ``f.set_result(v)``, if nothing else but ``node`` uses the name."""
    binding = reaching(module, node)
    statement = module.parents.get(binding) if binding else None
    if not isinstance(binding, ast.Name) or not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    others = [each for each in names_bound_by(module, binding) or () if each is not node]
    if is_new_future(module, statement.value):
        return _set_once(module, statement, others)
    found = finished(module, statement.value) if not others else None
    return Finished(found.value, found.raises, (*found.removed, statement), statement) if found else None


def _set_once(module: Module, statement: ast.Assign, others: list[ast.Name]) -> Finished | None:
    attribute = module.parents[others[0]] if len(others) == 1 else None
    call = module.parents[attribute] if isinstance(attribute, ast.Attribute) else None
    expression = module.parents[call] if call is not None and is_setter(call) else None
    if not isinstance(call, ast.Call) or not isinstance(expression, ast.Expr):
        return None
    if module.parents[expression] is not module.parents[statement]:
        return None
    found = set_value(call)
    return Finished(found.value, found.raises, (statement, expression), expression)


def _coroutine(module: Module, function: Definition, call: ast.Call) -> Finished | None:
    """Look at an ``async def`` that only returns an expression, or the argument that it is given."""
    body = _without_docstring(function)
    if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
        return None
    value = body[0].value
    if isinstance(value, ast.Name) and value.id in _parameter_names(function):
        given = _argument(function, call, value.id)
        return Finished(given) if given is not None else None
    if _parameter_names(function) or call.args or call.keywords:
        return None
    return Finished(value, removed=_unused(module, function, call), moved_from=body[0])


def _unused(module: Module, function: Definition, call: ast.Call) -> tuple[ast.stmt, ...]:
    """Return a nested function that nothing but ``call`` uses."""
    uses = [each for each in module.nodes(ast.Name) if each.id == function.name and isinstance(each.ctx, ast.Load)]
    uses = [each for each in uses if local_function(module, each) is function]
    return (function,) if uses == [call.func] and module.function_of(function) is not None else ()


def _made(module: Module, function: Definition, call: ast.Call) -> Finished | None:
    """Look at a helper whose body only makes a future, finishes it with its arguments and returns it."""
    setters = _setters(module, function)
    if not setters:
        return None
    given = {raises: _given(function, call, value) for raises, value in setters.items()}
    error = given.get(True)
    if error is not None and not _is_none(error):
        return Finished(error, raises=True) if _is_none(given.get(False)) or False not in given else None
    result = given.get(False)
    return Finished(result) if result is not None else None


def _setters(module: Module, function: Definition) -> dict[bool, ast.expr] | None:
    found: dict[bool, ast.expr] = {}
    names: set[str] = set()
    for each in _simple(_without_docstring(function)):
        if isinstance(each, ast.Assign) and is_new_future(module, each.value) and isinstance(each.targets[0], ast.Name):
            names.add(each.targets[0].id)
        elif isinstance(each, ast.Expr) and isinstance(each.value, ast.Call) and is_setter(each.value):
            value = set_value(each.value)
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


def _given(function: Definition, call: ast.Call, value: ast.expr) -> ast.expr | None:
    if isinstance(value, ast.Constant):
        return value
    return _argument(function, call, value.id) if isinstance(value, ast.Name) else None


def _argument(function: Definition, call: ast.Call, name: str) -> ast.expr | None:
    """Return what a call gives to a parameter, or its default if that is a constant."""
    args = function.args
    if args.vararg or args.kwarg or any(isinstance(each, ast.Starred) for each in call.args):
        return None
    for each in call.keywords:
        if each.arg in (name, None):
            return each.value if each.arg else None
    names = [each.arg for each in (*args.posonlyargs, *args.args)]
    if name in names and names.index(name) < len(call.args):
        return call.args[names.index(name)]
    defaults = dict(zip(reversed(names), reversed(args.defaults), strict=False))
    defaults |= {each.arg: value for each, value in zip(args.kwonlyargs, args.kw_defaults, strict=True) if value}
    return found if isinstance(found := defaults.get(name), ast.Constant) else None


def _parameter_names(function: Definition) -> set[str]:
    args = function.args
    every = (*args.posonlyargs, *args.args, *args.kwonlyargs, *filter(None, (args.vararg, args.kwarg)))
    return {each.arg for each in every}


def _is_none(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _without_docstring(function: Definition) -> list[ast.stmt]:
    first = function.body[0]
    doc = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return function.body[doc:]
