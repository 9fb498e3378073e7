"""The statements that go with a loop that a function made for itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.loops.uses import LoopUses, is_current_loop
from codemods.analysis.module import Module
from codemods.analysis.order import Definition


def drop(
    module: Module, node: Definition, name: str, value: ast.expr, uses: LoopUses, driven: set[ast.expr | None],
    gone: set[ast.AST],
) -> None:  # fmt: skip
    """Take a loop away that nothing but the drivers used."""
    reads = [each for each in ast.walk(node) if isinstance(each, ast.Name) and each.id == name]
    left = [each for each in reads if isinstance(each.ctx, ast.Load) and each not in driven]
    inside = {each for statement in gone for each in ast.walk(statement)}
    if _runs_closed(module, name, [each for each in left if each in inside], driven):
        uses.obstacles.append(f"the loop `{name}` is closed before it runs something")
        return
    if any(each not in inside for each in left):
        closed = any(each in inside for each in left)
        if closed or not is_current_loop(module, value):
            uses.obstacles.append(f"the loop `{name}` is used for more than to run something")
        return
    statements = [module.parents[value], *sorted(_using(gone, left), key=lambda each: each.lineno)]
    tries = {each for each in map(module.parents.__getitem__, statements) if _only_closes(each, statements)}
    kept = [each for each in statements if module.parents[each] not in tries or each in _body(module.parents[each])]
    if all(_may_go(module, each, statements) for each in kept):
        uses.edits += [module.edit(each, "remove_statement") for each in kept]
        uses.edits += [module.edit(each, "keep_body") for each in tries]
    else:
        uses.obstacles.append(f"without the loop `{name}` a block would be empty")


def _runs_closed(module: Module, name: str, reads: list[ast.Name], driven: set[ast.expr | None]) -> bool:
    """Say whether something runs on a loop below the line that closes it."""
    closed = [each.lineno for each in reads if getattr(module.parents[each], "attr", "") == "close"]
    runs = (each.lineno for each in driven if isinstance(each, ast.Name) and each.id == name)
    return bool(closed) and any(line > min(closed) for line in runs)


def _only_closes(node: ast.AST, going: list[ast.AST]) -> bool:
    """Say whether a ``try`` is there for nothing but to close the loop."""
    plain = isinstance(node, ast.Try) and not node.handlers and not node.orelse
    return plain and all(each in going for each in node.finalbody)  # type: ignore[attr-defined]


def _body(node: ast.AST) -> list[ast.stmt]:
    return node.body if isinstance(node, ast.Try) else []


def _using(gone: set[ast.AST], reads: list[ast.Name]) -> Iterator[ast.Expr]:
    """Yield the statements that go with a loop; those that unset the current one go with any."""
    for each in gone:
        inner = set(ast.walk(each))
        unsets = not any(isinstance(name, ast.Name) and name in reads for name in inner)
        if isinstance(each, ast.Expr) and (not unsets or _is_unsetting(each)):
            yield each


def _is_unsetting(node: ast.Expr) -> bool:
    call = node.value
    return isinstance(call, ast.Call) and bool(call.args) and isinstance(call.args[0], ast.Constant)


def _may_go(module: Module, statement: ast.AST, going: list[ast.AST]) -> bool:
    """Say whether something is left in the block that a statement goes from."""
    parent = module.parents[statement]
    blocks = [value for value in vars(parent).values() if isinstance(value, list) and statement in value]
    return all(any(each not in going for each in block) for block in blocks)
