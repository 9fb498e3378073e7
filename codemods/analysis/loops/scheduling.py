"""Calls that begin tasks."""

from __future__ import annotations

import ast
import re

from codemods.semantics.access_path import AccessPath
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import calls_in, last_name
from codemods.semantics.pytest.classes import local_class
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
    path = called_path(module, callee)
    return path is not None and path.is_qualified and module.answers.begins_tasks(path) is not None


def _value(module: Module, node: ast.expr) -> ast.expr | None:
    """Return what the only assignment to a name gives it, or what the ``with`` around it enters."""
    found = module.only_binding(node)
    parent = module.parents.get(found) if found is not None else None
    return parent.context_expr if isinstance(parent, ast.withitem) else aliased_value(module, node)


def _of_own_class(module: Module, made: ast.Call, name: str) -> AccessPath | None:
    """Return the path of a method of an object whose class the file defines: a base of another file may have it."""
    owner = local_class(module, made.func)
    if owner is None or module.parents[owner] is not module.tree or name in module.scopes.names(owner):
        return None
    return AccessPath.local(owner.name).called.attribute(name)


def called_path(module: Module, callee: ast.expr) -> AccessPath | None:
    """Return the path of what is called, also of a method of an object that a variable was given: by its class."""
    owner = _value(module, callee.value) if isinstance(callee, ast.Attribute) else None
    made = module.resolve(owner.func) if isinstance(owner, ast.Call) else None
    if made and isinstance(callee, ast.Attribute):
        return AccessPath.imported(made).attribute(callee.attr)
    if isinstance(callee, ast.Attribute) and isinstance(owner, ast.Call):
        return _of_own_class(module, owner, callee.attr)
    name = module.resolve(callee)
    return AccessPath.imported(name) if name else None
