"""What speaks against an ``async def`` in the place of ``asyncio.coroutine``."""

from __future__ import annotations

import ast

from codemods.semantics.answers import Answer
from codemods.semantics.file.bodies import returns
from codemods.semantics.file.order import PLAIN_NODES, Definition
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.marks import Decorator, aliased_value
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.awaitable import awaitable
from codemods.semantics.pytest.values.mocks import mock_name

_OTHERS = ("tornado.", "twisted.", "types.coroutine")


def other_coroutine(context: Context, node: Definition, decorator: Decorator) -> str | None:
    """Return a decorator that wants a generator."""
    for each in context.suite.decorators(node):
        if (
            each.index != decorator.index
            and (each.name or "").startswith(_OTHERS)
            and each.name != "tornado.testing.gen_test"
        ):
            return f"`{context.module.segment(each.node)}` may want a generator"
    return None


def awaited_return(suite: Suite, node: Definition) -> str | None:
    """Return what a function without a ``yield`` returns that ``asyncio.coroutine`` may await."""
    for each in returns(node):
        if each.value is not None and not _is_plain(suite, each.value):
            return suite.module.segment(each.value)
    return None


def _is_plain(suite: Suite, node: ast.expr) -> bool:
    """Say whether a value isn't awaitable."""
    if isinstance(node, (*PLAIN_NODES, ast.Lambda)) and not isinstance(node, ast.GeneratorExp):
        return True
    if isinstance(node, ast.Call):
        return mock_name(suite.module, node.func) in ("Mock", "MagicMock") or awaitable(suite, node) is Answer.SYNC
    value = aliased_value(suite.module, node)
    return value is not None and not isinstance(value, ast.Name) and _is_plain(suite, value)
