"""Definitions that the fixes have left without a use."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Collection, Container, Iterator, Mapping, Sequence

from codemods.edits.statements import remove_statement
from codemods.model import Leftover, Released
from codemods.rewrite.mentions import speaks_of
from codemods.rewrite.units import edited
from codemods.semantics.asyncio_names import RUNNING_LOOP
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import last_name
from codemods.semantics.memo import once

_BRANCHES = (ast.If, ast.Try)
_Removable = ast.FunctionDef | ast.Assign


def without_leftovers(path: str, text: str, released: Collection[Released]) -> str:
    """Return ``text`` without the released functions, variables and loops that nothing uses."""
    names = {each.name for each in released if isinstance(each, Leftover)}
    while names:
        module = Module(path, text)
        found = _unmentioned(module, [*_defined(module, names)])
        shorter = _without(module, found) or _without(module, found[:1])
        if shorter is None:
            break
        text = shorter
    return text


def _unmentioned(module: Module, defined: Sequence[_Removable]) -> list[_Removable]:
    """Return the definitions that nothing mentions but themselves and each other; of a class, something stays."""
    found: dict[ast.AST, _Removable] = {}
    while new := [each for each in defined if each not in found and not _is_mentioned(module, each, found)]:
        found.update({each: each for each in new})
    bodies = (parent.body for each in found if isinstance(parent := module.parents[each], ast.ClassDef))
    last = {body[-1] for body in bodies if len(body) > 1 and all(each in found for each in body)}
    return [each for each in defined if each in found and each not in last]


def _defined(module: Module, names: Collection[str]) -> Iterator[_Removable]:
    for function in module.nodes(ast.FunctionDef):
        if module.qualname(function) in names and not isinstance(module.parents[function], _BRANCHES):
            yield function
    for node in module.nodes(ast.Assign):
        target = node.targets[0] if module.parents[node] is module.tree and len(node.targets) == 1 else None
        if isinstance(target, ast.Name) and target.id in names:
            yield node
    if any("." in each for each in names):
        yield from _loops(module, names)


def _loops(module: Module, names: Collection[str]) -> Iterator[ast.Assign]:
    """Yield the statements that give a variable of a function the running loop."""
    for node in module.nodes(ast.Assign):
        function, target = module.function_of(node), node.targets[0]
        if isinstance(function, ast.AsyncFunctionDef) and isinstance(target, ast.Name) and len(node.targets) == 1:
            # By its last name: asyncio may be imported only after this.
            gets = isinstance(node.value, ast.Call) and last_name(node.value.func) == RUNNING_LOOP
            if gets and f"{module.qualname(function)}.{target.id}" in names:
                yield node


def _is_mentioned(module: Module, node: _Removable, gone: Container[ast.AST]) -> bool:
    """Say whether the name stands anywhere else, in code or in a string, but in what is gone."""
    if isinstance(node, ast.Assign) and module.function_of(node) is not None:
        return bool(module.reads(node.targets[0], node.targets[0].id))  # type: ignore[attr-defined]
    name = node.name if isinstance(node, ast.FunctionDef) else node.targets[0].id  # type: ignore[attr-defined]
    found = [*_mentions(module).get(name, ())]
    if name in module.string_text:
        word = re.compile(rf"\b{re.escape(name)}\b")
        found += [each for each in module.nodes(ast.Constant) if _says(each, name, word)]
    return any(
        all(around is not node and around not in gone for around in (each, *module.ancestors(each))) for each in found
    )


def _says(node: ast.Constant, name: str, word: re.Pattern[str]) -> bool:
    return isinstance(node.value, str) and word.search(node.value) is not None and speaks_of(node.value, name)


@once
def _mentions(module: Module) -> Mapping[str, list[ast.AST]]:
    found: defaultdict[str, list[ast.AST]] = defaultdict(list)
    for name in module.nodes(ast.Name):
        found[name.id].append(name)
    for attribute in module.nodes(ast.Attribute):
        found[attribute.attr].append(attribute)
    imports: list[ast.Import | ast.ImportFrom] = [*module.nodes(ast.Import), *module.nodes(ast.ImportFrom)]
    for statement in imports:
        for alias in statement.names:
            found[alias.name].append(statement)
    declared: list[ast.Global | ast.Nonlocal] = [*module.nodes(ast.Global), *module.nodes(ast.Nonlocal)]
    for each in declared:
        for bound in each.names:
            found[bound].append(each)
    return dict(found)


def _without(module: Module, nodes: Sequence[_Removable]) -> str | None:
    return edited(module, [remove_statement(module, each) for each in nodes]) if nodes else None
