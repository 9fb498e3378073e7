"""Changes to the decorators of a function or class."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

import libcst as cst

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
    callee = isinstance(old.decorator, cst.Call)
    new = old.decorator.with_changes(func=written) if callee else written
    decorators[index] = old.with_changes(decorator=new)
    return node.with_changes(decorators=decorators)
