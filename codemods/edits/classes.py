"""Changes to a class and to the shape of its methods."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemods.edits.making import Args, discards, make, takes
from codemods.model import Edit
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition


def _base(node: ast.ClassDef, args: Args) -> Iterable[ast.AST]:
    return (node.bases[args["index"]],)


def _parameters(node: Definition, args: Args) -> Iterable[ast.AST]:
    return (node.args,)


@discards(_base)
def replace_base(module: Module, node: ast.ClassDef, index: int, text: str) -> Edit:
    """Write ``text`` instead of the base at ``index``."""
    return make(module, node, "replace_base", index=index, text=text)


@takes
def rename_function(module: Module, node: Definition, name: str) -> Edit:
    """Call the function ``name``."""
    return make(module, node, "rename_function", name=name)


@takes
@discards(_parameters)
def set_parameters(module: Module, node: Definition, text: str) -> Edit:
    """Take the parameters ``text``."""
    return make(module, node, "set_parameters", text=text)


def append_statements(module: Module, node: Definition, text: str) -> Edit:
    """Add the statements ``text`` at the end of the body."""
    return make(module, node, "append_statements", text=text)


def yield_at(module: Module, node: Definition, index: int) -> Edit:
    """Put a ``yield`` before the statement at ``index``."""
    return make(module, node, "yield_at", index=index)


def guard_cleanup(module: Module, node: Definition, index: int) -> Edit:
    """Put the statement at ``index`` into a ``try`` and those after it into its ``finally``."""
    return make(module, node, "guard_cleanup", index=index)
