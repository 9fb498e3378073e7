"""Awaits of an async test that last for ever if another task doesn't do its part."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from codemods.analysis.awaits.primitives import FUTURE, QUEUES, Wait, wait_of
from codemods.analysis.mocking.xfail import is_expected_to_raise
from codemods.rules.diagnostics._bounded import bounds_itself, is_bounded
from codemods.semantics.asyncio_names import TASK_MAKERS
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, last_name, own_nodes, position, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.test_cases import PLAIN_CASE

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
_OF_OBJECTS = _ASKING.union(*_DONE.values())
_START, _LATER_ON, _BOUNDED = "start", "later ", "bounded"
_STARTING = TASK_MAKERS | {"run_coroutine_threadsafe", "start_soon"}


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
    first, here = _first_calls(module, function), position(wait.node)
    if wait.method == "acquire":
        # Without a task nobody else can hold it.
        return first.get((_START, ""), here) >= here
    done = _DONE.get(wait.kind, frozenset()) if wait.method != "join" else frozenset()
    owner = ast.dump(wait.owner)
    later = {f"{_LATER_ON}{each}" for each in done}
    return any(first.get((each, owner), here) < here for each in (*done, *_ASKING, *later, _BOUNDED))


@once
def _first_calls(module: Module, function: Definition) -> Mapping[tuple[str, str], tuple[int, int]]:
    """Return where a function first does something about what it may wait for, by what it does and to what."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    calls = [each for each in own_nodes(function) if isinstance(each, ast.Call)]
    for call in sorted(calls, key=position):
        for key in _settled(call):
            found.setdefault(key, position(call))
    return found


def _settled(call: ast.Call) -> Iterator[tuple[str, str]]:
    """Yield what a call finishes, has the loop finish, asks about or waits a while for."""
    method = last_name(call.func)
    if method in _STARTING:
        yield _START, ""
    if method in _OF_OBJECTS and isinstance(call.func, ast.Attribute):
        yield method, ast.dump(call.func.value)
    elif method in _LATER:
        given = (each for each in call.args if isinstance(each, ast.Attribute))
        yield from ((f"{_LATER_ON}{each.attr}", ast.dump(each.value)) for each in given)
    elif method == "wait_for" or (method in _WAITING and any(each.arg == "timeout" for each in call.keywords)):
        yield from ((_BOUNDED, ast.dump(each)) for each in walk(call))
