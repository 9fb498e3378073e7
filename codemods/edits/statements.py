"""Changes to whole statements, and to what stands behind them."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemods.edits.making import Args, discards, itself, make, takes
from codemods.model import Edit
from codemods.semantics.file.module import Module

Assignment = ast.Assign | ast.AnnAssign
Small = Assignment | ast.Assert | ast.AugAssign | ast.Expr | ast.Import | ast.ImportFrom | ast.Return
"""The statements on one line that an edit can name."""


def _value(node: Assignment, args: Args) -> Iterable[ast.AST]:
    return (node.value,) if node.value else ()


def _around_body(node: ast.If | ast.Try, args: Args) -> Iterable[ast.AST]:
    if isinstance(node, ast.If):
        return (node.test, *node.orelse)
    return (*node.handlers, *node.orelse, *node.finalbody)


def _around_other(node: ast.If | ast.Try, args: Args) -> Iterable[ast.AST]:
    if isinstance(node, ast.If):
        return (node.test, *node.body)
    caught = node.handlers[0].type
    return (*node.body, *((caught,) if caught else ()))


def _handler_type(node: ast.Try, args: Args) -> Iterable[ast.AST]:
    written = node.handlers[args["index"]].type
    return (written,) if written else ()


def _element(node: ast.Assign, args: Args) -> Iterable[ast.AST]:
    elements = node.value.elts if isinstance(node.value, (ast.List, ast.Tuple)) else []
    return elements[args["index"] :][:1]


@takes
@discards(itself)
def remove_statement(module: Module, node: ast.stmt) -> Edit:
    """Take the statement away; the comments above it stay."""
    return make(module, node, "remove_statement")


@takes
@discards(_around_body)
def keep_body(module: Module, node: ast.If | ast.Try) -> Edit:
    """Have only the statements of the first block, without what is around them."""
    return make(module, node, "keep_body")


@takes
@discards(_around_other)
def keep_other(module: Module, node: ast.If | ast.Try) -> Edit:
    """Have only the statements of the ``else`` block, or of the only handler, without what is around them."""
    return make(module, node, "keep_other")


@discards(_handler_type)
def set_handler_type(module: Module, node: ast.Try, index: int, text: str) -> Edit:
    """Have the handler at ``index`` catch ``text``."""
    return make(module, node, "set_handler_type", index=index, text=text)


@discards(_value)
def set_value(module: Module, node: Assignment, text: str) -> Edit:
    """Assign ``text`` instead."""
    return make(module, node, "set_value", text=text)


@takes
@discards(itself)
def replace_statement(module: Module, node: Small, text: str) -> Edit:
    """Write the small statement ``text`` instead."""
    return make(module, node, "replace_statement", text=text)


@discards(_element)
def remove_element(module: Module, node: ast.Assign, index: int) -> Edit:
    """Take the element at ``index`` out of the list or tuple that is assigned; the last one goes with the statement."""
    return make(module, node, "remove_element", index=index)


def insert_after(module: Module, node: Small, text: str) -> Edit:
    """Put the statement ``text`` behind the line."""
    return make(module, node, "insert_after", text=text)


def drop_noqa(module: Module, node: ast.Call, code: str) -> Edit:
    """Take ``code`` out of the ``noqa`` at the end of the statement around the call."""
    return make(module, node, "drop_noqa", code=code)
