"""The default loop scopes in pytest's configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from codemods.edits.configuration import set_option
from codemods.model import Fix
from codemods.rules.base import ProjectContext
from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
from codemods.semantics.pytest.declarations import SCOPES, Declaration
from codemods.semantics.pytest.loop_scopes import runs_on_asyncio, stated_loop_scope

_FIXTURES, _TESTS = "asyncio_default_fixture_loop_scope", "asyncio_default_test_loop_scope"


def default_loop_scopes(
    context: ProjectContext, config: PytestConfig, scope: str, affected: Sequence[Declaration]
) -> Mapping[str, Fix]:
    """Return what sets both defaults to a scope; nothing where that says too much.

    That is where other async tests and fixtures under the same configuration state no scope or can't be parsed, or no
    file configures pytest, or a default is set already.

    Args:
        context: The project.
        config: The configuration.
        scope: The scope.
        affected: The async tests and fixtures that need it.
    """
    nodes = {each.node for each in affected}
    if config.path is None or config.fixture_loop_scope or config.test_loop_scope or not affected:
        return {}
    if any(context.file(path) is None for path in context.mentioning(b"async def")):
        return {}
    for path in context.paths:
        for each in (*context.graph.fixtures_of(path), *context.graph.tests_of(path)):
            governed = runs_on_asyncio(each) and each.context.config.path == config.path
            if governed and each.node not in nodes and stated_loop_scope(each) is None:
                return {}
    edits = [set_option(config.path, key, scope) for key in (_FIXTURES, _TESTS)]
    return {config.path: Fix(tuple(edits))}


def beyond(affected: Sequence[Declaration], scope: str) -> list[Declaration]:
    """Return the fixtures that live longer than a default loop scope, which have to state their own."""
    return [each for each in affected if each.scope is not None and SCOPES.index(each.scope) > SCOPES.index(scope)]
