"""Futures: which calls make one, which finish it, and what stands behind one that is finished."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.semantics.file.module import Module

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
