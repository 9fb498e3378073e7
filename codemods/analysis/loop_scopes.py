"""On whose event loop the tests of a file run: the ``loop_scope`` of their markers."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemods.semantics.pytest.marks import Level, Mark
from codemods.semantics.pytest.suite import Suite, Test

SCOPES = ("function", "class", "module", "package", "session")
"""From the narrowest to the widest."""


def loop_scopes(suite: Suite, tests: Iterable[Test]) -> set[str | None]:
    """Return the loop scopes that the async ones of ``tests`` name, None for one that can't be told."""
    return {_of_test(suite, test) for test in tests if test.is_async}


def _of_test(suite: Suite, test: Test) -> str | None:
    for mark in suite.marks(test.node):
        if mark.name == "asyncio" and mark.level is not Level.PARAMETER:
            return _of_mark(suite, mark)
    return "function"


def _of_mark(suite: Suite, mark: Mark) -> str | None:
    if suite.module.resolve(mark.call.func if mark.call else mark.node) != "pytest.mark.asyncio":
        return None
    for keyword in mark.call.keywords if mark.call else ():
        if keyword.arg in ("scope", "loop_scope"):
            value = keyword.value
            return value.value if isinstance(value, ast.Constant) and value.value in SCOPES else None
    return "function"
