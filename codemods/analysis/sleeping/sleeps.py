"""Calls of ``time.sleep`` that run in a coroutine, and so stop its event loop."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.analysis.awaits.suspending import coroutine_around, safety_of
from codemods.edits.calls import insert_await, replace_callee
from codemods.edits.statements import drop_noqa
from codemods.model import Edit, LocalImport, Released, Safety
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.owners import Owner, owners_of

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


def is_awaited(module: Module, node: Definition) -> bool:
    """Return whether a call of a function is awaited in its file, by its name."""
    named = (*module.loads.get(node.name, ()), *module.attributes.get(node.name, ()))
    calls = (module.parents[each] for each in named if module.is_called(each))
    return any(isinstance(module.parents[each], ast.Await) for each in calls)


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
