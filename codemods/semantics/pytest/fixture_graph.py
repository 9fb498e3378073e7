"""Which fixture a name means at a place, and all fixtures that a test or fixture reaches.

pytest looks in the class, then in the module, then in the conftest files from the nearest outwards, then in plugins
(https://docs.pytest.org/en/stable/reference/fixtures.html#fixture-availability). It does so from where the test is
collected, also for what its fixtures ask for: an override near a test holds for a fixture of a conftest, too. Only a
fixture that asks for its own name gets the next one outwards. A test that several classes or modules have is collected
in each: where it isn't said in which, an answer is what holds in all of them, or unknown.
"""

from __future__ import annotations

import ast
import os
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Any, TypeVar

from codemods.semantics.pytest.attributes import UNKNOWN, Layer, Unknown, meaning
from codemods.semantics.pytest.bindings import Bindings
from codemods.semantics.pytest.collectors import Collector, Collectors
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.loop_scopes import is_run_by, loop_by
from codemods.semantics.pytest.marks import Mark
from codemods.semantics.pytest.requested import Requested
from codemods.semantics.pytest.scope import SuiteFiles

PYTEST_FIXTURES = frozenset(
    {
        "cache", "capfd", "capfdbinary", "caplog", "capsys", "capsysbinary", "capteesys", "doctest_namespace",
        "monkeypatch", "pytestconfig", "record_property", "record_testsuite_property", "record_xml_attribute",
        "recwarn", "request", "subtests", "tmp_path", "tmp_path_factory", "tmpdir", "tmpdir_factory",
    }
)  # fmt: skip
"""The fixtures of pytest itself: they ask for nothing of the project's."""
_DEFINITION = re.compile(rb"\bdef[ \t]+(\w+)[ \t]*\(")
Meaning = Declaration | Unknown | None
"""A fixture, what can't be told, or none of the project's: one of an installed plugin, or no fixture at all."""


class View:
    """The fixtures that are seen from a place by their names, the nearest first."""

    def __init__(self, layers: Sequence[Layer[Declaration]]) -> None:
        """Take what is found at each place, the nearest first."""
        self._layers = layers
        self._named: dict[str, list[Declaration | Unknown]] = {}

    def named(self, name: str) -> Sequence[Declaration | Unknown]:
        """Return what a name may mean, the nearest first."""
        if name not in self._named:
            found = ((*layer.get(name, ()), *layer.get(None, ())) for layer in self._layers)
            self._named[name] = [each for those in found for each in those]
        return self._named[name]

    def all(self) -> Iterator[Declaration]:
        """Yield all of them."""
        found = (each for layer in self._layers for those in layer.values() for each in those)
        return (each for each in found if isinstance(each, Declaration))

    @cached_property
    def automatic(self) -> Sequence[Declaration]:
        """What is used without being asked for: the nearest of a name, if any of that name is so."""
        names = dict.fromkeys(each.name for each in self.all() if each.is_autouse)
        return [found for name in names if isinstance(found := self.named(name)[0], Declaration)]

    @cached_property
    def doubtful(self) -> frozenset[str]:
        """The names of those of which only a run can tell whether they are used without being asked for."""
        return frozenset(each.name for each in self.all() if each.is_autouse is None)


@dataclass(frozen=True, slots=True)
class Closure:
    """The fixtures that a test or fixture reaches."""

    fixtures: frozenset[Declaration]
    doubts: frozenset[str]
    """The names through which it may reach more: unknown ones, and those of installed plugins."""


Found = TypeVar("Found")


