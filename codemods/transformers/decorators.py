"""Changes to the decorators of a function or class."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

import libcst as cst

from codemods.transformers.alignment import realigned
from codemods.transformers.verbs import verb

_FOR_TOOLS = re.compile(r"#\s*(?:noqa|type:|pyright:|pylint:|nosec|pragma|fmt:|isort:|codemods:)")
Decorated = TypeVar("Decorated", cst.FunctionDef, cst.ClassDef)


@verb
def add_decorator(node: Decorated, text: str) -> Decorated:
    """Put the decorator ``text`` on top of the others."""
    added = cst.Decorator(cst.parse_expression(text))
    return node.with_changes(decorators=(added, *node.decorators))


@verb
def remove_decorators(node: Decorated, indices: list[int]) -> Decorated:
    """Take the decorators at ``indices`` away; the comments above and behind them stay, but not those for tools."""
    kept: list[cst.Decorator] = []
    comments: list[cst.EmptyLine] = []
    old: Sequence[cst.Decorator] = node.decorators
    for index, decorator in enumerate(old):
        above: Sequence[cst.EmptyLine] = decorator.leading_lines
        if index in indices:
            comments += [line for line in above if line.comment]
            behind = decorator.trailing_whitespace.comment
            if behind is not None and not _FOR_TOOLS.match(behind.value):
                comments.append(cst.EmptyLine(comment=behind))
        else:
            kept.append(decorator.with_changes(leading_lines=(*comments, *above)))
            comments = []
    after = (*comments, *node.lines_after_decorators)
    return node.with_changes(decorators=kept, lines_after_decorators=after)


@verb
def replace_decorator(node: Decorated, index: int, text: str) -> Decorated:
    """Write ``text`` instead of the expression of the decorator at ``index``, or of its callee if it is called."""
    decorators = list(node.decorators)
    old = decorators[index]
    written = cst.parse_expression(text)
    new = _called_as(old.decorator, written) if isinstance(old.decorator, cst.Call) else written
    decorators[index] = old.with_changes(decorator=new)
    return node.with_changes(decorators=decorators)


def _called_as(call: cst.Call, callee: cst.BaseExpression) -> cst.Call:
    before, after = (f"@{cst.Module([]).code_for_node(each)}(" for each in (call.func, callee))
    return realigned(call.with_changes(func=callee), before, after)
