"""Whether what is read of a mock's calls says that there were some: that there were none holds for more than awaits."""

from __future__ import annotations

import ast

from codemods.analysis.mocking.mock_uses import Use
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import last_name
from codemods.semantics.pytest.values.instances import only_value

_EQUAL = frozenset({"assertEqual", "assertEquals", "assertListEqual", "assertSequenceEqual", "assert_equal"})
_MORE = frozenset({"assertGreater", "assertGreaterEqual", "assertTrue"})
_NO_CALLS = frozenset({"assertFalse", "assertIsNone", "assertLess", "assertLessEqual", "assertNotEqual"})


def says_called(module: Module, use: Use) -> bool:
    """Return whether a read of ``call_count`` or its like is about calls that were made."""
    node: ast.AST = use.node
    parent = module.parents[node]
    is_count = use.name == "call_count"
    if isinstance(parent, ast.Call) and last_name(parent.func) == "len" and node in parent.args:
        node, parent, is_count = parent, module.parents[parent], True
    if isinstance(parent, ast.Compare):
        return _compared(module, parent, node, is_count)
    if isinstance(parent, ast.UnaryOp):
        return False
    if isinstance(parent, ast.Call) and node in parent.args:
        return _asserted(module, parent, node, is_count)
    return not is_count or isinstance(parent, ast.Assert)


def _compared(module: Module, parent: ast.Compare, node: ast.AST, is_count: bool) -> bool:
    if len(parent.ops) != 1:
        return False
    is_left = parent.left is node
    other = parent.comparators[0] if is_left else parent.left
    more = (ast.Gt, ast.GtE) if is_left else (ast.Lt, ast.LtE)
    if isinstance(parent.ops[0], (ast.NotEq, ast.IsNot)):
        return not is_count
    holds = isinstance(parent.ops[0], (ast.Eq, ast.In) if not is_count else (ast.Eq, *more))
    return holds and (_is_some(module, other) or isinstance(parent.ops[0], (ast.Gt, ast.Lt)))


def _asserted(module: Module, call: ast.Call, node: ast.AST, is_count: bool) -> bool:
    name = last_name(call.func)
    if name in _EQUAL:
        return all(_is_some(module, each) for each in call.args[:2] if each is not node)
    if name in _MORE:
        return name != "assertGreaterEqual" or all(_is_some(module, each) for each in call.args[1:2])
    return not is_count and name not in _NO_CALLS


def _is_some(module: Module, node: ast.expr) -> bool:
    """Return whether a value that calls are compared with can't be that of none."""
    value = only_value(module, node) or node
    if isinstance(value, ast.Constant):
        return bool(value.value)
    if isinstance(value, (ast.List, ast.Tuple, ast.Dict)):
        return bool(value.elts if not isinstance(value, ast.Dict) else value.keys)
    return not isinstance(value, (ast.BinOp, ast.Name)) or bool(module.resolve(value))
