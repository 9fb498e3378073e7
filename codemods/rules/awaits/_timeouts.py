"""The names of the built-in ``TimeoutError`` that asyncio gives it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.edits.calls import replace_attribute, set_argument
from codemods.edits.statements import set_handler_type
from codemods.model import Edit
from codemods.semantics.file.module import Module

BUILTIN = "TimeoutError"
_ALIASES = frozenset({"asyncio.TimeoutError", "asyncio.exceptions.TimeoutError"})


def aliases(module: Module) -> Iterator[tuple[ast.Attribute, Edit]]:
    """Yield the places that take the alias from asyncio, where the built-in name means the built-in, each with its edit."""
    for node in module.nodes(ast.Attribute):
        if node.attr == BUILTIN and isinstance(node.ctx, ast.Load) and module.resolve(node) in _ALIASES:
            edit = _edit(module, node) if _is_built_in(module, node) else None
            if edit is not None:
                yield node, edit


def imports(module: Module) -> Iterator[ast.ImportFrom]:
    """Yield the imports of the alias under the name of the built-in."""
    bindings = module.scopes.module_names().get(BUILTIN, [])
    found = bindings[0] if len(bindings) == 1 else None
    if isinstance(found, ast.ImportFrom) and isinstance(module.parents[found], ast.Module) and not found.level:
        if found.module in ("asyncio", "asyncio.exceptions") and _is_plain(found):
            yield found


def _is_plain(node: ast.ImportFrom) -> bool:
    return any(each.name == BUILTIN and each.asname in (None, BUILTIN) for each in node.names)


def _is_built_in(module: Module, node: ast.AST) -> bool:
    return not module.scopes.lookup(BUILTIN, node)[1] and not module.star_imports


def _edit(module: Module, node: ast.Attribute) -> Edit | None:
    parent = module.parents[node]
    if not isinstance(parent, ast.Tuple) or not any(_is_name(each) for each in parent.elts):
        return replace_attribute(module, node, BUILTIN)
    kept = [module.segment(each) for each in parent.elts if each is not node]
    return _without(module, parent, kept[0] if len(kept) == 1 else f"({', '.join(kept)})")


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == BUILTIN


def _without(module: Module, node: ast.Tuple, text: str) -> Edit | None:
    """Return the edit of what holds a tuple in which the built-in stands already."""
    holder = module.parents[node]
    if isinstance(holder, ast.Call) and node in holder.args and not holder.keywords:
        return set_argument(module, holder, holder.args.index(node), text=text)
    block = module.parents[holder]
    if isinstance(holder, ast.ExceptHandler) and isinstance(block, ast.Try):
        return set_handler_type(module, block, block.handlers.index(holder), text)
    return None
