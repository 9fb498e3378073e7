"""Calls that begin tasks."""

from __future__ import annotations

import ast
import re

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import calls_in, last_name
from codemods.semantics.pytest.marks import aliased_value

_SCHEDULING = re.compile(
    r"(?:create|start|spawn|add|schedule)_\w*task|ensure_future|call_(?:soon|soon_threadsafe|later|at)|start_soon"
)


def schedules(node: ast.AST) -> bool:
    """Return whether a function begins tasks, by the names of what it calls."""
    return any(is_scheduling(each.func) for each in calls_in(node))


def is_scheduling(callee: ast.expr) -> bool:
    """Return whether what is called begins a task, by its name."""
    return _SCHEDULING.fullmatch(last_name(callee)) is not None


def is_known_to_schedule(module: Module, callee: ast.expr) -> bool:
    """Return whether what is called is a function of the project that begins tasks."""
    name = called_path(module, callee)
    return name is not None and "." in name and module.answers.begins_tasks(name) is not None


def called_path(module: Module, callee: ast.expr) -> str | None:
    """Return the dotted name of what is called, also of a method of an object that a variable was given."""
    owner = aliased_value(module, callee.value) if isinstance(callee, ast.Attribute) else None
    made = module.resolve(owner.func) if isinstance(owner, ast.Call) else None
    return f"{made}.{callee.attr}" if made and isinstance(callee, ast.Attribute) else module.resolve(callee)
