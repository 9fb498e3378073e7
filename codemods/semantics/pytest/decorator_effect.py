"""What a decorator that the project itself defines makes of an async function, read from its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.semantics.file.arguments import positional
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, last_name, walk
from codemods.semantics.pytest.marks import mark_name
from codemods.semantics.pytest.plain_drivers import is_bare
from codemods.semantics.pytest.sync_wrappers import DRIVING, Wrapping, makes_plain, wrapping

KEEPS_ASYNC = "keeps async"
"""The effect of a decorator whose result is an async function wherever the function is one."""
MAKES_SYNC = "makes a plain function"
"""The effect of a decorator whose result is a plain function, and does something else with the coroutine."""
_MARKING = frozenset({"markcoroutinefunction", "_is_coroutine", "_is_coroutine_mark"})
_CHECKS = frozenset({"iscoroutinefunction", "isasyncgenfunction"})


def decorator_effect(module: Module, node: Definition, called: bool) -> str | None:
    """Return what decorating an async function with a function of this module does.

    Args:
        module: The module that defines the decorator.
        node: The decorator, or what makes one.
        called: Whether it is used with parentheses, so that what it returns is the decorator.

    Returns:
        ``KEEPS_ASYNC``, ``MAKES_SYNC``, ``mark:NAME`` for a pytest mark, a value of ``Wrapping``, or None where that
        can't be told.
    """
    if isinstance(node, ast.AsyncFunctionDef):
        return None
    effects = {_effect(module, node, value, called) for value in _returned(module, node)}
    if KEEPS_ASYNC in effects and len(effects) > 1 and effects <= {KEEPS_ASYNC, MAKES_SYNC, None, *Wrapping}:
        return KEEPS_ASYNC if _checks(node) else None
    return effects.pop() if len(effects) == 1 else None


def _checks(node: Definition) -> bool:
    """Say whether the decorator asks if the function is async, so that its sync wrapper is for sync functions only."""
    names = set(map(last_name, walk(node)))
    return not names.isdisjoint(_CHECKS)


def _returned(module: Module, node: Definition) -> Iterator[ast.expr | None]:
    found = module.inside(ast.Return, node)
    return (each.value for each in found) if found else iter((None,))


def _effect(module: Module, node: Definition, value: ast.expr | None, called: bool) -> str | None:
    if value is None:
        return None
    applied = isinstance(value, ast.Call) and isinstance(value.func, ast.Call)
    mark = mark_name(module, value.func if applied else value)  # type: ignore[attr-defined]
    if mark is not None:
        return f"mark:{mark}"
    if isinstance(value, ast.Lambda) and not called:
        return MAKES_SYNC
    return _of_bindings(module, node, module.bindings_of(value), called)


def _of_bindings(module: Module, node: Definition, bindings: list[ast.AST], called: bool) -> str | None:
    inner = [each for each in bindings if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))]
    if bindings and len(inner) == len(bindings):
        if called:
            effects = {decorator_effect(module, each, called=False) for each in inner}
            return _made(node, inner[0], effects.pop()) if len(effects) == 1 else None
        return _of_inner(module, node, inner)
    is_parameter = len(bindings) == 1 and isinstance(bindings[0], ast.arg)
    return KEEPS_ASYNC if is_parameter and not called and bindings[0] in positional(node)[:1] else None


def _made(node: Definition, inner: ast.AST, effect: str | None) -> str | None:
    """Return the effect of a decorator that ``node`` makes: one that sets something up before does more than drive."""
    return Wrapping.DRIVES if effect in DRIVING and not is_bare(node, inner) else effect


def _of_inner(module: Module, node: Definition, inner: list[ast.FunctionDef | ast.AsyncFunctionDef]) -> str | None:
    kinds = {type(each) for each in inner}
    if kinds == {ast.AsyncFunctionDef} or (len(kinds) > 1 and _checks(node)):
        return KEEPS_ASYNC
    if len(inner) == 1 and (found := wrapping(module, node, inner[0])) is not None:
        return found
    marks_coroutines = any(last_name(each) in _MARKING for each in walk(node))
    return MAKES_SYNC if not marks_coroutines and all(makes_plain(module, each) for each in inner) else None
