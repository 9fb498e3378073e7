"""Calls in async tests and fixtures that stop the event loop until they are done."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codemods.analysis.legacy.conditions import outermost, replaced
from codemods.rules.diagnostics._blocking_table import MOCKING_HTTP
from codemods.semantics.file.order import Definition, last_name
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.owners import Owner, Owners
from codemods.semantics.pytest.reach import reach_of
from codemods.semantics.pytest.values.paths import path_of

_HTTP = ("requests.", "urllib.", "http.client.")
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
    module, owners = context.module, None
    last = {each.rpartition(".")[2] for each in table}
    ours = {each.node for each in context.suite.tests} | context.suite.fixture_nodes
    for call in module.nodes(ast.Call):
        function = module.function_of(call) if last_name(call.func) in last else None
        if not isinstance(function, ast.AsyncFunctionDef) or (outer := outermost(module, call)) not in ours:
            continue
        name = _name(context, call)
        if outer is None or name is None or name not in table or _is_harmless(context, outer, call, name):
            continue
        owners = owners or Owners(context.suite, context.project, reach_of(context.suite))
        if owners.of(outer) is Owner.ASYNCIO:
            yield Blocking(call, function, name, table[name])


def _name(context: Context, call: ast.Call) -> str | None:
    if isinstance(call.func, ast.Name) and not context.module.scopes.lookup(call.func.id, call)[1]:
        return call.func.id
    return path_of(context.suite, call.func)


def _is_harmless(context: Context, outer: Definition, call: ast.Call, name: str) -> bool:
    """Say whether a fake stands in the place of what is called, or a comment says that it is meant."""
    module = context.module
    parts = frozenset(name.replace("()", "").split("."))
    if replaced(module, parts) is not None or (name.startswith(_HTTP) and _mocks_http(context, outer)):
        return True
    return _MEANT.search("".join(module.lines[call.lineno - 1 : call.end_lineno])) is not None


def _mocks_http(context: Context, outer: Definition) -> bool:
    asked = context.suite.requested(outer)
    return not MOCKING_HTTP.isdisjoint({*asked, *context.module.imported_packages}) or any(
        "mock" in each for each in asked
    )
