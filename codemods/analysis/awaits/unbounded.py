"""Awaits of an async test that last for ever if another task doesn't do its part."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.awaits.bounded import bounds_itself, is_bounded
from codemods.analysis.awaits.primitives import FUTURE, QUEUES, Wait, wait_of
from codemods.analysis.mocking.xfail import is_expected_to_raise
from codemods.analysis.order import Definition, own_nodes
from codemods.analysis.suite import Suite
from codemods.analysis.test_cases import PLAIN_CASE

_DONE = {
    **dict.fromkeys(QUEUES, frozenset({"put", "put_nowait"})),
    "Event": frozenset({"set"}),
    FUTURE: frozenset({"set_result", "set_exception", "cancel"}),
}
"""What, done before by the test itself, has the wait end at once."""


_STARTING = frozenset({"create_task", "ensure_future", "run_coroutine_threadsafe", "start_soon"})


def unbounded_waits(suite: Suite) -> Iterator[tuple[Definition, Wait]]:
    """Yield the waits of async tests and fixtures that nothing ends, each with its function."""
    owners = {*(each.node for each in suite.tests if each.test_case != PLAIN_CASE), *suite.fixture_nodes}
    for node in suite.module.nodes(ast.Await):
        function = suite.module.function_of(node)
        if not isinstance(function, ast.AsyncFunctionDef) or function not in owners:
            continue
        found = wait_of(suite, node)
        if found is not None and not _ends(suite, found, function) and not bounds_itself(suite, function):
            yield function, found


def _ends(suite: Suite, wait: Wait, function: Definition) -> bool:
    """Return whether a wait is bounded, or ends at once since the function itself has done what it is for."""
    module = suite.module
    if is_bounded(module, wait.node) or is_expected_to_raise(module, wait.node):
        return True
    before = [each for each in own_nodes(function) if isinstance(each, ast.Call) and _precedes(each, wait.node)]
    if wait.method == "acquire":
        # Without a task nobody else can hold it.
        return not any(_method(each) in _STARTING for each in before)
    done = _DONE.get(wait.kind, frozenset()) if wait.method != "join" else frozenset()
    return any(_method(each) in done and _is_same(each, wait.owner) for each in before)


def _precedes(node: ast.expr, other: ast.expr) -> bool:
    return (node.lineno, node.col_offset) < (other.lineno, other.col_offset)


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_same(call: ast.Call, owner: ast.expr) -> bool:
    return isinstance(call.func, ast.Attribute) and ast.dump(call.func.value) == ast.dump(owner)