class FixtureGraph:
    """The fixtures of some files; each file is read when a question leads to it."""

    def __init__(
        self, paths: SuiteFiles, parse: Callable[[str], Context | None],
        locate: Callable[[str, str], str | None], data: Callable[[str], bytes], plugins: Iterable[str] = (),
    ) -> None:  # fmt: skip
        """Take the files.

        Args:
            paths: All Python files on the side of the tests.
            parse: Returns what a rule sees of a file.
            locate: Returns the file that a module's dotted name leads to from another file.
            data: Returns the bytes of a file.
            plugins: The modules of the project that are plugins for all of them.
        """
        self.paths = paths
        self._data = data
        self._may_define = partial(_may_define, data)
        self.bindings = Bindings(self.paths, parse, locate, self._may_define, plugins)
        self._parse = parse
        self._collectors = Collectors(self.bindings, self.paths, parse, data)
        self._requested = Requested(self.bindings, parse)
        self._view = cache(self._view_from)
        self._closure = self._for_all_alike(self._closure_of)
        self._reachable = self._for_all_alike(self._reachable_from)
        self._defined = cache(self._defined_at)
        self._automatic = cache(self._automatic_at)
        self.memo: dict[Hashable, Any] = {}
        """See ``codemods.semantics.memo``."""

    def end(self) -> None:
        """Let go of all that was found, which leads back to itself; the graph can't be asked any more."""
        for each in (self.bindings, self._collectors, self._requested, self):
            vars(each).clear()

    def file(self, path: str) -> Context | None:
        """Return what a rule sees of a file; None if it can't be parsed."""
        return self._parse(path)

    def fixtures_of(self, path: str) -> list[Declaration]:
        """Return the fixtures that a file defines, the last first: of those with one name it is the one that counts."""
        return self.bindings.fixtures_of(path)

    def tests_of(self, path: str) -> list[Declaration]:
        """Return the tests of a file that pytest itself runs."""
        return self.bindings.tests_of(path)

    def near(self, path: str) -> Sequence[str]:
        """Return the files whose tests may reach a fixture of a file."""
        return self._collectors.near(path)

    def tests_near(self, path: str) -> Iterator[Declaration]:
        """Yield the tests that may reach a fixture of a file, in the order of their files."""
        for each in self.near_in_order(path):
            yield from self.tests_of(each)

    def near_in_order(self, path: str) -> list[str]:
        """Return the files from which a fixture of a file may be reached, in the order of all files."""
        return sorted(self.near(path), key=self.paths.order.__getitem__)

    def defining(self, name: str, path: str) -> list[str]:
        """Return the files that may define a fixture of that name where those of a file ask for it."""
        around = {*self.near(path), *(each for each in self.bindings.files_around(path) if each is not None)}
        return [each for each in self._named.get(name, ()) if each in around]

    @cached_property
    def _named(self) -> Mapping[str, list[str]]:
        """The files that may define a fixture, by its name."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for path in self.paths.such(self._may_define):
            for name in dict.fromkeys(_DEFINITION.findall(self._data(path))):
                found[os.fsdecode(name)].append(path)
        return dict(found)

    def visible_in(self, path: str) -> list[Declaration]:
        """Return the fixtures that the functions of a file see, or may."""
        at = Collector(path)
        return list(dict.fromkeys((*self._view(at).all(), *self._defined(at))))

    def seen_in(self, path: str, name: str) -> Meaning:
        """Return the fixture that a name means in the module of a file, outside its classes."""
        found = self._view(Collector(path)).named(name)
        return found[0] if found else None

    def candidates_in(self, path: str, name: str) -> list[Declaration]:
        """Return the fixture that a name means in the module of a file; all that it may where that can't be told."""
        return self._may_mean(Collector(path), self.seen_in(path, name), name)

    def automatic_in(self, path: str) -> Sequence[Declaration]:
        """Return the fixtures that the functions of a file use without asking for them, or may."""
        return self._automatic(Collector(path))

    def collectors(self, user: Declaration) -> Sequence[Collector]:
        """Return where a test is collected, or where a fixture stands."""
        return self._collectors.of(user)

    def resolve(self, user: Declaration, name: str, at: Collector | None = None) -> Meaning:
        """Return the fixture that a name means to a test or fixture."""
        return meaning(self._found(each, user, user, name) for each in self._at(user, at))

    def candidates(self, user: Declaration, name: str) -> list[Declaration]:
        """Return the fixture that a name means to a test or fixture; all that it may where that can't be told."""
        found = (self._candidates(at, user, user, name) for at in self._collectors.of(user))
        return list(dict.fromkeys(each for those in found for each in those))

    def reachable(self, user: Declaration) -> frozenset[Declaration]:
        """Return all fixtures that a test or fixture reaches, or may where a name can't be told."""
        return frozenset().union(*(self._reachable(user, at) for at in self._collectors.of(user)))

    def closure(self, user: Declaration, at: Collector | None = None) -> frozenset[Declaration]:
        """Return all fixtures that a test reaches, or a fixture where nothing overrides what it asks for."""
        return frozenset().union(*(self._closure(user, each).fixtures for each in self._at(user, at)))

    def doubts(self, user: Declaration, at: Collector | None = None) -> frozenset[str]:
        """Return the names through which it may reach more: unknown ones, and those of installed plugins."""
        return frozenset().union(*(self._closure(user, each).doubts for each in self._at(user, at)))

    def requested(self, user: Declaration) -> frozenset[str]:
        """Return the names of the fixtures that a test or fixture asks for, wherever it is collected."""
        return frozenset().union(*(self._requested.names(user, at) for at in self._collectors.of(user)))

    def marks(self, test: Declaration) -> list[tuple[Context, Mark]]:
        """Return the marks that hold for a test wherever it is collected, each with the file that has it."""
        return [each for at in self._collectors.of(test) for each in self.marks_at(test, at)]

    def around(self, user: Declaration) -> list[Context]:
        """Return the files that hold for a test or fixture: those where it is collected, and their conftest files."""
        paths = {at.path: None for at in self._collectors.of(user)}
        above = [each for path in paths for each in self.bindings.conftests_above(path)]
        return [file for path in dict.fromkeys((*paths, *above)) if (file := self._parse(path)) is not None]

    def defined(self, path: str, dotted: str) -> tuple[Context, ast.AST] | None:
        """Return what a dotted name of a file stands for, with the file that defines it."""
        there = self.bindings.lookup.defined(path, dotted)
        file = self._parse(there[0]) if there is not None else None
        return (file, there[1]) if there is not None and file is not None else None

    def marks_at(self, user: Declaration, at: Collector) -> Sequence[tuple[Context, Mark]]:
        """Return the marks that hold for a test where it is collected, the closest first, each with its file."""
        return self._requested.marks(user, at)

    def requests(self, user: Declaration, of: Declaration, at: Collector | None = None) -> list[tuple[str, Meaning]]:
        """Return the names that a fixture asks for, with what they mean where ``user`` is collected."""
        names = sorted(self._requested.names(of, self._collectors.of(of)[0]))
        return [(name, meaning(self._found(each, user, of, name) for each in self._at(user, at))) for name in names]

    def loop_scope(self, test: Declaration, at: Collector | None = None) -> str | Unknown | None:
        """Return the scope of the loop on which pytest-asyncio runs a test; None if it doesn't."""
        return meaning(self._loop_scope(test, each) for each in self._at(test, at))

    def _loop_scope(self, test: Declaration, at: Collector) -> str | Unknown | None:
        named = (each for each in self._requested.marks(test, at) if each[1].name == "asyncio")
        file, mark = next(named, (test.context, None))
        there = self._parse(at.path) or test.context
        return (loop_by(file, mark, there.config) or UNKNOWN) if is_run_by(test, mark) else None

    def is_given(self, user: Declaration, name: str) -> bool:
        """Return whether marks or hooks give a test its values for a name, or may."""
        return any(
            not {name, None}.isdisjoint(self._requested.given(user, at)) or name in self._requested.generated(at)
            for at in self._collectors.of(user)
        )

    def _at(self, user: Declaration, at: Collector | None) -> Sequence[Collector]:
        return self._collectors.of(user) if at is None else [at]

    def _for_all_alike(
        self, find: Callable[[Declaration, Collector], Found]
    ) -> Callable[[Declaration, Collector], Found]:
        """Have tests that ask for the same where they are collected share what is found out about one of them."""
        known: dict[Hashable, Found] = {}

        def found(user: Declaration, at: Collector) -> Found:
            alike = (self._requested.names(user, at), self._requested.given(user, at)) if user.fixture is None else user
            key = alike, at
            if key not in known:
                known[key] = find(user, at)
            return known[key]

        return found

    def _closure_of(self, user: Declaration, at: Collector) -> Closure:
        given = self._requested.given(user, at)
        view = self._view(at)
        automatic = view.automatic if user.fixture is None else ()
        found = dict.fromkeys(each for each in automatic if each.name not in given)
        doubts = set(view.doubtful if user.fixture is None else ())
        waiting = [user, *found]
        while waiting:
            of = waiting.pop()
            for name in self._requested.names(of, at if of is user else self._collectors.of(of)[0]):
                meant = self._found(at, user, of, name)
                if not isinstance(meant, Declaration):
                    doubts |= {name} - PYTEST_FIXTURES - (given if meant is None else set())
                elif meant not in found and meant.node is not user.node:
                    found[meant] = None
                    waiting.append(meant)
        return Closure(frozenset(found), frozenset(doubts))

    def _reachable_from(self, user: Declaration, at: Collector) -> frozenset[Declaration]:
        given = self._requested.given(user, at)
        automatic = self._automatic(at) if user.fixture is None else ()
        found = dict.fromkeys(each for each in automatic if each.name not in given)
        waiting = [user, *found]
        while waiting:
            of = waiting.pop()
            for name in self._requested.names(of, at if of is user else self._collectors.of(of)[0]):
                meant = self._candidates(at, user, of, name)
                new = [each for each in meant if each not in found and each.node is not user.node]
                found.update(dict.fromkeys(new))
                waiting += new
        return frozenset(found)

    def _automatic_at(self, at: Collector) -> Sequence[Declaration]:
        """Return what is used without being asked for, or may be: the nearest of a name, if any of that name is so."""
        view = self._view(at)
        known = (*view.all(), *self._defined(at))
        names = dict.fromkeys(each.name for each in known if each.is_autouse is not False)
        return [each for name in names for each in self._may_mean(at, next(iter(view.named(name)), None), name)]

    def _candidates(self, at: Collector, user: Declaration, of: Declaration, name: str) -> list[Declaration]:
        return [each for each in self._may_mean(at, self._found(at, user, of, name), name) if each.node is not of.node]

    def _may_mean(self, at: Collector, meant: Meaning, name: str) -> list[Declaration]:
        """Return what a name means; where that can't be told, all fixtures of the name among those that stand there."""
        if isinstance(meant, Declaration):
            return [meant]
        return [each for each in self._defined(at) if each.name == name] if meant is UNKNOWN else []

    def _defined_at(self, at: Collector) -> Sequence[Declaration]:
        return tuple(self.bindings.defined_around(at.path, at.owners))

    def _found(self, at: Collector, user: Declaration, of: Declaration, name: str) -> Meaning:
        """Return what a name means to a fixture that a user reaches, or to the user itself."""
        found = self._view(at).named(name)
        if of.fixture is not None and of.name == name:
            own = [isinstance(each, Declaration) and each.node is of.node for each in found]
            # Where two places import it, it gets itself, and then what lies behind.
            others = [each for each, is_own in zip(found, own, strict=True) if not is_own]
            found = others[own.index(True) if any(own) else 0 :]
        given = self._requested.given(user, at)
        if not found or name in given:
            return None
        return UNKNOWN if None in given or name in self._requested.generated(at) else found[0]

    def _view_from(self, at: Collector) -> View:
        return View([*(self.bindings.of_class(*each) for each in at.owners), *self.bindings.around(at.path)])


def _may_define(data: Callable[[str], bytes], path: str) -> bool:
    return b"fixture" in data(path)
