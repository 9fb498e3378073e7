"""Calls of ``time.sleep`` that run in a coroutine, and so stop its event loop."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.edits.calls import insert_await, replace_callee
from codemods.edits.statements import drop_noqa
from codemods.model import Edit, LocalImport, Released, Safety
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition
from codemods.semantics.pytest.classes import test_case_of
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.owners import Owner, owners_of

_CODE = "ASYNC251"
_HOOKS = frozenset({"asyncSetUp", "asyncTearDown"})
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp)
_ELSEWHERE = frozenset({"Lambda", "ClassDef", "GeneratorExp", "JoinedStr", "TemplateStr", "TypeAlias"})
"""Where an await would be no part of the coroutine or not allowed, or where ``ast`` gives wrong positions."""


@dataclass(frozen=True, slots=True)
class Sleep:
    """One call of ``time.sleep``, the coroutine that it stops, and the outermost function around that."""

    node: ast.Call
    function: ast.AsyncFunctionDef
    outermost: Definition
    owner: Owner
    safety: Safety
    """How far a fix can be trusted where nothing speaks against it."""


def sleeps(context: Context) -> Iterator[Sleep]:
    """Yield the sleeps of a file that await could stand before, in source order."""
    for node in context.module.nodes(ast.Call):
        if not _is_sleep(context.module, node) or (function := coroutine_around(context.module, node)) is None:
            continue
        owners = owners_of(context)
        outermost = context.module.outermost(function)
        yield Sleep(node, function, outermost, owners.of(outermost), safety_of(context, outermost))


def _is_sleep(module: Module, node: ast.Call) -> bool:
    if len(node.args) != 1 or node.keywords or isinstance(node.args[0], ast.Starred):
        return False
    return module.resolve(node.func) == "time.sleep"


def coroutine_around(module: Module, node: ast.AST) -> ast.AsyncFunctionDef | None:
    """Return the function that a node suspends if it is awaited where it stands, or None if it can't be."""
    child: ast.AST = node
    comprehensions = 0
    for parent in module.ancestors(node):
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inside = isinstance(parent, ast.AsyncFunctionDef) and module.place_of(child)[0] is parent.body
            return parent if inside else None  # type: ignore[return-value]
        if type(parent).__name__ in _ELSEWHERE or child is getattr(parent, "annotation", None):
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


def edits(module: Module, node: ast.Call, text: str) -> list[Edit]:
    """Return what makes ``await text(…)`` of a call, and drops the ``noqa`` that it needed."""
    changes = [replace_callee(module, node, text)]
    parent = module.parents[node]
    if not isinstance(parent, ast.Await):
        parens = module.is_called(node) or isinstance(parent, (ast.Attribute, ast.Subscript))
        changes.append(insert_await(module, node, parens=parens))
    if _needs_noqa(module, node):
        changes.append(drop_noqa(module, node, _CODE))
    return changes


def _needs_noqa(module: Module, node: ast.Call) -> bool:
    """Say whether a ``noqa`` at the end of the call's statement speaks of this call alone."""
    statement = module.statement_of(node)
    last = module.lines[(statement.end_lineno or statement.lineno) - 1]
    return not hasattr(statement, "body") and _CODE in last and last.count("sleep") < 2


def released(module: Module, node: ast.expr) -> tuple[Released, ...]:
    """Return the name at the root of ``time.sleep``, with the function that binds it if the module doesn't."""
    while isinstance(node, ast.Attribute):
        node = node.value
    if not isinstance(node, ast.Name):
        return ()
    scope, _ = module.scopes.lookup(node.id, node)
    if isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return (LocalImport(module.qualname(scope), node.id),)
    return (node.id,)
