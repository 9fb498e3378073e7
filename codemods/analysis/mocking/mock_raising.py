"""Whether a call of a mock may raise, or do something, by its ``side_effect``."""

from __future__ import annotations

import ast

from codemods.analysis.mocking.mock_effects import effect, is_error
from codemods.analysis.mocking.mock_values import Nature, returned
from codemods.semantics.answers import Answer
from codemods.semantics.file.order import PLAIN_NODES
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import coroutine_function, local_function, only_value
from codemods.semantics.pytest.values.mocks import ASYNC, mock_class


def may_raise(suite: Suite, node: ast.expr) -> bool:
    """Return whether a call with ``side_effect=node`` may do more than give a value, or something to await."""
    if isinstance(node, ast.Name):
        if (function := local_function(suite.module, node)) is not None:
            return coroutine_function(suite.module, function) is not Answer.ASYNC
        value = only_value(suite.module, node)
        return value is None or isinstance(value, ast.Name) or may_raise(suite, value)
    if isinstance(node, (ast.List, ast.Tuple)):
        return any(is_error(suite, each) or returned(suite, each).nature is Nature.UNKNOWN for each in node.elts)
    if isinstance(node, ast.Lambda):
        return not isinstance(node.body, PLAIN_NODES) and effect(suite, node).nature is not Nature.WRAPPED
    return not isinstance(node, ast.Constant) and mock_class(suite.module, node) != ASYNC
