"""Which binding of a name a place reads, where a function binds the name again and again in one straight block."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from codemods.analysis.module import Module
from codemods.analysis.order import Definition


def reaching(module: Module, name: ast.Name) -> ast.AST | None:
    """Return the binding that a name reads; None if it can't be told."""
    bindings = sorted(module.scopes.lookup(name.id, name)[1], key=_position)
    if len(bindings) < 2:
        return bindings[0] if bindings else None
    if any(module.function_of(each) is not module.function_of(name) for each in bindings):
        return None
    block = block_of(module, _statement(module, bindings[0]))
    places = [_index(module, block, each) for each in bindings]
    here = _index(module, block, name)
    if here < 0 or min(places) < 0:
        return None
    before = [
        each for each, place in zip(bindings, places, strict=True) if _is_before(module, block[place], place, here)
    ]
    return before[-1] if before and sorted(places) == places and len(set(places)) == len(places) else None


def _position(node: ast.AST) -> tuple[int, int]:
    return node.lineno, node.col_offset  # type: ignore[attr-defined]


def _is_before(module: Module, statement: ast.stmt, place: int, here: int) -> bool:
    inside = isinstance(statement, (ast.With, ast.AsyncWith))
    return place < here or (place == here and inside)


def _statement(module: Module, node: ast.AST) -> ast.stmt:
    """Return the statement that binds a name by itself, or by its header."""
    while not isinstance(node, ast.stmt):
        node = module.parents[node]
    return node


def _index(module: Module, block: Sequence[ast.stmt], node: ast.AST) -> int:
    """Return which statement of a block a name stands in; -1 if none, or one that may bind it only at times."""
    binds = isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    if binds and _statement(module, node) not in block:
        return -1
    inside = (node, *module.ancestors(node))
    return next((index for index, each in enumerate(block) if any(each is one for one in inside)), -1)


def block_of(module: Module, statement: ast.AST) -> list[ast.stmt]:
    """Return the statements among which one stands."""
    parent = module.parents.get(statement)
    blocks = (getattr(parent, name, None) for name in ("body", "orelse", "finalbody"))
    return next((block for block in blocks if isinstance(block, list) and statement in block), [])


def names_bound_by(module: Module, binding: ast.Name | ast.arg | Definition) -> list[ast.Name] | None:
    """Return the places that read a binding, in source order, or None if it can't be told which."""
    name = getattr(binding, "id", "") or getattr(binding, "arg", "") or getattr(binding, "name", "")
    found: list[ast.Name] = []
    for node in module.loads.get(name, ()):
        if binding in module.scopes.lookup(name, node)[1]:
            reached = reaching(module, node)
            if reached is None:
                return None
            found += [node] if reached is binding else []
    return found
