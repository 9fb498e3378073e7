"""Changes to an import statement."""

from __future__ import annotations

import ast

from codemods.edits.making import make, takes
from codemods.model import Edit
from codemods.semantics.file.module import Module


def add_imported_name(module: Module, node: ast.ImportFrom, name: str) -> Edit:
    """Add ``name`` where the order of the names wants it, at the end if they keep none."""
    return make(module, node, "add_imported_name", name=name)


@takes
def remove_imported_names(module: Module, node: ast.Import | ast.ImportFrom, names: list[str]) -> Edit:
    """Take the names that the statement binds as ``names`` away, and the statement if none is left."""
    return make(module, node, "remove_imported_names", names=names)
