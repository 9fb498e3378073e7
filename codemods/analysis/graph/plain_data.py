"""Fixtures whose value is bound to no event loop."""

from __future__ import annotations

import ast

from codemods.analysis.graph.placed import Placed
from codemods.analysis.marks import aliased_value
from codemods.analysis.mocking.instances import given_values


def gives_plain_data(user: Placed) -> bool:
    """Return whether a fixture awaits nothing and gives constants, or containers of nothing else."""
    module = user.context.module
    if any(isinstance(each, (ast.Await, ast.AsyncWith, ast.AsyncFor)) for each in ast.walk(user.node)):
        return False
    values = [aliased_value(module, each) or each for each in given_values(module, user.node)]
    return bool(values) and all(map(_is_plain, values))


def _is_plain(node: ast.expr) -> bool:
    if isinstance(node, ast.Dict):
        return all(each is not None and _is_plain(each) for each in (*node.keys, *node.values))
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return all(map(_is_plain, node.elts))
    return isinstance(node, ast.Constant)
