"""Definitions that the fixes have left without a use: ``def:_run`` among what they release."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

from codemods.analysis.module import Module
from codemods.rewrite.mentions import speaks_of
from codemods.rewrite.units import edited

_PREFIX = "def:"
_BRANCHES = (ast.If, ast.Try)
_Removable = ast.FunctionDef | ast.Assign


def without_leftovers(path: str, text: str, released: Collection[str]) -> str:
    """Return ``text`` without the released functions and variables, of a module or a class, that nothing mentions."""
    names = {each.removeprefix(_PREFIX) for each in released if each.startswith(_PREFIX)}
    while names:
        module = Module(path, text)
        found = next((each for each in _defined(module, names) if not _is_mentioned(module, each)), None)
        shorter = _without(module, found) if found is not None else None
        if shorter is None:
            break
        text = shorter
    return text


def _defined(module: Module, names: Collection[str]) -> Iterator[_Removable]:
    for function in module.nodes(ast.FunctionDef):
        if module.qualname(function) in names and not isinstance(module.parents[function], _BRANCHES):
            yield function
    for node in module.nodes(ast.Assign):
        target = node.targets[0] if module.parents[node] is module.tree and len(node.targets) == 1 else None
        if isinstance(target, ast.Name) and target.id in names:
            yield node


def _is_mentioned(module: Module, node: _Removable) -> bool:
    """Say whether the name stands anywhere else, in code or in a string."""
    name = node.name if isinstance(node, ast.FunctionDef) else node.targets[0].id  # type: ignore[attr-defined]
    own = set(ast.walk(node))
    word = re.compile(rf"\b{re.escape(name)}\b")
    return any(each not in own and _mentions(each, name, word) for each in ast.walk(module.tree))


def _mentions(node: ast.AST, name: str, word: re.Pattern[str]) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and word.search(node.value) is not None and speaks_of(node.value, name)
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return name in node.names
    imported = node.name if isinstance(node, ast.alias) else None
    return name in (getattr(node, "id", None), getattr(node, "attr", None), imported)


def _without(module: Module, node: _Removable) -> str | None:
    return edited(module, [module.edit(node, "remove_statement")])
