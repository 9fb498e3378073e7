"""Which fixture a name means at a place, and all fixtures that a test or fixture reaches.

pytest looks in the class, then in the module, then in the conftest files from the nearest outwards, then in plugins
(https://docs.pytest.org/en/stable/reference/fixtures.html#fixture-availability). A fixture that asks for its own name
gets the next one outwards.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from codemods.analysis.classes import local_bases
from codemods.analysis.graph.placed import Placed

if TYPE_CHECKING:
    from codemods.rules.base import Context

Layers = Sequence[Sequence[Placed]]
"""Fixtures by where they are found, the nearest first."""


class FixtureGraph:
    """The fixtures of some files; each file is read when a question leads to it."""

    def __init__(
        self, paths: Iterable[str], parse: Callable[[str], Context | None], locate: Callable[[str, str], str | None]
    ) -> None:
        """Take the files.

        Args:
            paths: All Python files on the side of the tests.
            parse: Returns what a rule sees of a file.
            locate: Returns the file that a module's dotted name leads to from another file.
        """
        self.paths = tuple(paths)
        self._parse = parse
        self._locate = locate
        self._conftests = frozenset(path for path in self.paths if PurePosixPath(path).name == "conftest.py")
        self.fixtures_of = cache(self._fixtures_of)
        self._plugins_of = cache(self._modules_named_in)
        self._around = cache(self._layers_around)
        self._closures: dict[Placed, frozenset[Placed]] = {}

    def tests_of(self, path: str) -> list[Placed]:
        """Return the tests of a file that pytest itself runs."""
        context = self._parse(path)
        tests = context.suite.tests if context is not None else []
        return [Placed(context, each.node) for each in tests if context is not None and each.test_case is None]

    def visible_in(self, path: str) -> list[Placed]:
        """Return the fixtures that the functions of a file see, the nearest first."""
        return [each for layer in self._around(path) for each in layer]

    def resolve(self, user: Placed, name: str) -> Placed | None:
        """Return the fixture that a name means to a test or fixture; None if it comes from an installed plugin."""
        candidates = [each for each in self._seen(user) if each.name == name]
        if user.fixture is not None and user.name == name:
            places = [index for index, each in enumerate(candidates) if each.node is user.node]
            candidates = candidates[places[0] + 1 :] if places else candidates
        return candidates[0] if candidates else None

    def requested(self, user: Placed) -> list[Placed]:
        """Return the fixtures that a test or fixture asks for, and those that are used without being asked for."""
        names = user.context.suite.requested(user.node) - _parametrized(user)
        found = [self.resolve(user, name) for name in sorted(names)]
        automatic = self._seen(user) if user.fixture is None else ()
        return [*filter(None, found), *(each for each in automatic if each.is_autouse)]

    def closure(self, user: Placed) -> frozenset[Placed]:
        """Return all fixtures that a test or fixture reaches."""
        if user not in self._closures:
            found: dict[Placed, None] = {}
            waiting = self.requested(user)
            while waiting:
                if (each := waiting.pop()) not in found and each.node is not user.node:
                    found[each] = None
                    waiting += self.requested(each)
            self._closures[user] = frozenset(found)
        return self._closures[user]

    def _seen(self, user: Placed) -> Iterator[Placed]:
        owner = user.owner
        for layer in (*self._of_class(user.path, owner), *self._around(user.path)):
            yield from layer

    def _of_class(self, path: str, owner: ast.ClassDef | None) -> Iterator[Sequence[Placed]]:
        if owner is None or (context := self._parse(path)) is None:
            return
        outer = [each for each in context.module.ancestors(owner) if isinstance(each, ast.ClassDef)]
        for each in (owner, *outer):
            bases = local_bases(context.module, each)
            yield [fixture for base in bases for fixture in self.fixtures_of(path) if fixture.owner is base]

    def _layers_around(self, path: str) -> Layers:
        modules = [path, *self._conftests_above(path)]
        plugins = [name for each in modules for name in self._plugins_of(each)]
        return [[each for each in self._bound_in(module) if each.owner is None] for module in (*modules, *plugins)]

    def _conftests_above(self, path: str) -> list[str]:
        files = [(each / "conftest.py").as_posix() for each in PurePosixPath(path).parents]
        return [each for each in files if each in self._conftests and each != path]

    def _fixtures_of(self, path: str) -> list[Placed]:
        """Return the fixtures that a file defines; the last of those with one name is the one that counts."""
        context = self._parse(path)
        return [Placed(context, each.node, each) for each in context.suite.fixtures[::-1]] if context else []

    def _bound_in(self, path: str) -> list[Placed]:
        """Return the fixtures that a file defines or imports."""
        own = self.fixtures_of(path)
        return [*own, *self.imported_by(path)] if (context := self._parse(path)) and _imports(context) else own

    def imported_by(self, path: str) -> Iterator[Placed]:
        """Yield the fixtures that a file imports, by name or with all others."""
        context = self._parse(path)
        for node in context.module.nodes(ast.ImportFrom) if context is not None else ():
            module = "." * node.level + (node.module or "")
            names = {alias.name for alias in node.names}
            source = self._locate(path, module)
            if source is not None and source != path:
                yield from (each for each in self.fixtures_of(source) if names & {each.node.name, "*"})

    def _modules_named_in(self, path: str) -> list[str]:
        """Return the files of the project that a file names in ``pytest_plugins``."""
        context = self._parse(path)
        found: list[str] = []
        for node in context.module.tree.body if context is not None else ():
            if isinstance(node, ast.Assign) and any(_is_plugins(each) for each in node.targets):
                names = [each.value for each in ast.walk(node.value) if isinstance(each, ast.Constant)]
                found += filter(None, (self._locate(path, name) for name in names if isinstance(name, str)))
        return found


def _imports(context: Context) -> bool:
    return bool(context.module.nodes(ast.ImportFrom))


def _is_plugins(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "pytest_plugins"


def _parametrized(user: Placed) -> set[str]:
    """Return the parameters to which ``parametrize`` gives values, so that no fixture is asked for."""
    found: set[str] = set()
    for mark in user.context.suite.marks(user.node):
        call = mark.call if mark.name == "parametrize" else None
        if call is not None and call.args and not any(each.arg == "indirect" for each in call.keywords):
            words = (each.value for each in ast.walk(call.args[0]) if isinstance(each, ast.Constant))
            found |= {word.strip() for words_of in words if isinstance(words_of, str) for word in words_of.split(",")}
    return found
