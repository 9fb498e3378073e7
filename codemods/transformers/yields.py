"""Changes to what a generator yields to an event loop, which a coroutine awaits."""

from __future__ import annotations

import libcst as cst

from codemods.transformers.verbs import verb


@verb
def await_yielded(node: cst.Yield, *, parens: bool, inner: bool, through: str | None = None) -> cst.Await:
    """Await what is yielded, or yielded from; with ``through``, what that function makes of it.

    ``inner`` says that it needs parentheses, ``parens`` that the whole does.
    """
    value = _operand(node)
    if through is not None:
        value = cst.Call(cst.parse_expression(through), (cst.Arg(value),))
    elif inner and not value.lpar:
        value = value.with_changes(lpar=(cst.LeftParen(),), rpar=(cst.RightParen(),))
    return _in_parentheses(cst.Await(value), node, parens=parens)


@verb
def replace_yield(node: cst.Yield, text: str) -> cst.BaseExpression:
    """Write ``text`` instead."""
    return cst.parse_expression(text)


@verb
def enter_async(node: cst.With) -> cst.With:
    """Enter what the only item yields from: ``with (yield from lock)`` is ``async with lock``."""
    item = node.items[0]
    value = _operand(cst.ensure_type(item.item, cst.Yield))
    asynchronous = cst.Asynchronous(whitespace_after=cst.SimpleWhitespace(" "))
    return node.with_changes(
        items=(item.with_changes(item=value),),
        asynchronous=asynchronous,
        whitespace_after_with=cst.SimpleWhitespace(" "),
    )


def _operand(node: cst.Yield) -> cst.BaseExpression:
    value = node.value.item if isinstance(node.value, cst.From) else node.value
    assert value is not None
    return value


def _in_parentheses(new: cst.Await, node: cst.Yield, *, parens: bool) -> cst.Await:
    """Keep the parentheses of a ``yield`` where they are needed, or where lines break in them."""
    broken = any("\n" in cst.Module(()).code_for_node(each) for each in (*node.lpar, *node.rpar))
    if parens and not node.lpar:
        return new.with_changes(lpar=(cst.LeftParen(),), rpar=(cst.RightParen(),))
    return new.with_changes(lpar=node.lpar, rpar=node.rpar) if parens or broken else new
