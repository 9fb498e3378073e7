"""What Python has since 3.11 only, and whether a file sees to it that older ones don't come upon it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.analysis.legacy.conditions import expectation, outermost
from codemods.semantics.file.module import Module

SINCE_3_11 = {
    "asyncio.Barrier": "there is no backport: an `asyncio.Event` and a counter do",
    "asyncio.Runner": "write `asyncio.run`, or make a loop with `asyncio.new_event_loop`",
    "asyncio.TaskGroup": "use `anyio.create_task_group`, or the backport `taskgroup`",
    "asyncio.timeout": "use `asyncio.wait_for`, or the backport `async_timeout`",
    "asyncio.timeout_at": "use `asyncio.wait_for`, or the backport `async_timeout`",
}
"""What is missing before, and what to write instead."""
EXCEPT_STAR = "except*"
_VERSION = re.compile(r"version_info|python_version|hexversion|PY_?3|IS_?PY|hasattr")


def newer_names(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield the first place of each name that fails before Python 3.11, imports included."""
    if _file_is_guarded(module):
        return
    seen: set[str] = set()
    for node, name in _places(module):
        if name not in seen and expectation(module, node) is None and not _function_is_guarded(module, node):
            seen.add(name)
            yield node, name


def _places(module: Module) -> Iterator[tuple[ast.AST, str]]:
    for node in module.nodes(ast.ImportFrom):
        if node.module == "asyncio" and not node.level:
            yield from ((node, name) for alias in node.names if (name := f"asyncio.{alias.name}") in SINCE_3_11)
    for attribute in module.nodes(ast.Attribute):
        if (name := module.resolve(attribute) or "") in SINCE_3_11 and isinstance(attribute.ctx, ast.Load):
            yield attribute, name
    if (kind := getattr(ast, "TryStar", None)) is not None:
        yield from ((node, EXCEPT_STAR) for node in module.nodes(kind))


def _file_is_guarded(module: Module) -> bool:
    """Say whether the whole file is skipped by a version: a ``skipif`` for all, or a ``skip`` under an ``if``."""
    text = (module.segment(each) for each in module.tree.body if isinstance(each, (ast.If, ast.Assign)))
    return any(_VERSION.search(each) and "skip" in each for each in text)


def _function_is_guarded(module: Module, node: ast.AST) -> bool:
    """Say whether the function asks for the version itself, to skip or return."""
    function = outermost(module, node)
    return function is not None and _VERSION.search(module.segment(function)) is not None
