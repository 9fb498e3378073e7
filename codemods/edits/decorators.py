"""Changes to the decorators of a function or class."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemods.edits.making import Args, discards, make
from codemods.model import Edit
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition

Decorated = Definition | ast.ClassDef


def _removed(node: Decorated, args: Args) -> Iterable[ast.AST]:
    return [node.decorator_list[index] for index in args["indices"]]


def _written(node: Decorated, args: Args) -> Iterable[ast.AST]:
    decorator = node.decorator_list[args["index"]]
    return (decorator.func if isinstance(decorator, ast.Call) else decorator,)


def add_decorator(module: Module, node: Decorated, text: str) -> Edit:
    """Put the decorator ``text`` on top of the others."""
    return make(module, node, "add_decorator", text=text)


@discards(_removed)
def remove_decorators(module: Module, node: Decorated, indices: list[int]) -> Edit:
    """Take the decorators at ``indices`` away; the comments above and behind them stay, but not those for tools."""
    return make(module, node, "remove_decorators", indices=indices)


@discards(_written)
def replace_decorator(module: Module, node: Decorated, index: int, text: str) -> Edit:
    """Write ``text`` instead of the expression of the decorator at ``index``, or of its callee if it is called."""
    return make(module, node, "replace_decorator", index=index, text=text)
