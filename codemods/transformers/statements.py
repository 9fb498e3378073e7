"""Changes to whole small statements."""

from __future__ import annotations

import libcst as cst

from codemods.transformers.verbs import verb


@verb
def remove_statement(node: cst.BaseSmallStatement) -> cst.RemovalSentinel:
    """Take the statement away; the comments above it stay."""
    return cst.RemovalSentinel.REMOVE


@verb
def keep_body(node: cst.If | cst.Try) -> cst.FlattenSentinel[cst.CSTNode]:
    """Have only the statements of the first block, without what is around them."""
    return _instead(node, node.body)


@verb
def keep_other(node: cst.If | cst.Try) -> cst.FlattenSentinel[cst.CSTNode]:
    """Have only the statements of the ``else`` block, or of the only handler, without what is around them."""
    other = node.handlers[0] if isinstance(node, cst.Try) else cst.ensure_type(node.orelse, cst.Else)
    return _instead(node, other.body)


def _instead(node: cst.If | cst.Try, block: cst.BaseSuite) -> cst.FlattenSentinel[cst.CSTNode]:
    """Return the statements of a block, below the comments that stand above what is around them."""
    first, *others = block.body
    leading = (*node.leading_lines, *first.leading_lines)  # type: ignore[union-attr]
    return cst.FlattenSentinel([first.with_changes(leading_lines=leading), *others])


@verb
def set_handler_type(node: cst.Try, index: int, text: str) -> cst.Try:
    """Have the handler at ``index`` catch ``text``."""
    handlers = list(node.handlers)
    handlers[index] = handlers[index].with_changes(type=cst.parse_expression(text))
    return node.with_changes(handlers=handlers)


@verb
def set_value(node: cst.Assign | cst.AnnAssign, text: str) -> cst.CSTNode:
    """Assign ``text`` instead."""
    return node.with_changes(value=cst.parse_expression(text))


@verb
def replace_statement(node: cst.BaseSmallStatement, text: str) -> cst.CSTNode:
    """Write the small statement ``text`` instead."""
    line = cst.ensure_type(cst.parse_statement(text), cst.SimpleStatementLine)
    return line.body[0]


@verb
def remove_element(node: cst.Assign, index: int) -> cst.CSTNode:
    """Take the element at ``index`` out of the list or tuple that is assigned; the last one goes with the statement."""
    value = node.value
    assert isinstance(value, (cst.List, cst.Tuple))
    elements = list(value.elements)
    removed = elements.pop(index)
    if not elements:
        return cst.RemovalSentinel.REMOVE  # type: ignore[return-value]
    if index == len(elements):
        elements[-1] = elements[-1].with_changes(comma=removed.comma)
    if isinstance(value, cst.Tuple) and len(elements) == 1:
        elements[0] = elements[0].with_changes(comma=cst.Comma())
    return node.with_changes(value=value.with_changes(elements=elements))
