"""Which async tests and fixtures have to share an event loop."""

from __future__ import annotations

from collections.abc import Sequence

from codemods.analysis.graph.plain_data import gives_plain_data
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.fixture_graph import FixtureGraph


def loop_groups(graph: FixtureGraph, users: Sequence[Declaration]) -> list[list[Declaration]]:
    """Return async tests and fixtures in groups, none of which uses anything of another, in their order.

    A test can await what its fixtures give only on their loop, and so all that meet in a test belong together. Fixtures
    that give plain data connect nothing.
    """
    bound = {each for each in users if each.fixture is None or not gives_plain_data(each)}
    leader = {each: each for each in users}

    def lead(user: Declaration) -> Declaration:
        while leader[user] is not user:
            leader[user] = user = leader[leader[user]]
        return user

    for user in users:
        for each in graph.reachable(user) & bound if user in bound else ():
            leader[lead(each)] = lead(user)
    groups: dict[Declaration, list[Declaration]] = {}
    for user in users:
        groups.setdefault(lead(user), []).append(user)
    return list(groups.values())
