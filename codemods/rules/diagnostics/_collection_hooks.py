"""Asyncio marks that a hook of pytest's collection adds to tests."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import walk
from codemods.semantics.pytest.marks import aliased_value, mark_name

_HOOKS = frozenset({"pytest_collection_modifyitems", "pytest_itemcollected"})


@dataclass(frozen=True, slots=True)
class AddedMark:
    """A call of ``add_marker`` in a hook, and what it says."""

    call: ast.Call
    hook: str
    sets_loop_scope: bool
    in_front: bool
    """Whether it is put before the marks that the test has."""


def added_marks(module: Module) -> Iterator[AddedMark]:
    """Yield each ``add_marker`` of an asyncio mark in a hook that runs once the tests are collected."""
    for hook in module.nodes(ast.FunctionDef):
        if hook.name in _HOOKS:
            for call in walk(hook):
                if isinstance(call, ast.Call) and (mark := _asyncio_mark(module, call)) is not None:
                    yield AddedMark(call, hook.name, _sets_loop_scope(module, mark), _in_front(call))


def _asyncio_mark(module: Module, call: ast.Call) -> ast.expr | None:
    """Return the mark that a call of ``add_marker`` adds, if it is asyncio's."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "add_marker":
        return None
    given = [*call.args, *(each.value for each in call.keywords if each.arg == "marker")][:1]
    if not given:
        return None
    is_name = isinstance(given[0], ast.Constant) and given[0].value == "asyncio"
    return given[0] if is_name or mark_name(module, given[0]) == "asyncio" else None


def _sets_loop_scope(module: Module, mark: ast.expr) -> bool:
    value = mark if isinstance(mark, ast.Call) else aliased_value(module, mark)
    return isinstance(value, ast.Call) and any(each.arg in ("loop_scope", "scope") for each in value.keywords)


def _in_front(call: ast.Call) -> bool:
    """Say whether ``append`` is, or may be, false."""
    given = [*call.args[1:2], *(each.value for each in call.keywords if each.arg in ("append", None))]
    return any(not (isinstance(each, ast.Constant) and each.value) for each in given)
