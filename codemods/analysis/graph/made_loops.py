"""The tests whose fixtures make an event loop, on which pytest-asyncio doesn't run them."""

from __future__ import annotations

from collections.abc import Mapping

from codemods.analysis.loops.overrides import gives_new_loop
from codemods.analysis.loops.parameter import NAME
from codemods.semantics.answers import LoopSetUp
from codemods.semantics.memo import once
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.fixture_graph import FixtureGraph


@once
def made_loops(graph: FixtureGraph, path: str) -> Mapping[str, LoopSetUp]:
    """Return, by their qualified names, the tests of a file that reach a sync fixture that gives a loop of its own.

    What the project's own ``event_loop`` does is another question: pytest-asyncio ran its tests on that.
    """
    found: dict[str, LoopSetUp] = {}
    for test in graph.tests_of(path):
        making = [each for each in graph.reachable(test) if each.name != NAME and _makes_loop(each)]
        if making:
            first = min(making, key=lambda each: (each.path, each.node.lineno))
            place = first.context.module.evidence(first.node)
            found[test.context.module.qualname(test.node)] = LoopSetUp(f"`{first.name}`", place)
    return found


def _makes_loop(fixture: Declaration) -> bool:
    return not fixture.is_async and gives_new_loop(fixture.context.module, fixture.node)
