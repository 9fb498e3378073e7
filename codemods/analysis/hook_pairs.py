"""What an async set-up function and its tear-down are as one."""

from __future__ import annotations

import ast

from codemods.semantics.file.bodies import body_start, body_text, has_docstring, returns, share_names
from codemods.semantics.file.module import Module
from codemods.semantics.file.units import first_line
from codemods.semantics.pytest.xunit import Hooks, arguments


def joined_text(module: Module, hooks: Hooks) -> str | None:
    """Return what comes after the set-up in one fixture, or None if the two can't be one."""
    setup, teardown = hooks.setup, hooks.teardown
    if setup is None or teardown is None or returns(setup) or share_names(setup, teardown):
        return None
    same_self = _own_name(hooks, setup) == _own_name(hooks, teardown)
    if not same_self or len(teardown.body) == has_docstring(teardown) or _has_comment(module, teardown):
        return None
    text = body_text(module, teardown)
    return text and f"yield\n{text}"


def _own_name(hooks: Hooks, node: ast.AsyncFunctionDef) -> str | None:
    return arguments(node)[0].arg if isinstance(hooks.owner, ast.ClassDef) and arguments(node) else None


def _has_comment(module: Module, node: ast.AsyncFunctionDef) -> bool:
    """Say whether something is said of the function, above it or in its header."""
    start = first_line(node, module.lines)
    header = module.lines[max(start - 2, 0) : body_start(module, node) - 1]
    return any("#" in line for line in header)
