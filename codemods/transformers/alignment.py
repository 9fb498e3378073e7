"""Continuation lines that are aligned to a bracket stay so where what stands before it gets longer or shorter."""

from __future__ import annotations

from typing import TypeVar

import libcst as cst

Node = TypeVar("Node", bound=cst.CSTNode)


def realigned(node: Node, old: str, new: str) -> Node:
    """Return ``node`` with its continuation lines as far behind ``new`` as they stood behind ``old``.

    Both are what stands before them on the first line, the bracket included. Lines of a hanging indent stay.
    """
    depths = _Depths()
    node.visit(depths)
    if not depths.found or min(depths.found) < len(old):
        return node
    moved = node.visit(_Shift(len(new) - len(old)))
    assert isinstance(moved, type(node))
    return moved


class _Depths(cst.CSTVisitor):
    """Finds how far the continuation lines of a node are indented."""

    def __init__(self) -> None:
        self.found: list[int] = []

    def visit_ParenthesizedWhitespace(self, node: cst.ParenthesizedWhitespace) -> None:  # noqa: N802
        self.found.append(len(node.last_line.value))


class _Shift(cst.CSTTransformer):
    """Moves the continuation lines of a node, and the comments between them."""

    def __init__(self, by: int) -> None:
        self._by = by

    def leave_ParenthesizedWhitespace(  # noqa: N802
        self, original_node: cst.ParenthesizedWhitespace, updated_node: cst.ParenthesizedWhitespace
    ) -> cst.ParenthesizedWhitespace:
        lines = [
            line.with_changes(whitespace=self._moved(line.whitespace)) if line.comment else line
            for line in updated_node.empty_lines
        ]
        return updated_node.with_changes(empty_lines=lines, last_line=self._moved(updated_node.last_line))

    def _moved(self, space: cst.SimpleWhitespace) -> cst.SimpleWhitespace:
        return cst.SimpleWhitespace(" " * (len(space.value) + self._by) if space.value.isspace() else space.value)
