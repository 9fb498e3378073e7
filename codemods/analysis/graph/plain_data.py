"""Fixtures whose value is bound to no event loop."""

from __future__ import annotations

import ast

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.marks import aliased_value
from codemods.semantics.pytest.values.instances import given_values

_DEPTH = 16
"""How deep containers in containers are looked into."""


def gives_plain_data(user: Declaration) -> bool:
    """Return whether a fixture awaits nothing and gives constants, or containers of nothing else."""
    module = user.context.module
    if any(isinstance(each, (ast.Await, ast.AsyncWith, ast.AsyncFor)) for each in walk(user.node)):
        return False
    values = given_values(module, user.node)
    return bool(values) and all(_is_plain(module, each) for each in values)


@once
def _is_plain(module: Module, node: ast.expr, depth: int = _DEPTH) -> bool:
    node = aliased_value(module, node) or node
    if isinstance(node, ast.Constant) or not depth:
        return isinstance(node, ast.Constant)
    if isinstance(node, ast.Dict):
        return all(each is not None and _is_plain(module, each, depth - 1) for each in (*node.keys, *node.values))
    elements = node.elts if isinstance(node, (ast.List, ast.Tuple, ast.Set)) else [node]
    return elements != [node] and all(_is_plain(module, each, depth - 1) for each in elements)
