"""Who runs a test, as its marks say, those of the values that it gets, and the fixtures that it reaches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache

from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.fixture_graph import FixtureGraph
from codemods.semantics.pytest.marks import Mark
from codemods.semantics.pytest.requests import generated
from codemods.semantics.pytest.runners import OTHER_REQUESTS, RUNNER_OF_MARK, UNKNOWN_RUNNER
from codemods.semantics.pytest.value_marks import ValueMarks

_NONE: frozenset[str] = frozenset()


class TestRunners:
    """The runners that tests name, and those of all tests that reach a fixture."""

    __test__ = False

    def __init__(self, graph: FixtureGraph) -> None:
        """Take what binds the fixtures of the files."""
        self._graph = graph
        self._values = ValueMarks(graph.defined)
        self._of_fixture = cache(lambda fixture: _named(self._values.of_fixture(fixture)))
        self._of_hooks: dict[str, frozenset[str]] = {}
        self._in_file = cache(self._tests_of)
        self._of_fixtures = cache(self._users_of)
        self._reached_in = cache(self._reached_by)

    def of_test(self, path: str, qualname: str) -> frozenset[str]:
        """Return the runners of a test: several where each of its values names one, none where nothing does."""
        return self._in_file(path).get(qualname, _NONE)

    def of_users(self, path: str, qualname: str) -> frozenset[str]:
        """Return the runners of all tests that reach a fixture, or may."""
        return self._of_fixtures(path).get(qualname, _NONE)

    def _tests_of(self, path: str) -> Mapping[str, frozenset[str]]:
        found: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
        for test in self._graph.tests_of(path):
            found[test.context.module.qualname(test.node)] |= self._of(test)
        return dict(found)

    def _users_of(self, path: str) -> Mapping[str, frozenset[str]]:
        """Return the runners of all tests that reach each fixture of a file."""
        found: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
        for file in self._graph.near(path):
            for (there, qualname), runners in self._reached_in(file).items():
                if there == path:
                    found[qualname] |= runners
        return dict(found)

    def _reached_by(self, path: str) -> Mapping[tuple[str, str], frozenset[str]]:
        """Return the runners of the tests of a file that reach each fixture."""
        found: defaultdict[tuple[str, str], frozenset[str]] = defaultdict(frozenset)
        for test in self._graph.tests_of(path):
            if runners := self._of(test):
                for each in self._graph.reachable(test):
                    found[each.path, each.context.module.qualname(each.node)] |= runners
        return dict(found)

    def _of(self, test: Declaration) -> frozenset[str]:
        reached = self._graph.reachable(test)
        names = {*self._graph.requested(test), *self._graph.doubts(test), *(each.name for each in reached)}
        asked = (OTHER_REQUESTS[name] for name in names & OTHER_REQUESTS.keys())
        values = (self._of_fixture(each) for each in reached)
        return frozenset(asked).union(_named(self._marks(test)), *values, self._generated(test, names))

    def _marks(self, test: Declaration) -> Iterator[Mark]:
        for file, mark in self._graph.marks(test):
            yield mark
            yield from self._values.of_mark(file, mark)

    def _generated(self, test: Declaration, names: set[str]) -> frozenset[str]:
        """Return the runners of the values that hooks may give to what a test reaches."""
        files = self._graph.around(test)
        return _NONE.union(*(self._hooks_of(file) for file in files if names & generated(file.module)))

    def _hooks_of(self, file: Context) -> frozenset[str]:
        path = file.module.path
        if path not in self._of_hooks:
            self._of_hooks[path] = _named(self._values.of_hooks(file))
        return self._of_hooks[path]


def _named(marks: Iterator[Mark]) -> frozenset[str]:
    """Return the runners that marks name; one that can't be told may be any."""
    return frozenset(
        UNKNOWN_RUNNER if mark.name is None else RUNNER_OF_MARK[mark.name]
        for mark in marks
        if mark.name is None or mark.name in RUNNER_OF_MARK
    )
