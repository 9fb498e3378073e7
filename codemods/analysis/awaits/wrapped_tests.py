"""Async tests that a decorator runs, and whether they can do without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from codemods.semantics.pytest.callers import called_by_name
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.marks import Decorator
from codemods.semantics.pytest.projects.project import unrequired
from codemods.semantics.pytest.runners import automatic_runner, driving, is_off, keeps_async, other_runner
from codemods.semantics.pytest.suite import Test
from codemods.semantics.pytest.sync_wrappers import Wrapping
from codemods.semantics.pytest.test_cases import ISOLATED_CASE, PLAIN_CASE


@dataclass(frozen=True, slots=True)
class WrappedTest:
    """An async test that ``decorator`` runs; ``reason`` says why it can't do without."""

    test: Test
    decorator: Decorator
    effect: Wrapping
    reason: str | None


def wrapped_tests(context: Context) -> Iterator[WrappedTest]:
    """Yield the async tests of a file that a decorator runs: one of the project, or of aiounittest."""
    for test in context.suite.tests:
        found = next(_driving(context, test), None) if test.is_async else None
        if found is not None and test.node not in context.module.generators and not other_runner(context, test.node):
            yield WrappedTest(test, *found, next(_reasons(context, test, *found), None))


def _driving(context: Context, test: Test) -> Iterator[tuple[Decorator, Wrapping]]:
    for decorator in context.suite.decorators(test.node):
        if (effect := driving(context.module, decorator)) is not None:
            yield decorator, effect


def _reasons(context: Context, test: Test, decorator: Decorator, effect: Wrapping) -> Iterator[str]:
    if effect is Wrapping.DRIVES:
        yield "it does more than run the coroutine"
    if effect is Wrapping.LIMITS and decorator.call is not None:
        yield "its time limit would be lost"
    if test.doubt:
        yield test.doubt
    for other in context.suite.decorators(test.node):
        if other.index != decorator.index and not keeps_async(context.module, other):
            yield f"it can't be told what `{context.module.segment(other.node)}` makes of an async function"
    if called_by_name(context.module, test.node):
        yield f"`{test.node.name}` is called by name in this file"
    yield from _of_runner(context, test)


def _of_runner(context: Context, test: Test) -> Iterator[str]:
    """Yield why nothing would run the test on an event loop of asyncio."""
    if test.test_case in (PLAIN_CASE, ISOLATED_CASE):
        return
    if (pytest := context.project.without_plugin) is not None:
        yield unrequired(pytest)
    if test.test_case is not None:
        yield f"its class is a {test.test_case}"
    if is_off(context.config, context.project):
        yield "pytest-asyncio is switched off"
    if (runner := automatic_runner(context.config, context.project)) is not None:
        yield f"{runner} would run it"
