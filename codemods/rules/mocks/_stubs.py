"""What a lambda gives, as an argument of an AsyncMock."""

from __future__ import annotations

import ast

from codemods.analysis.mocking.mock_effects import effect
from codemods.analysis.mocking.mock_values import Nature
from codemods.analysis.mocking.moves import text_of
from codemods.rules.base import Context
from codemods.semantics.file.order import calls_in, walk
from codemods.semantics.pytest.values.awaitable import PICKING

_GIVING_ANYTHING = PICKING | {"anext", "get", "max", "min", "pop", "popitem", "setdefault", "sum"}
"""Functions and methods that give what they are given or find, be it an awaitable."""


def given_by(context: Context, stub: ast.Lambda, *, keeps: bool) -> str | None:
    """Return the argument that has an AsyncMock give what a lambda gives; None where that can't be told."""
    if effect(context.suite, stub).nature is not Nature.PLAIN or _may_give_anything(stub.body) or _raises(stub.body):
        return None
    if _is_constant(stub.body):
        return f"return_value={text_of(context.module, stub.body, stub.body)}"
    if not keeps and not _takes_and_ignores_all(stub):
        return None
    return f"side_effect={text_of(context.module, stub, stub)}"


def _is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple):
        return all(map(_is_constant, node.elts))
    return isinstance(node.operand if isinstance(node, ast.UnaryOp) else node, ast.Constant)


def _may_give_anything(node: ast.expr) -> bool:
    calls = (each.func for each in calls_in(node))
    return any(ast.unparse(each).rpartition(".")[2] in _GIVING_ANYTHING for each in calls)


def _raises(node: ast.expr) -> bool:
    """Return whether an expression is there to raise an error: ``1 / 0`` in a lambda works as it is."""
    return isinstance(node, ast.BinOp) and isinstance(node.right, ast.Constant) and not node.right.value


def _takes_and_ignores_all(stub: ast.Lambda) -> bool:
    args = stub.args
    if args.posonlyargs or args.args or args.kwonlyargs or args.vararg is None or args.kwarg is None:
        return False
    names = {args.vararg.arg, args.kwarg.arg}
    return not any(isinstance(each, ast.Name) and each.id in names for each in walk(stub.body))
