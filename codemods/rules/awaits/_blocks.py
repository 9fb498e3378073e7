"""The block that awaits what ``pytest.raises(E, function, *args)`` only calls."""

from __future__ import annotations

import ast

from codemods.edits.statements import insert_after, remove_statement
from codemods.model import Edit
from codemods.rules.awaits._raising import Expecting
from codemods.semantics.file.module import Module


def block_edits(module: Module, found: Expecting) -> list[Edit] | None:
    """Return the edits that write the block, None where its statement can't be replaced."""
    statement = module.parents[found.call]
    name = _name(statement)
    if not isinstance(statement, (ast.Expr, ast.Assign)) or name is None or not _stands_alone(module, statement):
        return None
    own = ", ".join(module.segment(each) for each in found.own)
    head = f"with {module.segment(found.call.func)}({own}){f' as {name}' if name else ''}:"
    text = f"{head}\n    await {_call(module, found)}\n"
    return [insert_after(module, statement, text), remove_statement(module, statement)]


def _name(statement: ast.AST) -> str | None:
    """Return the name that gets what the call gives, empty if none does."""
    if isinstance(statement, ast.Expr):
        return ""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else None


def _call(module: Module, found: Expecting) -> str:
    if isinstance(found.function, ast.Lambda):
        return module.segment(found.function.body)
    given = [*map(module.segment, found.args), *map(module.segment, found.call.keywords)]
    return f"{module.segment(found.function)}({', '.join(given)})"


def _stands_alone(module: Module, statement: ast.stmt) -> bool:
    """Return whether a statement has its lines for itself, and no comment between them."""
    span = module.span(statement)
    before = module.lines[span.line - 1][: span.column - 1]
    after = module.lines[span.end_line - 1][span.end_column - 1 :].strip()
    inside = module.lines[span.line - 1 : span.end_line - 1]
    return not before.strip() and (not after or after.startswith("#")) and not any("#" in line for line in inside)
