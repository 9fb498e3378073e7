"""Blocks and calls that expect an error: ``with pytest.raises(E):`` and ``pytest.raises(E, function, *args)``."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import walk
from codemods.semantics.pytest.values.instances import receiver_class

_COUNT = {"pytest.raises": 1, "assertRaises": 1, "assertRaisesRegex": 2}
"""How many of its arguments each takes itself; what follows is the function to call."""
_AT_THE_CALL = frozenset({"TypeError", "Exception", "BaseException"})
"""What a call raises whose arguments don't fit, also that of an async function that isn't awaited."""


@dataclass(frozen=True, slots=True)
class Expecting:
    """A call that expects an error of a function that it is given, and its own arguments."""

    call: ast.Call
    own: list[ast.expr]
    function: ast.expr
    args: list[ast.expr]


def expects(module: Module, node: ast.expr) -> str | None:
    """Return by which name an error is expected, if an expression does that."""
    if not isinstance(node, ast.Call):
        return None
    if module.resolve(node.func) == "pytest.raises":
        return "pytest.raises"
    func = node.func
    of_case = isinstance(func, ast.Attribute) and func.attr in _COUNT and receiver_class(module, func.value) is not None
    return func.attr if of_case else None  # type: ignore[attr-defined]


def block_around(module: Module, statement: ast.AST) -> ast.Call | None:
    """Return what expects an error in the ``with`` of which a statement is the whole body."""
    parent = module.parents[statement]
    if not isinstance(parent, (ast.With, ast.AsyncWith)) or parent.body != [statement]:
        return None
    found = (each.context_expr for each in parent.items if expects(module, each.context_expr))
    return next((each for each in found if isinstance(each, ast.Call)), None)


def expecting(module: Module, call: ast.Call) -> Expecting | None:
    """Return the parts of the form that calls a function itself."""
    count = _COUNT.get(expects(module, call) or "", len(call.args))
    if len(call.args) <= count or any(isinstance(each, ast.Starred) for each in call.args[: count + 1]):
        return None
    return Expecting(call, call.args[:count], call.args[count], call.args[count + 1 :])


def is_raised_at_the_call(call: ast.Call, errors: Collection[str] = _AT_THE_CALL) -> bool:
    """Return whether what is expected may be raised before a coroutine is made: its arguments may not fit."""
    given = call.args[0] if call.args else None
    return given is None or any(
        isinstance(each, (ast.Name, ast.Attribute)) and ast.unparse(each).rpartition(".")[2] in errors
        for each in walk(given)
    )
