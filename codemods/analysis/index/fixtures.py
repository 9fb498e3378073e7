"""What a file asks about the fixtures of others: which one a name means, what it gives, and who uses it."""

from __future__ import annotations

import ast
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from codemods.analysis.awaits.mocked import is_mocked
from codemods.analysis.graph.made_loops import made_loops
from codemods.analysis.index.modules import Modules, at_line
from codemods.analysis.index.running import running
from codemods.analysis.index.suites import Depth, Suites
from codemods.analysis.index.uses import of_fixture
from codemods.analysis.loops.becoming_async import fetching
from codemods.analysis.loops.drivers import drivers_in
from codemods.analysis.loops.overrides import OverrideKind, classify_override
from codemods.model import Evidence
from codemods.semantics.access_path import AccessPath
from codemods.semantics.answers import AsyncFixture, ExternalUse, FixtureValue, LoopOverride, LoopSetUp, Surroundings
from codemods.semantics.file.order import Definition
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.project.origins import annotation
from codemods.semantics.project.outline import UNKNOWN, Constant
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.fixture_graph import PYTEST_FIXTURES, FixtureGraph, Meaning
from codemods.semantics.pytest.loop_scopes import runs_on_asyncio
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import given_values
from codemods.semantics.pytest.values.mocks import mock_name
from codemods.semantics.pytest.values.paths import infer_path

_MAY_NAME = re.compile(rb"(?:\bdef[ \t]+|['\"])([\w\x80-\xff]+)")


