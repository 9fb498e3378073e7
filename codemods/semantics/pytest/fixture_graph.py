"""Which fixture a name means at a place, and all fixtures that a test or fixture reaches.

pytest looks in the class, then in the module, then in the conftest files from the nearest outwards, then in plugins
(https://docs.pytest.org/en/stable/reference/fixtures.html#fixture-availability). It does so from where the test stands,
also for what its fixtures ask for: an override near a test holds for a fixture of a conftest, too. Only a fixture that
asks for its own name gets the next one outwards.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache

from codemods.semantics.pytest.bindings import Bindings
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.placed import Placed
from codemods.semantics.pytest.requests import parametrized_names, requested_names

View = Mapping[str, list[Placed]]
"""The fixtures that are seen from a place by their names, the nearest first."""


class FixtureGraph:
    """The fixtures of some files; each file is read when a question leads to it."""

    def __init__(
        self, paths: Iterable[str], parse: Callable[[str], Context | None],
        locate: Callable[[str, str], str | None], may_define: Callable[[str], bool],
    ) -> None:  # fmt: skip
        """Take the files.

        Args:
            paths: All Python files on the side of the tests.
            parse: Returns what a rule sees of a file.
            locate: Returns the file that a module's dotted name leads to from another file.
            may_define: Returns whether a file may define a fixture, judged by its bytes.
        """
        self.paths = tuple(paths)
        self._parse = parse
        self.bindings = Bindings(self.paths, parse, locate, may_define)
        self._view = cache(self._view_from)
        self._names = cache(requested_names)
        self._closures: dict[Placed, frozenset[Placed]] = {}

    def fixtures_of(self, path: str) -> list[Placed]:
        """Return the fixtures that a file defines, the last first: of those with one name it is the one that counts."""
        return self.bindings.fixtures_of(path)

    def tests_of(self, path: str) -> list[Placed]:
        """Return the tests of a file that pytest itself runs."""
        return self.bindings.tests_of(path)

    def visible_in(self, path: str) -> list[Placed]:
        """Return the fixtures that the functions of a file see."""
        return [each for those in self._view(path, None).values() for each in those]

    def resolve(self, user: Placed, name: str) -> Placed | None:
        """Return the fixture that a name means to a test or fixture; None if it comes from an installed plugin."""
        return _found(self._view_of(user), user, name)

    def closure(self, user: Placed) -> frozenset[Placed]:
        """Return all fixtures that a test reaches, or a fixture where nothing overrides what it asks for."""
        if user not in self._closures:
            view = self._view_of(user)
            found: dict[Placed, None] = {}
            waiting = [*self._requested(view, user), *(_automatic(view) if user.fixture is None else ())]
            while waiting:
                if (each := waiting.pop()) not in found and each.node is not user.node:
                    found[each] = None
                    waiting += self._requested(view, each)
            self._closures[user] = frozenset(found)
        return self._closures[user]

    def requests(self, user: Placed, of: Placed) -> list[tuple[str, Placed | None]]:
        """Return the names that a fixture asks for, with what they mean where ``user`` stands."""
        view = self._view_of(user)
        return [(name, _found(view, of, name)) for name in sorted(self._names(of))]

    def _requested(self, view: View, user: Placed) -> list[Placed]:
        return list(filter(None, (_found(view, user, name) for name in sorted(self._names(user)))))

    def _view_of(self, user: Placed) -> View:
        view = self._view(user.path, user.owner)
        given = parametrized_names(user) if user.fixture is None else ()
        return {name: those for name, those in view.items() if name not in given} if given else view

    def _view_from(self, path: str, owner: ast.ClassDef | None) -> View:
        view: dict[str, list[Placed]] = {}
        for layer in self._layers(path, owner):
            for each in layer:
                view.setdefault(each.name, []).append(each)
        return view

    def _layers(self, path: str, owner: ast.ClassDef | None) -> Iterator[Iterable[Placed]]:
        context = self._parse(path)
        outer = context.module.ancestors(owner) if owner is not None and context is not None else ()
        for each in (owner, *outer):
            if isinstance(each, ast.ClassDef):
                yield from self.bindings.of_class(path, each)
        yield from self.bindings.around(path)


def _found(view: View, user: Placed, name: str) -> Placed | None:
    candidates = view.get(name, [])
    if user.fixture is not None and user.name == name:
        places = [index for index, each in enumerate(candidates) if each.node is user.node]
        candidates = candidates[places[0] + 1 :] if places else candidates
    return candidates[0] if candidates else None


def _automatic(view: View) -> list[Placed]:
    """Return what is used without being asked for: the nearest of a name, if any of that name is so."""
    return [those[0] for those in view.values() if any(each.is_autouse for each in those)]
