"""The decorators of fixtures, and their positional arguments."""

from __future__ import annotations

import ast

from codemods.edits.calls import replace_callee, set_argument
from codemods.edits.decorators import replace_decorator
from codemods.model import Edit
from codemods.semantics.file.module import Module
from codemods.semantics.pytest.marks import Decorator
from codemods.semantics.pytest.suite import Fixture

NAMES = ("scope", "params", "autouse", "ids", "name")
"""The parameters of ``pytest.fixture`` in the order in which pytest 5 took them by position."""


def decorator_root(module: Module, decorator: Decorator) -> str:
    """Return the name that a decorator begins with, whose import may not be needed without it."""
    return module.segment(decorator.node).partition("(")[0].partition(".")[0].strip()


def decorator_edit(module: Module, fixture: Fixture, text: str) -> Edit:
    """Return the edit that has another decorator make the fixture, with the same arguments."""
    if fixture.decorator.call is not None:
        return replace_callee(module, fixture.decorator.call, text)
    return replace_decorator(module, fixture.node, fixture.decorator.index, text)


def positional_edits(module: Module, decorator: Decorator) -> list[Edit]:
    """Return the edits that name the positional arguments, none if a name is given twice or an argument is starred."""
    call = decorator.call
    if call is None or not call.args or len(call.args) > len(NAMES):
        return []
    taken = {keyword.arg for keyword in call.keywords}
    if taken & set(NAMES[: len(call.args)]) or any(isinstance(each, ast.Starred) for each in call.args):
        return []
    last_first = reversed(range(len(call.args)))  # a positional argument never follows a named one, not even halfway
    return [set_argument(module, call, index, keyword=NAMES[index]) for index in last_first]
