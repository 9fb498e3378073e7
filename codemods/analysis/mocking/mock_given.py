"""What becomes of a mock that a function returns or yields: the users of a fixture, the callers of a helper."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from codemods.analysis.mocking.mock_roots import Following
from codemods.analysis.mocking.mock_uses import Kind, Trail, Use, returner
from codemods.analysis.mocking.other_files import external_uses
from codemods.semantics.file.arguments import single
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition
from codemods.semantics.pytest.attributes import UNKNOWN
from codemods.semantics.pytest.local_fixtures import bound_fixture, users
from codemods.semantics.pytest.suite import Fixture
from codemods.semantics.pytest.values.instances import local_function


def given(flow: Following, node: ast.Return | ast.Yield, trail: Trail) -> Iterator[Use]:
    """Yield the uses of what a fixture gives to its users, or a helper to its callers."""
    function = flow.module.function_of(node)
    fixture = flow.suite.fixture_at.get(function)
    if fixture is not None:
        yield from _to_users(flow, fixture, trail)
    elif isinstance(node, ast.Return) and isinstance(function, Definition) and function not in flow.module.generators:
        yield from _to_callers(flow, node, function, trail)
    else:
        yield trail.use(Kind.ESCAPE, node)


def _to_users(flow: Following, fixture: Fixture, trail: Trail) -> Iterator[Use]:
    name, node = fixture.name, fixture.node
    using = [each for each in users(flow.suite, fixture) if each is not node]
    if flow.roots.is_fetched(name) or any(bound_fixture(flow.suite, each, name) is UNKNOWN for each in using):
        yield trail.use(Kind.ESCAPE, node)
    elif not flow.suite.is_test_module:
        seen = flow.module.answers.fixture_users(name)
        yield from (trail.use(Kind.ESCAPE, node),) if seen is None else external_uses(flow.suite, seen, node, trail)
    for user in using:
        found = next((each for each in single(user) if each.arg == name), None)
        if found is not None:
            yield from flow.bound(found, replace(trail, shared=False))


def _to_callers(flow: Following, node: ast.Return, function: Definition, trail: Trail) -> Iterator[Use]:
    named = flow.module.reads(function, function.name)
    names = [each for each in named if local_function(flow.module, each) is function]
    if not names or function.decorator_list:
        taker = returner(flow.module, node, 1) if "return_value" not in trail.path else None
        yield replace(trail.use(Kind.ESCAPE, function), taker=taker)
    for name in names:
        origin = flow.module.outer_definition(name)
        if (made := _made_by(flow.module, name, function)) is None:
            yield trail.use(Kind.ESCAPE, name)
        else:
            yield from flow.follow(made, trail.onwards(origin))


def _made_by(module: Module, name: ast.Name, function: Definition) -> ast.expr | None:
    """Return the expression that has what a function returns, if a name of it is called there."""
    call = module.parents[name]
    if not isinstance(call, ast.Call) or call.func is not name:
        return None
    waited = module.parents[call] if isinstance(function, ast.AsyncFunctionDef) else call
    return waited if isinstance(waited, (ast.Call, ast.Await)) else None
