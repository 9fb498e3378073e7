"""Changes to a call: its callee, its arguments, and the ``await`` before it."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from codemods.transformers.alignment import realigned
from codemods.transformers.verbs import verb


@verb
def replace_callee(node: cst.Call, text: str, column: int | None = None) -> cst.Call:
    """Call ``text`` instead, with the same arguments; lines that are aligned to its bracket stay so.

    ``column`` is where a call of several lines begins, counted from the indentation of its statement.
    """
    new = node.with_changes(func=cst.parse_expression(text))
    if column is None:
        return new
    before, after = (" " * column + _head(each) for each in (node, new))
    return realigned(new, before, after)


@verb
def skip_attribute(node: cst.Attribute, name: str) -> cst.Attribute:
    """Take attribute ``name`` of what the last but one attribute was taken of: ``m.mock.called`` is ``m.awaited``."""
    assert isinstance(node.value, cst.Attribute)
    return node.with_changes(value=node.value.value, attr=cst.Name(name))


@verb
def rename_attribute(node: cst.Attribute, name: str) -> cst.Attribute:
    """Take the attribute ``name`` instead."""
    return node.with_changes(attr=cst.Name(name))


@verb
def replace_attribute(node: cst.Attribute, text: str) -> cst.BaseExpression:
    """Write ``text`` instead of the attribute, inside the parentheses that it stands in."""
    return _in_place_of(node, text)


@verb
def call(node: cst.Attribute, *, keyword: str, text: str) -> cst.Call:
    """Call it with ``keyword=text``."""
    named = _named(cst.Arg(cst.Name("_")), keyword, cst.parse_expression(text))
    return cst.Call(node, (named,))


@verb
def rename_method(node: cst.Call, name: str) -> cst.Call:
    """Call the method ``name`` of the same object instead."""
    attribute = cst.ensure_type(node.func, cst.Attribute)
    return node.with_changes(func=attribute.with_changes(attr=cst.Name(name)))


@verb
def set_argument(node: cst.Call, index: int, *, text: str | None = None, keyword: str | None = None) -> cst.Call:
    """Write ``text``, if given, as the value of the argument at ``index``, and ``keyword``, if given, as its name."""
    changed = list(node.args)
    old = changed[index]
    value = cst.parse_expression(text) if text is not None else old.value
    changed[index] = _named(old, keyword, value) if keyword is not None else old.with_changes(value=value)
    return node.with_changes(args=changed)


def _named(old: cst.Arg, keyword: str, value: cst.BaseExpression) -> cst.Arg:
    none = cst.SimpleWhitespace("")
    equal = cst.AssignEqual(whitespace_before=none, whitespace_after=none)
    return old.with_changes(star="", keyword=cst.Name(keyword), equal=equal, value=value)


@verb
def wrap_argument(node: cst.Call, index: int, *, keyword: str, text: str) -> cst.Call:
    """Give ``keyword=text(name=value)`` instead of the argument ``name=value`` at ``index``."""
    changed = list(node.args)
    old = changed[index]
    assert old.keyword is not None
    inner = _named(cst.Arg(cst.Name("_")), old.keyword.value, old.value)
    wrapped = cst.Call(cst.parse_expression(text), (inner,))
    changed[index] = _named(old, keyword, wrapped)
    return node.with_changes(args=changed)


@verb
def add_keyword(node: cst.Call, *, keyword: str, text: str) -> cst.Call:
    """Add the argument ``keyword=text`` at the end, with a trailing comma if there was one."""
    added = _named(cst.Arg(cst.Name("_")), keyword, cst.parse_expression(text))
    if not node.args:
        return node.with_changes(args=(added,))
    last = node.args[-1]
    if isinstance(last.comma, cst.Comma):
        between = node.args[-2].comma if len(node.args) > 1 else _after_the_only(node)
        return node.with_changes(args=(*node.args[:-1], last.with_changes(comma=between), _closing(added, last)))
    separated = last.with_changes(comma=_COMMA, whitespace_after_arg=cst.SimpleWhitespace(""))
    return node.with_changes(args=(*node.args[:-1], separated, _closing(added, last)))


def _closing(added: cst.Arg, last: cst.Arg) -> cst.Arg:
    return added.with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)


def _after_the_only(node: cst.Call) -> cst.Comma:
    """Return the comma before a second argument: that stands on a line of its own where the first one does."""
    before = node.whitespace_before_args
    if not isinstance(before, cst.ParenthesizedWhitespace):
        return _COMMA
    return cst.Comma(whitespace_after=before.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=()))


_COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


@verb
def remove_argument(node: cst.Call, index: int) -> cst.Call:
    """Take the argument at ``index`` away."""
    kept = [*node.args[:index], *node.args[index + 1 :]]
    if not kept and _is_blank(node.whitespace_before_args):
        return node.with_changes(args=(), whitespace_before_args=cst.SimpleWhitespace(""))
    if kept and index == len(kept):
        kept[-1] = _closing(kept[-1], node.args[-1])
    return node.with_changes(args=kept)


def _is_blank(space: cst.BaseParenthesizableWhitespace) -> bool:
    """Say whether a space between parentheses holds no comment."""
    if isinstance(space, cst.ParenthesizedWhitespace):
        return space.first_line.comment is None and not any(each.comment for each in space.empty_lines)
    return True


@verb
def replace_call(node: cst.Call, text: str) -> cst.BaseExpression:
    """Write ``text`` instead of the whole call, inside the parentheses that it stands in."""
    return _in_place_of(node, text)


def _in_place_of(node: cst.BaseExpression, text: str) -> cst.BaseExpression:
    new = cst.parse_expression(text)
    return new.with_changes(lpar=(*node.lpar, *new.lpar), rpar=(*new.rpar, *node.rpar))


@verb
def insert_await(node: cst.Call, *, parens: bool | None = None, column: int | None = None) -> cst.Await:
    """Await the call, in parentheses where ``parens`` says that what is around it binds tighter.

    ``column`` is where a call of several lines begins, counted from the indentation of its statement: lines that are
    aligned to its bracket stay so.
    """
    lpar, rpar = node.lpar, node.rpar
    if parens and not lpar:
        lpar, rpar = (cst.LeftParen(),), (cst.RightParen(),)
    if column is not None:
        added = "(await " if len(lpar) > len(node.lpar) else "await "
        before = " " * column + _head(node)
        node = realigned(node, before, added + before)
    return cst.Await(node.with_changes(lpar=(), rpar=()), lpar=lpar, rpar=rpar)


@verb
def await_argument(
    node: cst.Call, index: int, *, parens: bool, inner: bool, column: int | None = None, wrapped: bool = False
) -> cst.Await:
    """Await the argument at ``index`` instead of the call that would run it: ``run(x)`` is ``await x``.

    ``inner`` says that the argument needs parentheses, ``parens`` that the whole does; ``wrapped`` that the lines of
    the call are to be those of its argument, as where one line would be too long. ``column`` is where a call of several
    lines begins, counted from the indentation of its statement: lines that are aligned to its bracket stay so.
    """
    value = node.args[index].value
    added = "await " + "(" * (inner + (parens and not node.lpar))
    value = _wrapped(node, node.args[index]) if wrapped else _moved(node, value, column, added)
    if inner or isinstance(value, cst.Await):
        value = value.with_changes(lpar=(cst.LeftParen(), *value.lpar), rpar=(*value.rpar, cst.RightParen()))
    lpar, rpar = node.lpar, node.rpar
    if parens and not lpar:
        lpar, rpar = (cst.LeftParen(),), (cst.RightParen(),)
    return cst.Await(value, lpar=lpar, rpar=rpar)


def _moved(node: cst.Call, value: cst.BaseExpression, column: int | None, added: str) -> cst.BaseExpression:
    """Move the lines of an argument with it: out of the brackets of a call, to stand behind what is added."""
    if isinstance(node.whitespace_before_args, cst.ParenthesizedWhitespace):
        return _drawn_in(node, value)
    if column is None or not isinstance(value, cst.Call):
        return value
    before = " " * column
    return realigned(value, before + _head(node) + _head(value), before + added + _head(value))


def _head(node: cst.Call) -> str:
    """Return what stands before the arguments of a call."""
    return f"{cst.Module([]).code_for_node(node.func)}("


def _wrapped(node: cst.Call, argument: cst.Arg) -> cst.BaseExpression:
    """Return the call that is an argument, with the line breaks in its brackets that were around it."""
    value = cst.ensure_type(argument.value, cst.Call)
    *others, last = value.args
    ends = argument.comma.whitespace_after if isinstance(argument.comma, cst.Comma) else argument.whitespace_after_arg
    if isinstance(last.comma, cst.Comma):
        last = last.with_changes(comma=last.comma.with_changes(whitespace_after=ends))
    else:
        last = last.with_changes(whitespace_after_arg=ends)
    return value.with_changes(args=(*others, last), whitespace_before_args=node.whitespace_before_args)


def _drawn_in(node: cst.Call, value: cst.BaseExpression) -> cst.BaseExpression:
    """Take from the lines of an argument the indentation that they had because it stood on a line of its own."""
    before = node.whitespace_before_args
    if not isinstance(before, cst.ParenthesizedWhitespace) or not (indent := before.last_line.value):
        return value
    if isinstance(value, cst.Call) and indent in map(_indent, _before_arguments(value)):
        return value  # its arguments stand no further in than itself: they would stand below the statement
    drawn = value.visit(_DrawIn(indent))
    assert isinstance(drawn, cst.BaseExpression)
    return drawn


def _before_arguments(node: cst.Call) -> Iterator[object]:
    if node.args:
        yield node.whitespace_before_args
    yield from (each.comma.whitespace_after for each in node.args[:-1] if isinstance(each.comma, cst.Comma))


def _indent(space: object) -> str | None:
    return space.last_line.value if isinstance(space, cst.ParenthesizedWhitespace) else None


class _DrawIn(cst.CSTTransformer):
    """Takes one indentation from all lines in brackets that have it."""

    def __init__(self, indent: str) -> None:
        self._indent = indent

    def leave_ParenthesizedWhitespace(  # noqa: N802
        self, original_node: cst.ParenthesizedWhitespace, updated_node: cst.ParenthesizedWhitespace
    ) -> cst.ParenthesizedWhitespace:
        last = cst.SimpleWhitespace(updated_node.last_line.value.removeprefix(self._indent))
        return updated_node.with_changes(last_line=last)

    def leave_EmptyLine(self, original_node: cst.EmptyLine, updated_node: cst.EmptyLine) -> cst.EmptyLine:  # noqa: N802
        return updated_node.with_changes(
            whitespace=cst.SimpleWhitespace(updated_node.whitespace.value.removeprefix(self._indent))
        )
