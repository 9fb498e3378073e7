"""Changes to a function: its parameters, its annotation, its first statement, and whether it is async."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemods.edits.making import Args, discards, itself, make, takes
from codemods.model import Edit
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition


def _annotation(node: Definition, args: Args) -> Iterable[ast.AST]:
    return (node.returns,) if node.returns else ()


def _inlined(node: Definition, args: Args) -> Iterable[ast.AST]:
    return node.body[args["index"] :][:2]


@takes
def make_async(module: Module, node: Definition) -> Edit:
    """Write ``async def`` for ``def``."""
    return make(module, node, "make_async")


@discards(_annotation)
def set_returns(module: Module, node: Definition, text: str) -> Edit:
    """Annotate what it returns as ``text``."""
    return make(module, node, "set_returns", text=text)


def prepend_statement(module: Module, node: Definition, text: str) -> Edit:
    """Put the statement ``text`` first in the body, below the docstring."""
    return make(module, node, "prepend_statement", text=text)


@takes
def remove_parameter(module: Module, node: Definition, name: str) -> Edit:
    """Take the parameter ``name`` away, and with it a ``*`` or ``/`` that stood there for it alone."""
    return make(module, node, "remove_parameter", name=name)


def yield_instead(module: Module, node: ast.Return) -> Edit:
    """Yield what is returned."""
    return make(module, node, "yield_instead")


@discards(_inlined)
def inline_function(module: Module, node: Definition, index: int) -> Edit:
    """Have the body of the function that the statement at ``index`` defines in the place of it and the next one."""
    return make(module, node, "inline_function", index=index)


@takes
@discards(itself)
def replace_definition(module: Module, node: Definition, text: str) -> Edit:
    """Write the definition ``text`` instead, below the same comments."""
    return make(module, node, "replace_definition", text=text)


@takes
def rename_parameter(module: Module, node: Definition, *, name: str, new: str) -> Edit:
    """Call the parameter ``name`` and all that reads it ``new``; nothing inside may bind either name."""
    return make(module, node, "rename_parameter", name=name, new=new)


def define_above(module: Module, node: Definition, text: str) -> Edit:
    """Put the definition ``text`` on top of the function, once for all that ask for the same."""
    return make(module, node, "define_above", text=text)


def make_block_async(module: Module, node: ast.With | ast.For) -> Edit:
    """Make the block ``async with`` or ``async for``."""
    return make(module, node, "make_block_async")
