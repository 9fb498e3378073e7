"""Calls in async tests and fixtures that stop the event loop until they are done."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codemods.analysis.awaits.mocked import replaced_around
from codemods.analysis.legacy.conditions import outermost, replaced
from codemods.analysis.loops.scheduling import schedules
from codemods.rules.diagnostics._blocking_table import MOCKING_HTTP
from codemods.semantics.access_path import AccessPath
from codemods.semantics.file.order import Definition, last_name, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.fixture_graph import PYTEST_FIXTURES
from codemods.semantics.pytest.local_fixtures import bound_fixture
from codemods.semantics.pytest.owners import Owner, owners_of
from codemods.semantics.pytest.reach import reach_of
from codemods.semantics.pytest.suite import Fixture
from codemods.semantics.pytest.values.paths import infer_path

_HTTP = ("requests.", "urllib.", "http.client.")
_ASYNC = ast.AsyncFunctionDef
_AWAITING = (ast.Await, ast.AsyncFor, ast.AsyncWith)
_MEANT = re.compile(r"noqa:.*\bASYNC(1|2)\d\d|\bblock", re.I)


@dataclass(frozen=True, slots=True)
class Blocking:
    """One call, the coroutine that it stops, and what the table says."""

    call: ast.Call
    function: ast.AsyncFunctionDef
    name: str
    instead: str


def blocking_calls(context: Context, table: Mapping[str, str]) -> Iterator[Blocking]:
    """Yield the calls of the table that an async test or fixture of asyncio makes, or a coroutine inside of one."""
    module = context.module
    last = {each.rpartition(".")[2] for each in table}
    ours = {each.node for each in context.suite.tests} | context.suite.fixture_nodes
    for call in module.nodes(ast.Call):
        function = module.function_of(call) if last_name(call.func) in last else None
        if not isinstance(function, ast.AsyncFunctionDef) or (outer := outermost(module, call)) not in ours:
            continue
        path = _called(context, call)
        if outer is None or path is None or str(path) not in table:
            continue
        name = ".".join(each for each in path.steps if isinstance(each, str))
        if _is_harmless(context, outer, call, name) or _is_alone(context, outer):
            continue
        if owners_of(context).of(outer) is Owner.ASYNCIO:
            yield Blocking(call, function, name, table[str(path)])


def _called(context: Context, call: ast.Call) -> AccessPath | None:
    """Return the path of what is called, if that is built in or begins with a module."""
    if name := context.module.unbound_name(call.func):
        return AccessPath.imported(name)
    path = infer_path(context.suite, call.func)
    return path if path is not None and path.level == 0 and path.file is None else None


def _is_harmless(context: Context, outer: Definition, call: ast.Call, name: str) -> bool:
    """Say whether a fake stands in the place of what is called, or a comment says that it is meant."""
    module = context.module
    parts = frozenset(name.split("."))
    if replaced(module, parts) is not None or not parts.isdisjoint(replaced_around(module, call)):
        return True
    if name.startswith(_HTTP) and _mocks_http(context, outer):
        return True
    return _MEANT.search("".join(module.lines[call.lineno - 1 : call.end_lineno])) is not None


@once
def _is_alone(context: Context, outer: Definition) -> bool:
    """Say whether it is known that nothing else runs on the loop of a test: nothing awaits, and nothing begins a task."""
    suite = context.suite
    test = suite.test_nodes.get(outer)
    near = reach_of(suite).closure(outer)
    if test is None or test.test_case is not None or any(isinstance(each, _ASYNC) for each in near - {outer}):
        return False
    if any(isinstance(each, _AWAITING) for each in walk(outer)) or any(map(schedules, near)):
        return False
    asked = [(each, name) for each in near for name in suite.requested(each)]
    known = all(n in PYTEST_FIXTURES or isinstance(bound_fixture(suite, each, n), Fixture) for each, n in asked)
    return known and context.module.answers.surroundings(outer.lineno).tasks is None


def _mocks_http(context: Context, outer: Definition) -> bool:
    asked = context.suite.requested(outer)
    return not MOCKING_HTTP.isdisjoint({*asked, *context.module.imported_packages}) or any(
        "mock" in each for each in asked
    )
