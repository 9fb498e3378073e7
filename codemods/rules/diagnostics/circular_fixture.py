"""PAM901: fixtures that ask for each other in a circle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codemods.model import Finding, Safety
from codemods.rules.base import Example, ProjectContext, ProjectRule
from codemods.rules.diagnostics._name_cycles import names_in_circles
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.fixture_graph import FixtureGraph

Circle = Sequence[Declaration]
_FEW = 8
"""Files of which it takes less to follow what their fixtures ask for than to look for names in all files."""


class CircularFixture(ProjectRule):
    """Finds fixtures that ask for each other in a circle.

    ## What it does

    Follows what fixtures ask for through the classes, modules, conftest files and plugins of the project, as pytest does
    from where a test stands, and lists each circle that a test reaches.

    ## Why

    pytest can set none of them up: each test that uses one ends with *recursive dependency involving fixture detected*.

    ## Safety

    Changes nothing: which of the fixtures can do without the other is a decision. A fixture that asks for its own name
    overrides another one, which may come from an installed plugin, and is passed over.

    ## References

    - [pytest: overriding fixtures](https://docs.pytest.org/en/stable/how-to/fixtures.html#override-a-fixture-on-a-folder-conftest-level)
    """

    code = "PAM901"
    name = "circular-fixture"
    summary = "Fixtures ask for each other in a circle"
    safety = Safety.MANUAL
    triggers = (b"fixture",)
    examples = (
        Example(
            "import pytest\n\n\n@pytest.fixture\ndef client(server):\n    return server.client()\n\n\n"
            "@pytest.fixture\ndef server(client):\n    return client.server\n\n\n"
            "def test_it(client):\n    assert client\n",
            title="two fixtures that ask for each other",
        ),
        Example(
            "import pytest\n\n\n@pytest.fixture\ndef client():\n    return []\n\n\nclass TestIt:\n"
            "    @pytest.fixture\n    def client(self, client):\n        return [*client, 1]\n\n"
            "    def test_it(self, client):\n        assert client\n",
            title="an override that asks for what it overrides",
        ),
    )

    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        """Yield a finding for each circle that a test reaches, at the first of its fixtures."""
        own = context.candidates(*self.triggers)
        if len(own) <= _FEW and not any(_starts_circle(context.graph, path) for path in own):
            return
        paths = context.mentioning(*self.triggers)
        names = names_in_circles(context.read(path) for path in paths)
        circles = _circles(context, paths, names) if names else []
        for circle in circles:
            tests = context.graph.tests_near(circle[0].path)
            if not _overrides(context.graph, circle) and any(_holds(context.graph, test, circle) for test in tests):
                first = circle[0]
                evidence = tuple(each.context.module.evidence(each.node) for each in circle)
                yield self.finding(first.context, first.node, _message(circle), evidence=evidence)


def _circles(context: ProjectContext, paths: Sequence[str], names: frozenset[str]) -> list[Circle]:
    found: dict[frozenset[Declaration], Circle] = {}
    for path in paths:
        data = context.read(path)
        if any(name.encode() in data for name in names):
            for each in context.graph.fixtures_of(path)[::-1]:
                circle = _circle(context.graph, each) if each.name in names else []
                found.setdefault(frozenset(circle), circle)
    return [circle for those, circle in found.items() if those]


def _starts_circle(graph: FixtureGraph, path: str) -> bool:
    return any(_circle(graph, each) for each in graph.fixtures_of(path))


def _circle(graph: FixtureGraph, start: Declaration) -> Circle:
    """Return the fixtures on the way from one back to itself, or none."""
    ways, seen = [[start]], {start}
    for way in ways:
        for _, each in graph.requests(start, way[-1]):
            if each is start:
                return way if len(way) > 1 else []
            if isinstance(each, Declaration) and each not in seen:
                seen.add(each)
                ways.append([*way, each])
    return []


def _overrides(graph: FixtureGraph, circle: Circle) -> bool:
    """Return whether one asks for its own name: what asks for that name below gets the fixture that it overrides."""
    return any(each.name == name for each in circle for name, _ in graph.requests(each, each))


def _holds(graph: FixtureGraph, test: Declaration, circle: Circle) -> bool:
    """Return whether a test reaches the circle, and nothing near it overrides a part."""
    if not set(circle) <= graph.closure(test):
        return False
    links = zip(circle, (*circle[1:], circle[0]), strict=True)
    return all(after in [each for _, each in graph.requests(test, before)] for before, after in links)


def _message(circle: Circle) -> str:
    places = [f"`{each.name}` ({each.path}:{each.node.lineno})" for each in (*circle, circle[0])]
    return (
        f"fixtures ask for each other in a circle: {' asks for '.join(places)}; pytest stops each test that uses them with"
        " `recursive dependency`: have one of them do without the other"
    )
