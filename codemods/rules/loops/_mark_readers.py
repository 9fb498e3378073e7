"""Who reads asyncio markers, or adds them, beside pytest-asyncio."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.model import Evidence
from codemods.rules.base import ProjectContext
from codemods.rules.loops._modes import configuration_text
from codemods.semantics.file.module import Module

_READING = frozenset({"get_closest_marker", "get_marker", "iter_markers"})
_NEEDLES = (*(each.encode() for each in sorted(_READING)), b"add_marker", b"keywords", b"own_markers")
_NAME = "asyncio"
_SELECTING = re.compile(
    r"(?<![\w-])(?<!python )(?<!python3 )-m(?:[ =]*[\"']?|[\"'],\s*[\"'])(?:\(?[ \t]*(?:not[ \t]+|\w+[ \t]+(?:and|or)[ \t]+)*)*asyncio\b"
)


def mark_users(context: ProjectContext, config: str | None) -> Iterator[Evidence]:
    """Yield the lines that select tests by asyncio markers, and those under a configuration that read or add them."""
    for path in context.configuration:
        for number, line in enumerate(configuration_text(context, path).splitlines(), 1):
            if _NAME in line and not line.lstrip().startswith(("#", ";")) and _SELECTING.search(line):
                yield Evidence(path, number, line.strip())
    for path in (*context.paths, *context.others):
        data = context.data(path)
        if b"asyncio" in data and any(each in data for each in _NEEDLES) and _is_under(context, path, config):
            file = context.file(path)
            yield from map(file.module.evidence, _users(file.module)) if file is not None else ()


def _is_under(context: ProjectContext, path: str, config: str | None) -> bool:
    setting = context.setting(path)
    return setting is not None and setting.config.path == config


def _users(module: Module) -> Iterator[ast.AST]:
    for call in module.nodes(ast.Call):
        if isinstance(call.func, ast.Attribute) and _uses(module, call, call.func):
            yield call
    for compare in module.nodes(ast.Compare):
        compared = [compare.left, *compare.comparators]
        if any(map(_is_name, compared)) and any(_is_of_a_mark(each) for each in compared):
            yield compare
    for subscript in module.nodes(ast.Subscript):
        if _is_name(subscript.slice) and _is_of_a_mark(subscript.value):
            yield subscript


def _uses(module: Module, call: ast.Call, function: ast.Attribute) -> bool:
    given = [*call.args, *(each.value for each in call.keywords)]
    if function.attr in _READING:
        return any(map(_is_name, given))
    if function.attr == "get":
        return bool(given) and _is_name(given[0]) and _is_of_a_mark(function.value)
    return function.attr == "add_marker" and _NAME in module.segment(module.function_of(call) or call)


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == _NAME


def _is_of_a_mark(node: ast.expr) -> bool:
    """Say whether it is the name of a mark, or what holds those of an item."""
    return isinstance(node, ast.Attribute) and node.attr in ("keywords", "name", "own_markers")
