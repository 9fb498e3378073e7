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
_LATER = frozenset({"call_at", "call_later", "call_soon", "call_soon_threadsafe"})
_ASKING = frozenset({"done", "empty", "full", "is_set", "locked", "qsize"})
"""What a test asks of the object: it then knows whether it would have to wait."""
_WAITING = frozenset({"wait", "wait_for"})
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
    return any(_settles(each, wait.owner, done) for each in before)


def _settles(call: ast.Call, owner: ast.expr, done: frozenset[str]) -> bool:
    """Return whether a call finishes what is waited for, has the loop do so, asks about it or waits a while for it."""
    method = _method(call)
    if method in done | _ASKING:
        return _is_of(call.func, owner)
    if method in _LATER:
        return any(isinstance(each, ast.Attribute) and each.attr in done and _is_of(each, owner) for each in call.args)
    bounded = method == "wait_for" or any(each.arg == "timeout" for each in call.keywords)
    return method in _WAITING and bounded and any(ast.dump(each) == ast.dump(owner) for each in ast.walk(call))


def _precedes(node: ast.expr, other: ast.expr) -> bool:
    return (node.lineno, node.col_offset) < (other.lineno, other.col_offset)


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_of(function: ast.expr, owner: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and ast.dump(function.value) == ast.dump(owner)
