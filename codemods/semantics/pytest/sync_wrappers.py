"""Decorators whose result is a plain function, and what becomes of the coroutine in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import Enum

from codemods.semantics.asyncio_names import RUN, asyncio_name
from codemods.semantics.decorators import OLD_COROUTINES
from codemods.semantics.file.arguments import positional
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, walk
from codemods.semantics.pytest.plain_drivers import is_limited, only_drives


class Wrapping(str, Enum):
    """What a sync wrapper does with the coroutine that the wrapped function gives it."""

    DRIVES = "drives the coroutine and does more"
    ONLY_DRIVES = "drives the coroutine"
    LIMITS = "drives the coroutine within a time limit"
    RETURNS = "returns the coroutine"


_DEPTH = 8
"""How many names of one value are followed."""
DRIVING = frozenset({Wrapping.DRIVES, Wrapping.ONLY_DRIVES, Wrapping.LIMITS})


def wrapping(module: Module, decorator: Definition, inner: ast.AST) -> Wrapping | None:
    """Return what ``inner``, the function that ``decorator`` returns, does with the coroutine, if it does only that."""
    parameter = next(iter(positional(decorator)), None)
    if parameter is None or not isinstance(inner, ast.FunctionDef) or not _only_wraps(module, inner):
        return None
    uses = [node for each in inner.body for node in walk(each) if _names(node, parameter.arg)]
    call = _called(module, inner, uses[0]) if len(uses) == 1 else None
    if call is None or module.function_of(call) is not inner:
        return None
    fate = _fate(module, inner, call)
    if fate is not Wrapping.DRIVES or not only_drives(module, decorator, inner, call):
        return fate
    return Wrapping.LIMITS if is_limited(inner) else Wrapping.ONLY_DRIVES


def makes_plain(module: Module, inner: ast.AST) -> bool:
    """Return whether a function that a decorator returns is a plain one, whatever it does with the coroutine."""
    if isinstance(inner, ast.Lambda):
        return True
    return isinstance(inner, ast.FunctionDef) and _only_wraps(module, inner)


def _called(module: Module, inner: ast.FunctionDef, function: ast.AST, depth: int = _DEPTH) -> ast.Call | None:
    """Return the call of a function, which ``asyncio.coroutine`` may have made one of coroutines before."""
    parent = module.parents[function]
    if not isinstance(parent, ast.Call) or not depth:
        return None
    if parent.func is function:
        return parent
    if module.resolve(parent.func) not in OLD_COROUTINES:
        return None
    holder = module.parents[parent]
    if isinstance(holder, ast.Assign) and isinstance(holder.targets[0], ast.Name):
        uses = list(_reads(inner, holder.targets[0].id))
        return _called(module, inner, uses[0], depth - 1) if len(uses) == 1 else None
    return holder if isinstance(holder, ast.Call) and holder.func is parent else None


def _only_wraps(module: Module, inner: ast.FunctionDef) -> bool:
    names = [module.resolve(each.func) for each in inner.decorator_list if isinstance(each, ast.Call)]
    return names == ["functools.wraps"] * len(inner.decorator_list) and not any(_yields(each) for each in inner.body)


def _yields(node: ast.AST) -> bool:
    return any(isinstance(each, (ast.Yield, ast.YieldFrom)) for each in walk(node))


def _names(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _fate(module: Module, inner: ast.FunctionDef, value: ast.AST, depth: int = _DEPTH) -> Wrapping | None:
    parent = module.parents[value]
    if isinstance(parent, ast.Return):
        return Wrapping.RETURNS
    if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
        uses = list(_reads(inner, parent.targets[0].id))
        return _fate(module, inner, uses[0], depth - 1) if len(uses) == 1 and depth else None
    return Wrapping.DRIVES if any(_drives(module, each) for each in _calls_around(module, value)) else None


def _reads(inner: ast.FunctionDef, name: str) -> Iterator[ast.Name]:
    for node in walk(inner):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            yield node


def _calls_around(module: Module, node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that are given a value, through those of ``wait_for`` and the like."""
    for parent in module.ancestors(node):
        if not isinstance(parent, ast.Call):
            return
        yield parent


def _drives(module: Module, call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else None
    return name == "run_until_complete" or asyncio_name(module.resolve(call.func)) == RUN
