"""Whether something ends a wait that takes too long."""

from __future__ import annotations

import ast

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, callee
from codemods.semantics.pytest.marks import dotted_callee
from codemods.semantics.pytest.suite import Suite

_SCOPES = frozenset({"fail_after", "fail_at", "move_on_after", "move_on_at", "timeout", "timeout_at", "wait_for"})
"""The last parts of what bounds the waits in its block: asyncio's, async_timeout's, anyio's, trio's."""


def bounds_itself(suite: Suite, node: Definition) -> bool:
    """Return whether a mark or a decorator may give a test or fixture only so much time."""
    if suite.config.has_timeout or any("timeout" in (each.name or "") for each in suite.marks(node)):
        return True
    return any("timeout" in suite.module.segment(each).lower() for each in node.decorator_list)


def is_bounded(module: Module, node: ast.AST) -> bool:
    """Return whether a place stands in a block that ends after a time."""
    for parent in module.ancestors(node):
        if isinstance(parent, (ast.With, ast.AsyncWith)):
            if any(_is_scope(module, each.context_expr) for each in parent.items):
                return True
    return False


def _is_scope(module: Module, node: ast.expr) -> bool:
    name = dotted_callee(module, node) or ast.unparse(callee(node))
    last = name.rpartition(".")[2].lower()
    return last in _SCOPES or "timeout" in last
