"""Whether a place is expected to fail: a test that would pass now is then a test that breaks."""

from __future__ import annotations

import ast

from codemods.analysis.suite import Suite

_BLOCKS = frozenset({"raises", "assertRaises", "assertRaisesRegex", "suppress"})
_TYPE_ERRORS = frozenset({"TypeError", "Exception", "BaseException"})
_MARKS = frozenset({"xfail", "expectedFailure"})


def expects_failure(suite: Suite, node: ast.AST, type_error: bool) -> str | None:
    """Return what expects a node to fail; ``type_error`` if a TypeError there counts as well."""
    child = node
    for parent in suite.module.ancestors(node):
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if any(each.name == "xfail" for each in suite.marks(parent)) or _is_marked(parent):
                return f"`{parent.name}` is expected to fail"
        elif type_error and isinstance(parent, (ast.With, ast.AsyncWith)) and child in parent.body:
            if any(_catches(each.context_expr) for each in parent.items):
                return "the TypeError that it raises now is expected"
        elif type_error and isinstance(parent, ast.Try) and child in parent.body:
            if any(each.type is None or _names(each.type) & _TYPE_ERRORS for each in parent.handlers):
                return "the TypeError that it raises now is caught"
        child = parent
    return None


def _is_marked(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(each).rpartition(".")[2] in _MARKS for each in node.decorator_list)


def _catches(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] not in _BLOCKS:
        return False
    return any(_names(each) & _TYPE_ERRORS for each in node.args)


def _names(node: ast.expr) -> set[str]:
    each = node.elts if isinstance(node, ast.Tuple) else [node]
    return {ast.unparse(one).rpartition(".")[2] for one in each}
