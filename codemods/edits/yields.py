"""Changes to what a generator yields to an event loop, which a coroutine awaits."""

from __future__ import annotations

import ast

from codemods.edits.making import discards, itself, make
from codemods.model import Edit
from codemods.semantics.file.module import Module

Yielded = ast.Yield | ast.YieldFrom


def await_yielded(module: Module, node: Yielded, *, parens: bool, inner: bool, through: str | None = None) -> Edit:
    """Await what is yielded, or yielded from; with ``through``, what that function makes of it.

    ``inner`` says that it needs parentheses, ``parens`` that the whole does.
    """
    return make(module, node, "await_yielded", parens=parens, inner=inner, through=through)


@discards(itself)
def replace_yield(module: Module, node: Yielded, text: str) -> Edit:
    """Write ``text`` instead."""
    return make(module, node, "replace_yield", text=text)


def enter_async(module: Module, node: ast.With) -> Edit:
    """Enter what the only item yields from: ``with (yield from lock)`` is ``async with lock``."""
    return make(module, node, "enter_async")
