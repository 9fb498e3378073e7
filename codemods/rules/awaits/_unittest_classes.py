"""Classes of unittest whose sync tests run coroutines, and what it takes for their tests to be awaited."""

from __future__ import annotations

import ast

from codemods.analysis.awaits.closures import Closure
from codemods.analysis.isolating import isolated_base
from codemods.analysis.plain_cases import PlainCase, doubt
from codemods.semantics.file.names import Reference
from codemods.semantics.file.order import walk
from codemods.semantics.pytest.classes import class_type
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.test_cases import PLAIN_CASE, is_isolated, methods

_HOOKS = frozenset({"setUp", "tearDown", "setUpClass", "tearDownClass"})


def class_obstacle(context: Context, closure: Closure) -> str | None:
    """Return why the tests of a closure's class can't be awaited, or None."""
    owner = closure.owner
    assert owner is not None
    decorators = (each for test in closure.tests for each in context.suite.decorators(test.node))
    if any((each.name or "").startswith("hypothesis.") for each in decorators):
        return "Hypothesis runs no async test of unittest"
    if is_isolated(context.module, owner):
        return None
    base = _base(context, owner)
    if base is None:
        return f"its class is a {class_type(context.module, owner).base}"
    if any(_touches_loops(context, each) for name, each in methods(context.module, owner).items() if name in _HOOKS):
        return "what sets its class up makes a loop, or gets one"
    if (reason := doubt(context.suite, PlainCase(owner, base, (), (), ()), context.project.hooks)) is not None:
        return f"its class has to stay a plain `TestCase`: {reason}"
    return None if awaiting_base(context, owner) is not None else "IsolatedAsyncioTestCase is another name here"


def _touches_loops(context: Context, node: ast.AST) -> bool:
    names = (each for each in walk(node) if isinstance(each, (ast.Name, ast.Attribute)))
    return any((context.module.resolve(each) or "").startswith("asyncio.") for each in names)


def _base(context: Context, owner: ast.ClassDef) -> int | None:
    bases = [index for index, each in enumerate(owner.bases) if context.module.resolve(each) == PLAIN_CASE]
    return bases[0] if bases else None


def awaiting_base(context: Context, owner: ast.ClassDef) -> tuple[int, Reference] | None:
    """Return which base of a class becomes ``IsolatedAsyncioTestCase``, and how that is written; None if none does."""
    index = _base(context, owner)
    written = isolated_base(context, owner, index) if index is not None else None
    return (index, written) if index is not None and written is not None else None
