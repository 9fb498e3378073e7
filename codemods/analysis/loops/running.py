"""The first line that gives an async function the loop that it runs in."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemods.analysis.loops.parameter import NAME, loop_parameter
from codemods.analysis.order import Definition
from codemods.model import Edit, Import

if TYPE_CHECKING:
    from codemods.rules.base import Context

GETTER = "asyncio.get_running_loop"


def first_line(
    context: Context, node: Definition, name: str = NAME
) -> tuple[tuple[Edit, ...], tuple[Import, ...]] | None:
    """Return what binds ``name`` to the running loop, and the imports it needs; None if asyncio is taken."""
    written = context.reference(GETTER, node.body[0])
    if written is None:
        return None
    edit = context.module.edit(node, "prepend_statement", text=f"{name} = {written.text}()")
    return (edit,), written.imports


def annotated_names(node: Definition) -> tuple[str, ...]:
    """Return the names that the annotation of the parameter may have been the last to use."""
    parameter = loop_parameter(node)
    annotation = parameter.annotation if parameter else None
    return tuple(each.id for each in ast.walk(annotation) if isinstance(each, ast.Name)) if annotation else ()
