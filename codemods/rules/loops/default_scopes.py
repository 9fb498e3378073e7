"""The default loop scopes in pytest's configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from codemods.analysis.graph.loop_scopes import runs_on_asyncio, stated_loop_scope
from codemods.analysis.graph.placed import Placed
from codemods.model import Fix
from codemods.rewrite.configuration import option
from codemods.rules.base import ProjectContext

_FIXTURES, _TESTS = "asyncio_default_fixture_loop_scope", "asyncio_default_test_loop_scope"


def default_loop_scopes(context: ProjectContext, override: Placed, affected: Sequence[Placed]) -> Mapping[str, Fix]:
    """Return what sets both defaults to the scope of an ``event_loop`` fixture; nothing where that says too much.

    It doesn't where async tests under the same configuration have a loop of another fixture, or no file configures
    pytest, or a default is set already.
    """
    config, nodes = override.context.config, {each.node for each in affected}
    if config.path is None or config.fixture_loop_scope or config.test_loop_scope or not affected:
        return {}
    for path in context.paths:
        for each in (*context.graph.fixtures_of(path), *context.graph.tests_of(path)):
            governed = runs_on_asyncio(each) and each.context.config.path == config.path
            if governed and each.node not in nodes and stated_loop_scope(each) is None:
                return {}
    edits = [option(config.path, "set_option", key=key, value=override.scope) for key in (_FIXTURES, _TESTS)]
    return {config.path: Fix(tuple(edits))}
