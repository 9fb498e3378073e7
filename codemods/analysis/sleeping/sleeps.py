"""Calls of ``time.sleep`` that run in a coroutine, and so stop its event loop."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.analysis.awaits.suspending import coroutine_around, outermost_of, safety_of
from codemods.model import Edit, Safety
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.owners import Owner, Owners
from codemods.semantics.pytest.reach import Reach

_CODE = "ASYNC251"


@dataclass(frozen=True, slots=True)
class Sleep:
    """One call of ``time.sleep``, the coroutine that it stops, and the outermost function around that."""

    node: ast.Call
    function: ast.AsyncFunctionDef
    outermost: Definition
    owner: Owner
    safety: Safety
    """How far a fix can be trusted where nothing speaks against it."""


def sleeps(context: Context, reach: Reach) -> Iterator[Sleep]:
    """Yield the sleeps of a file that await could stand before, in source order."""
    owners: Owners | None = None
    for node in context.module.nodes(ast.Call):
        if not _is_sleep(context.module, node) or (function := coroutine_around(context.module, node)) is None:
            continue
        owners = owners or Owners(context.suite, context.project, reach)
        outermost = outermost_of(context.module, function)
        yield Sleep(node, function, outermost, owners.of(outermost), safety_of(context, outermost))


def _is_sleep(module: Module, node: ast.Call) -> bool:
    if len(node.args) != 1 or node.keywords or isinstance(node.args[0], ast.Starred):
        return False
    return module.resolve(node.func) == "time.sleep"


def edits(module: Module, node: ast.Call, text: str) -> list[Edit]:
    """Return what makes ``await text(…)`` of a call, and drops the ``noqa`` that it needed."""
    changes = [module.edit(node, "replace_callee", text=text)]
    parent = module.parents[node]
    if not isinstance(parent, ast.Await):
        parens = module.is_called(node) or isinstance(parent, (ast.Attribute, ast.Subscript))
        changes.append(module.edit(node, "insert_await", parens=parens))
    if _needs_noqa(module, node):
        changes.append(module.edit(node, "drop_noqa", code=_CODE))
    return changes


def _needs_noqa(module: Module, node: ast.Call) -> bool:
    """Say whether a ``noqa`` at the end of the call's statement speaks of this call alone."""
    statement = next(each for each in module.ancestors(node) if isinstance(each, ast.stmt))
    last = module.lines[(statement.end_lineno or statement.lineno) - 1]
    return not hasattr(statement, "body") and _CODE in last and last.count("sleep") < 2


def released(module: Module, node: ast.expr) -> tuple[str, ...]:
    """Return the name at the root of ``time.sleep``, with the function that binds it if the module doesn't."""
    while isinstance(node, ast.Attribute):
        node = node.value
    if not isinstance(node, ast.Name):
        return ()
    scope, _ = module.scopes.lookup(node.id, node)
    if isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return (f"{module.qualname(scope)}:{node.id}",)
    return (node.id,)
