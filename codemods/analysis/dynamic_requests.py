"""Async fixtures that a running coroutine asks ``request`` for, and that can't be set up there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.model import Evidence
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition
from codemods.semantics.pytest.attributes import meaning
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.local_fixtures import Source, bindings, meanings
from codemods.semantics.pytest.loop_scopes import runs_on_asyncio
from codemods.semantics.pytest.reach import is_autouse
from codemods.semantics.pytest.runners import automatic_runner, imported_runner, is_off, other_runner
from codemods.semantics.pytest.suite import FIXTURE_NAMES, Fixture, Suite


@dataclass(frozen=True, slots=True)
class DynamicRequest:
    """A call of ``request.getfixturevalue`` for an async fixture in an async test or fixture."""

    function: ast.AsyncFunctionDef
    call: ast.Call
    name: str
    evidence: Evidence


def dynamic_requests(context: Context) -> Iterator[DynamicRequest]:
    """Yield the calls that ask for an async fixture that isn't there yet."""
    if (
        is_off(context.config, context.project)
        or automatic_runner(context.config, context.project)
        or imported_runner(context.module)
    ):
        return
    functions = _async_functions(context)
    for call in context.module.nodes(ast.Call):
        function, name = context.module.function_of(call), asked_name(call)
        if name is None or function not in functions or not isinstance(function, ast.AsyncFunctionDef):
            continue
        if name in _closure(context.suite, function) or _is_parameter(context.suite, function, name):
            continue
        if _is_request(context.module, call, function) and (evidence := _definition(context, function, name)):
            yield DynamicRequest(function, call, name, evidence)


def _async_functions(context: Context) -> set[ast.AST]:
    """Return the async tests and fixtures that pytest-asyncio runs, as far as can be told."""
    suite = context.suite
    tests = {test.node for test in suite.tests if test.is_async and not test.test_case and not test.doubt}
    fixtures = {each.node for each in suite.fixtures if each.is_async and each.decorator.name in FIXTURE_NAMES}
    return {node for node in tests | fixtures if other_runner(context, node) is None}


def _closure(suite: Suite, function: Definition) -> set[str]:
    """Return the names of the fixtures that a function gets, and of those that they get in turn, as the file shows."""
    found = {(function, name) for name in suite.requested(function)}
    waiting = [*found]
    for node, name in waiting:
        fixtures = (each for each in bindings(suite, node, name) if isinstance(each, Fixture))
        new = {(each.node, asked) for each in fixtures for asked in suite.requested(each.node)} - found
        found |= new
        waiting += new
    return {name for _, name in found}


def asked_name(call: ast.Call) -> str | None:
    """Return the name of the fixture that a call of ``getfixturevalue`` asks for, if it is written out."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "getfixturevalue":
        return None
    given = call.args[0] if len(call.args) == 1 and not call.keywords else None
    name = given.value if isinstance(given, ast.Constant) else None
    return name if isinstance(name, str) and name.isidentifier() else None


def _is_request(module: Module, call: ast.Call, function: Definition) -> bool:
    value = call.func.value  # type: ignore[attr-defined]
    if not isinstance(value, ast.Name) or value.id != "request":
        return False
    scope, found = module.scopes.lookup("request", call)
    return scope is function and len(found) == 1 and isinstance(found[0], ast.arg)


def _is_parameter(suite: Suite, function: Definition, name: str) -> bool:
    """Say whether a ``parametrize`` around the function may give it the name."""
    for mark in suite.marks(function):
        if mark.name is None:
            return True
        if mark.name == "parametrize" and mark.call and name in ast.unparse(mark.call):
            return True
    return False


def _definition(context: Context, function: Definition, name: str) -> Evidence | None:
    """Return where the fixture that the function gets is async, None if it is sync, unknown, or there in any case."""
    module, suite = context.module, context.suite
    found = meaning(meanings(suite, function, name))
    if found is Source.OTHER_FILE:
        known = module.answers.async_fixture(name)
        return known.evidence if known is not None and known.is_run and known.only_on_request else None
    if not isinstance(found, Fixture) or is_autouse(found):
        return None
    return module.evidence(found.node) if runs_on_asyncio(Declaration(context, found.node, found)) else None
