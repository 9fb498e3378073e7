"""Tests that are generators under an asyncio mark: coroutines that nothing runs any more."""

from __future__ import annotations

import ast

from codemods.analysis.legacy.generator_coroutines import converted
from codemods.edits.yields import Yielded
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.runners import has_asyncio_mark, keeps_async, other_runner
from codemods.semantics.pytest.suite import Test


def is_marked_generator(context: Context, test: Test, yields: list[Yielded]) -> bool:
    """Return whether a test yields from awaitables, as far as can be told, and is marked as a coroutine."""
    suite = context.suite
    if not isinstance(test.node, ast.FunctionDef) or test.test_case or test.doubt or other_runner(context, test.node):
        return False
    if not has_asyncio_mark(suite.marks(test.node)) or not any(isinstance(each, ast.YieldFrom) for each in yields):
        return False
    if not all(keeps_async(suite.module, each) for each in suite.decorators(test.node)):
        return False
    return converted(context, test.node, yields).obstacle is None