class FixtureFacts:
    """Answers by what pytest binds: see ``FixtureGraph``."""

    def __init__(
        self, root: Path, files: ModuleFiles, modules: Modules, suites: Suites, graph: Callable[[], FixtureGraph]
    ) -> None:
        """Take where the files are, what reads them, and what binds their fixtures."""
        self._root = root
        self._files = files
        self._modules = modules
        self._suites = suites
        self._graph = graph

    def value(self, importer: Path, name: str, depth: Depth) -> FixtureValue:
        """Return what the nearest fixture of a name outside a file gives, as the file that has it says."""
        found = self._nearest(importer, name)
        suite = self._suite(found, depth) if found is not None else None
        path = _given(suite, found.node) if suite is not None and found is not None else None
        if path is None or suite is None or found is None:
            return FixtureValue()
        is_mock = any(is_mocked(suite, value) for value in given_values(suite.module, found.node))
        return FixtureValue(path.of_file(self._root / found.path), is_mock)

    def has(self, importer: Path, name: str) -> bool:
        """Return whether a name means, or may mean, a fixture of the project or of pytest to a file."""
        if name in PYTEST_FIXTURES:
            return True
        return self._graph().seen_in(self._shown(importer), name) is not None or any(self._of_plugins(importer, name))

    def asynchronous(self, importer: Path, name: str) -> AsyncFixture | None:
        """Return the async fixture that a name means, or may mean, outside a file; one that is set up goes first."""
        candidates = (each for each in self._candidates(importer, name) if each.is_async)
        found = sorted(candidates, key=runs_on_asyncio, reverse=True)
        for each in found[:1]:
            is_sure = each == self._nearest(importer, name) and each.is_autouse is False
            return AsyncFixture(each.context.module.evidence(each.node), is_sure, runs_on_asyncio(each))
        return None

    def override(self, importer: Path, name: str, depth: Depth) -> LoopOverride | None:
        """Return what the nearest fixture of a name outside a file, or one of a plugin, does with the event loop."""
        found = ((self._suite(each, depth), each.node) for each in self._candidates(importer, name))
        named = [(suite, node) for suite, node in found if suite is not None]
        named = named or next(self._of_plugins(importer, name), [])
        if not named:
            return None
        overrides = [(classify_override(suite.module, node).kind, suite, node) for suite, node in named]
        more = (each for each in overrides if each[0] is not OverrideKind.PLAIN)
        kind, suite, node = next(more, overrides[0])
        return LoopOverride(kind.value, suite.module.evidence(node))

    def loop_set_up(self, importer: Path, name: str) -> LoopSetUp | None:
        """Return the nearest fixture of a name outside a file that runs a loop; of no name, one that all use."""
        if not name:
            automatic = self._graph().automatic_in(self._shown(importer))
            places = (self._running(each) for each in automatic if self._is_other(importer, each))
            return next((LoopSetUp("of a conftest.py", place) for place in places if place is not None), None)
        plugins = (each for those in self._of_plugins(importer, name) for each in those)
        found = self._candidates(importer, name)
        places = (
            (self._running(each) for each in found) if found else (running(suite, [node]) for suite, node in plugins)
        )
        return next((LoopSetUp(f"`{name}`", place) for place in places if place is not None), None)

    def bases_lack(self, importer: Path, line: int, name: str) -> bool:
        """Return whether the bases of a class in other files are known, and none has, or may have, such a fixture."""
        path = self._shown(importer)
        context = self._graph().file(path)
        owner = at_line(context.module.nodes(ast.ClassDef), line) if context is not None else None
        found = self._graph().bindings.of_class(path, owner) if owner is not None else {None: []}
        own = (isinstance(each, Declaration) and each.path == path for each in found.get(name, ()))
        return None not in found and all(own)

    def loop_beside(self, importer: Path, qualname: str) -> LoopSetUp | None:
        """Return the fixture that a test of a file reaches and that makes an event loop of its own."""
        return made_loops(self._graph(), self._shown(importer)).get(qualname)

    def surroundings(self, importer: Path, line: int) -> Surroundings:
        """Return what of other files runs with the function of a file that begins at a line."""
        from codemods.analysis.replacing.around import around  # few files ask for it

        return around(self._graph(), self._shown(importer), line)

    def uses(self, fixtures: Path, name: str, depth: Depth) -> tuple[ExternalUse, ...]:
        """Return what other files do with what a fixture of a file gives."""
        found: dict[ExternalUse, None] = {}
        for file in self._below(fixtures, name):
            users = [each.node for each in self._users(fixtures, file, name)]
            flow = self._suites.flow(file, depth) if users or self._fetches(fixtures, file, name) else None
            found |= dict.fromkeys(of_fixture(file, flow, name, users) if flow is not None else ())
        return tuple(found)

    def overridden(self, importer: Path, name: str, depth: Depth) -> Evidence | None:
        """Return where a fixture of a name in a file below does more than make a loop."""
        return self._first(importer, name, depth, lambda suite: _overriding(suite, name))

    def fetched(self, importer: Path, name: str, depth: Depth) -> Evidence | None:
        """Return where a file below gets the fixture of a name by ``getfixturevalue``."""
        return self._first(importer, name, depth, lambda suite: fetching(suite.module, name))

    def driven(self, importer: Path, name: str) -> Evidence | None:
        """Return where a sync function that asks for a fixture of a file runs an event loop."""
        users = (each for each in self._all_users(importer, name) if not each.is_async)
        calls = ((each, call) for each in users for call in drivers_in(each.context.module, each.node))
        return next((each.context.module.evidence(call) for each, call in calls), None)

    def awaited(self, importer: Path, name: str) -> Evidence | None:
        """Return where an async function asks for a fixture of a file."""
        users = (each for each in self._all_users(importer, name) if each.is_async)
        return next((each.context.module.evidence(each.node) for each in users), None)

    def _shown(self, file: Path) -> str:
        return self._files.shown(file, self._root)

    def _is_other(self, importer: Path, found: Declaration) -> bool:
        return found.path != self._shown(importer)

    def _suite(self, found: Declaration, depth: Depth) -> Suite | None:
        return self._suites.suite(self._root / found.path, depth)

    def _nearest(self, importer: Path, name: str) -> Declaration | None:
        """Return the fixture of another file that a name means in a file's module."""
        found = self._graph().seen_in(self._shown(importer), name)
        return found if isinstance(found, Declaration) and self._is_other(importer, found) else None

    def _candidates(self, importer: Path, name: str) -> list[Declaration]:
        """Return what a name may mean in a file's module, if fixtures of other files."""
        found = self._graph().candidates_in(self._shown(importer), name)
        return [each for each in found if self._is_other(importer, each)]

    def _running(self, found: Declaration) -> Evidence | None:
        """Return where a fixture, or one that it asks for, runs a loop."""
        for each in (found, *sorted(self._graph().reachable(found), key=_place)):
            suite = self._modules.suite(self._root / each.path)
            if suite is not None and (place := running(suite, [each.node])) is not None:
                return place
        return None

    def _of_plugins(self, importer: Path, name: str) -> Iterator[list[tuple[Suite, Definition]]]:
        """Yield the fixtures of a name in each of the project's files that may be a plugin: a test run may load it."""
        for file in self._naming.get(os.fsencode(name), ()):
            suite = self._modules.suite(file) if file != importer else None
            if suite is not None and (found := suite.fixtures_named.get(name, [])):
                yield [(suite, each.node) for each in found]

    @cached_property
    def _naming(self) -> Mapping[bytes, list[Path]]:
        """The files that may be plugins, by the names that fixtures of theirs may have."""
        found: defaultdict[bytes, list[Path]] = defaultdict(list)
        for file in self._files.below(self._root):
            data = self._modules.data(file) if file.name != "conftest.py" else b""
            if b"fixture" in data and not self._modules.is_test_module(file):
                for name in dict.fromkeys(_MAY_NAME.findall(data)):
                    found[name].append(file)
        return dict(found)

    def _below(self, fixtures: Path, name: str) -> Iterator[Path]:
        """Yield the files that may use a fixture of a file: of a conftest those below it, of others all."""
        folder = fixtures.parent if fixtures.name == "conftest.py" else self._root
        return (each for each in self._files.below(folder) if each != fixtures and self._modules.mentions(each, name))

    def _users(self, fixtures: Path, file: Path, name: str) -> Iterator[Declaration]:
        """Yield the tests and fixtures of a file that a name gives a fixture of another one, or may."""
        graph, shown = self._graph(), self._shown(file)
        for user in (*graph.tests_of(shown), *graph.fixtures_of(shown)):
            if name in graph.requested(user) and self._may_be(fixtures, graph.resolve(user, name)):
                yield user

    def _all_users(self, fixtures: Path, name: str) -> Iterator[Declaration]:
        return (user for file in self._below(fixtures, name) for user in self._users(fixtures, file, name))

    def _fetches(self, fixtures: Path, file: Path, name: str) -> bool:
        """Say whether a file gets a fixture of another one by ``getfixturevalue``."""
        suite = self._modules.suite(file) if self._modules.mentions(file, "getfixturevalue") else None
        is_fetched = suite is not None and fetching(suite.module, name) is not None
        return is_fetched and self._may_be(fixtures, self._graph().seen_in(self._shown(file), name))

    def _may_be(self, fixtures: Path, meant: Meaning) -> bool:
        return meant is not None and (not isinstance(meant, Declaration) or meant.path == self._shown(fixtures))

    def _first(
        self, importer: Path, name: str, depth: Depth, find: Callable[[Suite], ast.AST | None]
    ) -> Evidence | None:
        for file in self._files.below(importer.parent):
            if file != importer and self._modules.mentions(file, name):
                suite = self._suites.suite(file, depth)
                node = find(suite) if suite is not None else None
                if suite is not None and node is not None:
                    return suite.module.evidence(node)
        return None


def _overriding(suite: Suite, name: str) -> ast.AST | None:
    """Return a fixture of a name that does more than make a loop."""
    named = (each.node for each in suite.fixtures_named.get(name, ()))
    return next((each for each in named if classify_override(suite.module, each).kind is not OverrideKind.PLAIN), None)


def _place(found: Declaration) -> tuple[str, int]:
    return found.path, found.node.lineno


def _given(suite: Suite, fixture: Definition) -> AccessPath | None:
    """Return the path of what a fixture gives: as its annotation says, else as what it returns or yields."""
    annotated = annotation(fixture.returns) if fixture.returns is not None else UNKNOWN
    if not isinstance(annotated, Constant) and mock_name(suite.module, fixture.returns) is None:  # type: ignore[arg-type]
        return annotated if isinstance(annotated, AccessPath) else None
    values = given_values(suite.module, fixture)
    return infer_path(suite, values[0]) if len(values) == 1 else None
