"""Consecutive awaits of functions that get nothing of each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemods.analysis.module import Module


def independent_awaits(module: Module, body: Sequence[ast.stmt]) -> Iterator[list[ast.Assign]]:
    """Yield the runs of two or more statements ``name = await function(...)`` that share no object."""
    run: list[ast.Assign] = []
    for each in body:
        if isinstance(each, ast.Assign) and _is_simple(module, each) and not _share(module, [*run, each]):
            run.append(each)
            continue
        if len(run) > 1:
            yield run
        run = [each] if isinstance(each, ast.Assign) and _is_simple(module, each) else []
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
    if not isinstance(node, ast.Name):
        return False
    _, found = module.scopes.lookup(node.id, node)
    wanted = (ast.AsyncFunctionDef, ast.ImportFrom)
    return len(found) == 1 and isinstance(found[0], wanted) and module.parents[found[0]] is module.tree


def _has_inner_await(call: ast.Call) -> bool:
    arguments = [*call.args, *(each.value for each in call.keywords)]
    effects = (ast.Await, ast.Call, ast.NamedExpr, ast.Attribute, ast.Subscript)
    return any(isinstance(each, effects) for given in arguments for each in ast.walk(given))


def _share(module: Module, run: Sequence[ast.Assign]) -> bool:
    """Say whether two calls are the same, or get the same object, or one what another one gives; constants aside."""
    seen: set[str] = set()
    for each in run:
        call = each.value.value  # type: ignore[attr-defined]
        given = {node.id for node in ast.walk(call) if isinstance(node, ast.Name) and node is not call.func}
        names = given | {each.targets[0].id, ast.dump(call)}  # type: ignore[attr-defined]
        if names & seen:
            return True
        seen |= names
    return False
