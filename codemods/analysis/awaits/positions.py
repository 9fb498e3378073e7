"""Where the result of a call is taken for what the coroutine would return."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection

from codemods.semantics.file.module import Module
from codemods.semantics.file.reaching_bindings import names_bound_by
from codemods.semantics.pytest.values.instances import receiver_class

_OF_COROUTINES = re.compile(r"close|send|throw|(?:cr|gi|ag)_\w+|__\w+__|add_done_callback|cancel")
_CHECKS = frozenset(
    f"assert{name}"
    for name in (
        "AlmostEqual", "CountEqual", "DictEqual", "Equal", "False", "Greater", "GreaterEqual", "In", "IsNone",
        "IsNotNone", "Less", "LessEqual", "ListEqual", "NotEqual", "NotIn", "Regex", "SequenceEqual", "SetEqual",
        "True", "TupleEqual",
    )
)  # fmt: skip


def is_value(module: Module, node: ast.expr) -> bool:
    """Return whether an expression stands where a coroutine can only be a mistake."""
    parent = module.parents[node]
    if isinstance(parent, ast.Attribute):
        return isinstance(parent.ctx, ast.Load) and not _OF_COROUTINES.fullmatch(parent.attr)
    if isinstance(parent, ast.Subscript):
        return parent.value is node and isinstance(parent.ctx, ast.Load)
    if isinstance(parent, ast.BoolOp):
        return is_value(module, parent)
    if isinstance(parent, ast.Assign):
        return any(isinstance(each, (ast.Tuple, ast.List)) for each in parent.targets)
    if isinstance(parent, ast.Call):
        return _is_checked(module, parent, node)
    if isinstance(parent, (ast.Assert, ast.If, ast.While, ast.IfExp)):
        return parent.test is node
    if isinstance(parent, (ast.For, ast.AsyncFor)):
        return parent.iter is node
    return isinstance(parent, (ast.BinOp, ast.Compare, ast.UnaryOp, ast.withitem))


def _is_checked(module: Module, call: ast.Call, node: ast.expr) -> bool:
    """Return whether a node is an argument of an assertion of a ``TestCase``."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _CHECKS or node not in call.args:
        return False
    return receiver_class(module, call.func.value) is not None


def binding(module: Module, call: ast.Call) -> ast.Name | None:
    """Return the only name to which a call's result is assigned."""
    parent = module.parents[call]
    if not isinstance(parent, ast.Assign) or len(parent.targets) != 1 or parent.value is not call:
        return None
    target = parent.targets[0]
    return target if isinstance(target, ast.Name) else None


def reads(module: Module, name: ast.Name) -> list[ast.Name] | None:
    """Return the places that read a local name, None if they can't all be told."""
    scope, bindings = module.scopes.lookup(name.id, name)
    if scope is not module.function_of(name) or any(isinstance(_ctx(each), ast.Del) for each in bindings):
        return None
    found = names_bound_by(module, name)
    if found is None or any(module.function_of(each) is not scope for each in found):
        return None
    return found


def _ctx(node: ast.AST) -> ast.AST | None:
    return getattr(node, "ctx", None)


def are_values(module: Module, names: Collection[ast.Name]) -> bool:
    """Return whether all places that read a name take it for what the coroutine would return."""
    return all(is_value(module, each) for each in names)
