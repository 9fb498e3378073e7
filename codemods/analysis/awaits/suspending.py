"""Where an ``await`` can stand, and how far it can be trusted that a coroutine waits there."""

from __future__ import annotations

import ast

from codemods.model import Safety
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition
from codemods.semantics.pytest.classes import test_case_of
from codemods.semantics.pytest.context import Context

_HOOKS = frozenset({"asyncSetUp", "asyncTearDown"})
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp)
_NO_PLACE = frozenset({"Lambda", "ClassDef", "GeneratorExp", "JoinedStr", "TemplateStr", "TypeAlias"})
"""Where an await would be no part of the coroutine or not allowed, or where ``ast`` gives wrong positions."""


def coroutine_around(module: Module, node: ast.AST) -> ast.AsyncFunctionDef | None:
    """Return the function that a node suspends if it is awaited where it stands, or None if it can't be."""
    if not isinstance(module.function_of(node), ast.AsyncFunctionDef):  # most calls of most files
        return None
    child: ast.AST = node
    comprehensions = 0
    for parent in module.ancestors(node):
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inside = isinstance(parent, ast.AsyncFunctionDef) and module.place_of(child)[0] is parent.body
            return parent if inside else None  # type: ignore[return-value]
        if type(parent).__name__ in _NO_PLACE or child is getattr(parent, "annotation", None):
            return None
        # One level only: nested asynchronous comprehensions are a syntax error before Python 3.11.
        comprehensions += isinstance(parent, _COMPREHENSIONS)
        if comprehensions > 1 or isinstance(parent, ast.comprehension):
            return None
        child = parent
    return None


def safety_of(context: Context, outermost: Definition) -> Safety:
    """Only pytest calls tests and fixtures; a helper may have callers that the file doesn't show."""
    suite = context.suite
    if outermost in suite.fixture_nodes or outermost in suite.test_nodes:
        return Safety.SAFE
    hook = outermost.name in _HOOKS and test_case_of(context.module, outermost) is not None
    return Safety.SAFE if hook else Safety.REVIEW
