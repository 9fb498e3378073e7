"""Where fixtures are found: in classes and their bases, in modules, in what these import, in conftests and plugins."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property
from pathlib import PurePosixPath

from codemods.semantics.file.order import position
from codemods.semantics.file.scopes import source_of
from codemods.semantics.project.inheritance import linear
from codemods.semantics.project.names import NameResolver, exported, stars
from codemods.semantics.pytest.attributes import (
    UNKNOWN,
    Attribute,
    Imported,
    Layer,
    Unknown,
    attributes,
    last_binding,
    layer,
    meaning,
    name_of,
)
from codemods.semantics.pytest.classes import local_class, open_bases
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.plugins import plugins_of
from codemods.semantics.pytest.suite import Fixture

Layers = list[Layer[Declaration]]
"""Fixtures by where they are found, the nearest first."""
ClassIn = tuple[str, ast.ClassDef]
"""A class and its file."""
_HOPS = 6


class Bindings:
    """The fixtures that the files define, import, or get from the files around them."""

    def __init__(
        self, paths: Collection[str], parse: Callable[[str], Context | None],
        locate: Callable[[str, str], str | None], may_define: Callable[[str], bool], plugins: Iterable[str] = (),
    ) -> None:  # fmt: skip
        """Take the files, and what parses one, finds that of a module, and tells whether one may define a fixture.

        ``plugins`` are the modules of the project that are plugins for all of its files.
        """
        self._plugins = tuple(plugins)
        self._parse = parse
        self._locate = locate
        self.lookup = NameResolver(
            locate, lambda path: context.module if (context := parse(path)) is not None else None
        )
        self._may_define = cache(may_define)
        self._paths = paths
        self._declarations: dict[tuple[ast.AST, str], Declaration] = {}
        self._orders: dict[ClassIn, list[ClassIn | None]] = {}
        self.fixtures_of = cache(self._fixtures_of)
        self.tests_of = cache(self._tests_of)
        self.around = cache(self._layers_around)
        self.of_class = cache(self._class_layer)
        self.bases = cache(self._bases)
        self.names = cache(self._names_of)
        self._meaning = cache(self._meaning_of)
        self._module = cache(self._module_layer)
        self.conftests_above = cache(self._conftests_above)

    def imported_from(self, path: str, node: ast.ImportFrom) -> list[Declaration]:
        """Return the fixtures of the module from which a statement imports."""
        source = self._locate(path, source_of(node))
        return [each for each in self.names(source, _HOPS).values() if isinstance(each, Declaration)] if source else []

    def mro(self, path: str, owner: ast.ClassDef) -> list[ClassIn | None]:
        """Return a class and its bases, also those in other files, None for one that isn't the project's."""
        return linear((path, owner), lambda each: self.bases(*each), self._orders)

    def _tests_of(self, path: str) -> list[Declaration]:
        context = self._parse(path)
        tests = context.suite.tests if context is not None else []
        return [Declaration(context, each.node) for each in tests if context is not None and each.test_case is None]

    def _fixtures_of(self, path: str) -> list[Declaration]:
        context = self._parse(path)
        fixtures = context.suite.fixtures[::-1] if context is not None else []
        declarations = (self._declaration(context, each) for each in fixtures if context is not None)
        return [each for each in declarations if not each.is_local]

    def _declaration(self, context: Context, fixture: Fixture) -> Declaration:
        return self._declarations.setdefault((fixture.node, fixture.name), Declaration(context, fixture.node, fixture))

    def _layers_around(self, path: str) -> Layers:
        return [{None: [UNKNOWN]} if each is None else self._module(each) for each in self.files_around(path)]

    def files_around(self, path: str) -> list[str | None]:
        """Return the files whose fixtures a file sees, the nearest first; None for plugins that can't be told."""
        modules = [path, *self.conftests_above(path)]
        plugins = self.plugins(modules)
        known = [each for each in plugins if each is not None and each not in modules]
        everywhere = [each for each in self.everywhere if each not in {*modules, *known}]
        return [*modules, *known, *everywhere, *([None] if None in plugins else [])]

    def plugins(self, paths: Sequence[str]) -> list[str | None]:
        """Return the plugins that files name, the one that counts first in front; None for those that can't be told."""
        return plugins_of(paths, self._parse, self._locate)

    @cached_property
    def everywhere(self) -> list[str]:
        """The files that are plugins for all others."""
        found = [file for each in self._plugins if (file := self._locate("conftest.py", each)) is not None]
        return [*found[::-1], *(each for each in self.plugins(found) if each is not None)]

    def defined_around(self, path: str, owners: Iterable[ClassIn]) -> Iterator[Declaration]:
        """Yield the fixtures that stand where names are looked up from a place, whether they count or not."""
        classes = [each for owner in owners for each in self.mro(*owner) if each is not None]
        modules = [(each, None) for each in self.files_around(path) if each is not None]
        for file, owner in [*classes, *modules]:
            yield from (each for each in self.fixtures_of(file)[::-1] if each.owner is owner)

    def _conftests_above(self, path: str) -> list[str]:
        """Return the conftest files that hold for a file, the nearest first."""
        files = [(each / "conftest.py").as_posix() for each in PurePosixPath(path).parents]
        return [each for each in files if each != path and each in self._paths]

    def _module_layer(self, path: str) -> Layer[Declaration]:
        return layer([path], lambda each: self.names(each, _HOPS), _name)

    def _class_layer(self, path: str, owner: ast.ClassDef) -> Layer[Declaration]:
        return layer(self.mro(path, owner), lambda each: self._class_names(*each), _name)

    def _class_names(self, path: str, owner: ast.ClassDef) -> Mapping[str, Declaration | Unknown | None]:
        context = self._parse(path)
        found = attributes(context.suite, owner) if context is not None else {}
        return {name: self._meant(path, those, name, _HOPS) for name, those in found.items()}

    def _names_of(self, path: str, hops: int) -> dict[str, Declaration | Unknown | None]:
        """Return what the names of a module stand for, those included that it imports with all others."""
        context = self._parse(path)
        if context is None:
            return {}
        own = attributes(context.suite, context.module.tree)
        found = {name: self._meant(path, own[name], name, hops) for name in own if name != "*"}
        for star in stars(context.module)[::-1] if hops else ():
            source = self._locate(path, source_of(star))
            there = self._exported(source, hops - 1) if source is not None and source != path else {}
            here = position(star)
            found.update({name: each for name, each in there.items() if last_binding(context.suite, name) < here})
        return found

    def _exported(self, path: str, hops: int) -> dict[str, Declaration | Unknown | None]:
        """Return what another module gets by importing all names of one."""
        context = self._parse(path) if self._is_of_interest(path) else None
        found = self.names(path, hops) if context is not None else {}
        named = exported(context.module) if context is not None else None
        if named is None:
            return {name: each for name, each in found.items() if not name.startswith("_")}
        if None in named:
            return {name: UNKNOWN if isinstance(each, Declaration) else each for name, each in found.items()}
        return {name: each for name, each in found.items() if name in named}

    def _is_of_interest(self, path: str) -> bool:
        """Say whether a file may have fixtures, or give others on: the code under test has none unless it says so."""
        return self._may_define(path) or PurePosixPath(path).name == "__init__.py" or path in self._paths

    def _meaning_of(self, path: str, name: str, hops: int) -> Declaration | Unknown | None:
        """Return what a name of a module stands for."""
        if (context := self._parse(path)) is None:
            return None
        if stars(context.module):
            return self.names(path, hops).get(name)
        return self._meant(path, attributes(context.suite, context.module.tree).get(name, ()), name, hops)

    def _meant(
        self, path: str, those: Iterable[Attribute], name: str, hops: int
    ) -> Declaration | Unknown | None:  # fmt: skip
        found = meaning([self._followed(path, each, hops) for each in those] or [None])
        if not isinstance(found, Declaration) or found.fixture is None or found.fixture.is_named or found.name == name:
            return found
        return self._declaration(found.context, replace(found.fixture, name=name))

    def _followed(self, path: str, found: Attribute, hops: int) -> Declaration | Unknown | None:
        context = self._parse(path)
        if isinstance(found, Fixture) and context is not None:
            return self._declaration(context, found)
        if not isinstance(found, Imported):
            return UNKNOWN if found is UNKNOWN else None
        there = self.lookup.located(path, found.dotted)
        if there is None or not self._is_of_interest(there[0]):
            return None
        return self._meaning(*there, hops - 1) if hops else UNKNOWN

    def _bases(self, path: str, owner: ast.ClassDef) -> list[ClassIn | None]:
        context = self._parse(path)
        return [self.class_of(path, base) for base in open_bases(context.module, owner)] if context is not None else []

    def class_of(self, path: str, base: ast.expr) -> ClassIn | None:
        """Return the class that an expression means."""
        context = self._parse(path)
        if context is None:
            return None
        if (local := local_class(context.module, base)) is not None:
            return path, local
        dotted = context.module.resolve(base)
        name = base.id if dotted is None and isinstance(base, ast.Name) else None
        is_bound = name in context.module.scopes.module_names()
        there = (
            self.lookup.named(path, name)
            if name is not None and not is_bound
            else self.lookup.defined(path, dotted or "")
        )
        return (there[0], there[1]) if there is not None and isinstance(there[1], ast.ClassDef) else None


def _name(found: Declaration, attribute: str) -> str | None:
    return name_of(found.fixture, attribute) if found.fixture is not None else None
