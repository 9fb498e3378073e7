"""Changes to a call: its callee, its arguments, and the ``await`` before it."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemods.edits.making import Args, discards, itself, make
from codemods.model import Edit
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import children


def _callee(node: ast.Call, args: Args) -> Iterable[ast.AST]:
    return (node.func,)


def _object(node: ast.Attribute, args: Args) -> Iterable[ast.AST]:
    return (node.value,)


def _argument(node: ast.Call, args: Args) -> Iterable[ast.AST]:
    return (list(children(node))[1 + args["index"]],)


def _old_argument(node: ast.Call, args: Args) -> Iterable[ast.AST]:
    return _argument(node, args) if "text" in args else ()


@discards(_callee)
def replace_callee(module: Module, node: ast.Call, text: str, column: int | None = None) -> Edit:
    """Call ``text`` instead, with the same arguments; lines that are aligned to its bracket stay so.

    ``column`` is where a call of several lines begins, counted from the indentation of its statement.
    """
    begins = _column(module, node) if column is None else column
    return make(module, node, "replace_callee", text=text, column=begins)


def _column(module: Module, node: ast.Call) -> int | None:
    """Return how far behind the indentation a call of several lines begins, if its callee stands on one."""
    if node.lineno == node.end_lineno or node.func.lineno != node.func.end_lineno:
        return None
    return node.col_offset - module.statement_of(node).col_offset


def skip_attribute(module: Module, node: ast.Attribute, name: str) -> Edit:
    """Take attribute ``name`` of what the last but one attribute was taken of: ``m.mock.called`` is ``m.awaited``."""
    return make(module, node, "skip_attribute", name=name)


def rename_attribute(module: Module, node: ast.Attribute, name: str) -> Edit:
    """Take the attribute ``name`` instead."""
    return make(module, node, "rename_attribute", name=name)


@discards(_object)
def replace_attribute(module: Module, node: ast.Attribute, text: str) -> Edit:
    """Write ``text`` instead of the attribute, inside the parentheses that it stands in."""
    return make(module, node, "replace_attribute", text=text)


def call(module: Module, node: ast.Attribute, *, keyword: str, text: str) -> Edit:
    """Call it with ``keyword=text``."""
    return make(module, node, "call", keyword=keyword, text=text)


def rename_method(module: Module, node: ast.Call, name: str) -> Edit:
    """Call the method ``name`` of the same object instead."""
    return make(module, node, "rename_method", name=name)


@discards(_old_argument)
def set_argument(
    module: Module, node: ast.Call, index: int, *, text: str | None = None, keyword: str | None = None
) -> Edit:
    """Write ``text``, if given, as the value of the argument at ``index``, and ``keyword``, if given, as its name."""
    return make(module, node, "set_argument", index=index, text=text, keyword=keyword)


def wrap_argument(module: Module, node: ast.Call, index: int, *, keyword: str, text: str) -> Edit:
    """Give ``keyword=text(name=value)`` instead of the argument ``name=value`` at ``index``."""
    return make(module, node, "wrap_argument", index=index, keyword=keyword, text=text)


def add_keyword(module: Module, node: ast.Call, *, keyword: str, text: str) -> Edit:
    """Add the argument ``keyword=text`` at the end, with a trailing comma if there was one."""
    return make(module, node, "add_keyword", keyword=keyword, text=text)


@discards(_argument)
def remove_argument(module: Module, node: ast.Call, index: int) -> Edit:
    """Take the argument at ``index`` away."""
    return make(module, node, "remove_argument", index=index)


@discards(itself)
def replace_call(module: Module, node: ast.Call, text: str) -> Edit:
    """Write ``text`` instead of the whole call, inside the parentheses that it stands in."""
    return make(module, node, "replace_call", text=text)


def insert_await(module: Module, node: ast.Call, *, parens: bool | None = None, column: int | None = None) -> Edit:
    """Await the call, in parentheses where ``parens`` says that what is around it binds tighter.

    ``column`` is where a call of several lines begins, counted from the indentation of its statement: lines that are
    aligned to its bracket stay so.
    """
    begins = _column(module, node) if column is None else column
    return make(module, node, "insert_await", parens=parens, column=begins)


@discards(_callee)
def await_argument(
    module: Module, node: ast.Call, index: int, *, parens: bool, inner: bool, column: int | None = None,
    wrapped: bool = False,
) -> Edit:  # fmt: skip
    """Await the argument at ``index`` instead of the call that would run it: ``run(x)`` is ``await x``.

    ``inner`` says that the argument needs parentheses, ``parens`` that the whole does; ``wrapped`` that the lines of
    the call are to be those of its argument, as where one line would be too long. ``column`` is where a call of several
    lines begins, counted from the indentation of its statement: lines that are aligned to its bracket stay so.
    """
    begins = _column(module, node) if column is None else column
    wraps = wrapped or _is_too_long(module, node, node.args[index])
    return make(module, node, "await_argument", index=index, parens=parens, inner=inner, column=begins, wrapped=wraps)


def _has_arguments(node: ast.expr) -> bool:
    given = (*node.args, *node.keywords) if isinstance(node, ast.Call) else ()
    return bool(given) and not isinstance(given[0], ast.GeneratorExp)


def _is_too_long(module: Module, node: ast.Call, argument: ast.expr) -> bool:
    """Say whether an argument on a line of its own would be longer than the file's lines in the place of the call."""
    whole, inner = module.span(node), module.span(argument)
    if not _has_arguments(argument) or whole.line == inner.line or inner.line != inner.end_line:
        return False
    behind = module.lines[whole.end_line - 1].rstrip()[whole.end_column - 1 :]
    joined = whole.column - 1 + len("await ") + len(module.segment(argument)) + len(behind)
    return joined > module.line_limit
