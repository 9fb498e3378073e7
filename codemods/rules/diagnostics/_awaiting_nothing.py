"""Whether an async function could as well be sync: it awaits nothing, and names nothing that may need a loop."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, own_nodes, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.reach import reach_of

_WAITING = (ast.Await, ast.AsyncFor, ast.AsyncWith)
_LOOP = re.compile(
    r"^_*[A-Z]\w*[a-z]|(?i:loop|task|future|queue|server|client|session|connect|async|aio|trio|runner|event|lock)"
)
"""Names of what may need a running loop; classes may ask for it when they are called."""
_BUILT_IN = frozenset(name for name, each in vars(builtins).items() if isinstance(each, type))


def awaits_nothing(function: Definition) -> bool:
    """Return whether a function that is written at all has no ``await``, ``async for`` or ``async with``."""
    if all(
        isinstance(each, ast.Pass) or isinstance(getattr(each, "value", None), ast.Constant) for each in function.body
    ):
        return False  # nothing is written yet
    nodes = list(own_nodes(function))
    comprehensions = any(isinstance(each, ast.comprehension) and each.is_async for each in nodes)
    return not comprehensions and not any(isinstance(each, _WAITING) for each in nodes)


def may_need_loop(context: Context, function: Definition) -> bool:
    """Return whether what a function leads to, or asks for, is async or named as what needs a running loop."""
    leads_to = reach_of(context.suite).closure(function)
    own = function in context.suite.fixture_nodes
    if any(_names_loop(context.module, each, own and each is function) for each in leads_to):
        return True
    if any(isinstance(each, ast.AsyncFunctionDef) for each in leads_to - {function}):
        return True
    return any(_is_async(context, name) for name in context.suite.requested(function))


@once
def _names_loop(module: Module, node: Definition, is_undecorated: bool) -> bool:
    inside = [node.args, *node.body] if is_undecorated else [node]
    return any(_LOOP.search(name) for each in inside for name in _names(each))


def _names(node: ast.AST) -> Iterator[str]:
    for each in walk(node):
        if isinstance(each, ast.Name) and each.id not in _BUILT_IN:
            yield each.id
        elif isinstance(each, ast.Attribute) and each.attr not in ("asyncio", "usefixtures"):
            yield each.attr
        elif isinstance(each, ast.arg):
            yield each.arg


def _is_async(context: Context, name: str) -> bool:
    """Return whether a fixture of a conftest is async, or may be: it may give what belongs to the loop."""
    return context.module.answers.async_fixture(name) is not None
