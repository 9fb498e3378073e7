"""Consecutive awaits of functions that get nothing of each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import walk


def independent_awaits(module: Module, body: Sequence[ast.stmt]) -> Iterator[list[ast.Assign]]:
    """Yield the runs of two or more statements ``name = await function(...)`` that share no object."""
    run: list[ast.Assign] = []
    seen: set[str] = set()
    for each in body:
        names = _names(each) if isinstance(each, ast.Assign) and _is_simple(module, each) else None
        if names is not None and names.isdisjoint(seen):
            run.append(each)  # type: ignore[arg-type]
            seen |= names
            continue
        if len(run) > 1:
            yield run
        run, seen = ([each], names) if names is not None else ([], set())  # type: ignore[list-item]
    if len(run) > 1:
        yield run


def _is_simple(module: Module, node: ast.Assign) -> bool:
    """Say whether a statement is ``name = await function(...)`` on a line of its own, of a function of the module."""
    if len(node.targets) > 1 or not isinstance(node.targets[0], ast.Name) or not isinstance(node.value, ast.Await):
        return False
    call = node.value.value
    line = module.lines[node.lineno - 1].strip()
    if not isinstance(call, ast.Call) or line != module.segment(node) or node.lineno != node.end_lineno:
        return False
    return _is_function(module, call.func) and not _has_inner_await(call)


def _is_function(module: Module, node: ast.expr) -> bool:
    """Say whether a name is that of an async function of the file or of something that it imports by name."""
    found = module.only_binding(node)
    return isinstance(found, (ast.AsyncFunctionDef, ast.ImportFrom)) and module.parents[found] is module.tree


def _has_inner_await(call: ast.Call) -> bool:
    arguments = [*call.args, *(each.value for each in call.keywords)]
    effects = (ast.Await, ast.Call, ast.NamedExpr, ast.Attribute, ast.Subscript)
    return any(isinstance(each, effects) for given in arguments for each in walk(given))


def _names(node: ast.Assign) -> set[str]:
    """Return what no other call of a run may have: the call itself, what it gets, and the name for what it gives."""
    call = node.value.value  # type: ignore[attr-defined]
    given = {each.id for each in walk(call) if isinstance(each, ast.Name) and each is not call.func}
    return given | {node.targets[0].id, ast.dump(call)}  # type: ignore[attr-defined]
