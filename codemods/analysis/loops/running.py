"""The first line that gives an async function the loop that it runs in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codemods.analysis.loops.parameter import NAME
from codemods.analysis.order import Definition
from codemods.model import Edit, Import

if TYPE_CHECKING:
    from codemods.rules.base import Context

GETTER = "asyncio.get_running_loop"


def first_line(context: Context, node: Definition, name: str = NAME) -> tuple[Edit, tuple[Import, ...]] | None:
    """Return the edit that binds ``name`` to the running loop, and the imports it needs; None if asyncio is taken."""
    written = context.reference(GETTER, node.body[0])
    if written is None:
        return None
    edit = context.module.edit(node, "prepend_statement", text=f"{name} = {written.text}()")
    return edit, written.imports
