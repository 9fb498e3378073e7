"""Where pytest collects a test: in its module and class, in classes made from it, in modules that import these."""

from __future__ import annotations

import ast
import os
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import PurePosixPath

from codemods.semantics.pytest.bindings import Bindings, ClassIn
from codemods.semantics.pytest.classes import has_constructor, is_no_test
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.scope import SuiteFiles

_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]*(\([^)]{0,4000}\)|[^\n]*)|import[ \t]+([^\n]*))", re.MULTILINE
)
_HEAD = re.compile(rb"^[ \t]*class[ \t]+\w+[ \t]*\(([^)]{1,2000})", re.MULTILINE)
_WORD = re.compile(rb"\w+")


@dataclass(frozen=True, slots=True)
class Collector:
    """The module in which a test is collected, and the classes, the innermost first, which another may define."""

    path: str
    owners: tuple[ClassIn, ...] = ()


class Collectors:
    """Finds where tests are collected."""

    def __init__(
        self, bindings: Bindings, paths: SuiteFiles, parse: Callable[[str], Context | None],
        data: Callable[[str], bytes],
    ) -> None:  # fmt: skip
        """Take the fixtures and classes of the files, the files, and what parses and reads one."""
        self._bindings = bindings
        self._paths = paths
        self._parse = parse
        self._data = data
        self.of = cache(self._of)
        self._heirs = cache(self._heirs_of)
        self._imported = cache(self._imported_words)
        self._taken_by = cache(self._takes)
        self._near = cache(self._near_of)

    def _of(self, user: Declaration) -> Sequence[Collector]:
        """Return where a test is collected; where it stands, for a fixture and where nothing collects it."""
        own = self._own(user)
        if user.fixture is not None:
            return [own]
        found = self._methods(user, user.owner) if user.owner is not None else self._functions(user)
        return list(dict.fromkeys(found)) or [own]

    def _own(self, user: Declaration) -> Collector:
        return Collector(user.path, self._around(user.path, user.context, user.node))

    def _around(self, path: str, context: Context, node: ast.AST) -> tuple[ClassIn, ...]:
        outer = (node, *context.module.ancestors(node))
        return tuple((path, each) for each in outer if isinstance(each, ast.ClassDef))

    def _functions(self, user: Declaration) -> Iterator[Collector]:
        for path, name in self._bound_in(user.path, user.node, user.node.name):
            context = self._parse(path)
            if context is not None and context.suite.is_test_module and context.config.matches_function(name):
                yield Collector(path)

    def _methods(self, user: Declaration, owner: ast.ClassDef) -> Iterator[Collector]:
        own = user.path, owner
        for heir in self._heirs(*own):
            if self._has_method(heir, own, user.node.name):
                yield from self._classes(*heir)

    def _has_method(self, heir: ClassIn, owner: ClassIn, name: str) -> bool:
        """Say whether a class has a method from one of its bases: no other class before has the name."""
        for each in self._bindings.mro(*heir):
            if each == owner:
                return True
            context = self._parse(each[0]) if each is not None else None
            if each is not None and context is not None and context.module.scopes.bindings(each[1], name):
                return False
        return False

    def _classes(self, path: str, owner: ast.ClassDef) -> Iterator[Collector]:
        """Yield where a class is collected, if it can be."""
        context = self._parse(path)
        if context is None or not self._is_collected(path, owner):
            return
        if (outer := context.module.class_of(owner)) is not None:
            yield from self._inner(path, owner, outer)
            return
        for place, name in self._bound_in(path, owner, owner.name):
            there = self._parse(place)
            if there is not None and there.suite.is_test_module and there.config.matches_class(name):
                yield Collector(place, ((path, owner),))

    def _inner(self, path: str, owner: ast.ClassDef, outer: ast.ClassDef) -> Iterator[Collector]:
        """Yield where a class inside of another is collected: in that, and in those that are made from that."""
        for heir in self._heirs(path, outer):
            if self._has_method(heir, (path, outer), owner.name):
                for each in self._classes(*heir):
                    there = self._parse(each.path)
                    if there is not None and there.config.matches_class(owner.name):
                        yield Collector(each.path, ((path, owner), *each.owners))

    def _is_collected(self, path: str, owner: ast.ClassDef) -> bool:
        """Say whether pytest makes instances of a class: it has no constructor, and ``__test__`` isn't false."""
        files = ((self._parse(each[0]), each[1]) for each in self._bindings.mro(path, owner) if each is not None)
        classes = [(file.module, each) for file, each in files if file is not None]
        return not has_constructor(classes) and not is_no_test(classes)

    def _bound_in(self, path: str, node: ast.AST, name: str) -> Iterator[tuple[str, str]]:
        """Yield the files that have a function or class, and by which name."""
        if (context := self._parse(path)) is None or context.module.scopes.scope_of(node) is not context.module.tree:
            return
        yield path, name
        for other in self._importers(path, name):
            for bound in self._names_for(other, name):
                if (found := self._bindings.lookup.named(other, bound)) is not None and found[1] is node:
                    yield other, bound

    def _names_for(self, path: str, name: str) -> set[str]:
        context = self._parse(path)
        imports = context.module.nodes(ast.ImportFrom) if context is not None else []
        aliases = (alias for each in imports for alias in each.names)
        return {alias.asname or name for alias in aliases if alias.name in (name, "*")}

    def _heirs_of(self, path: str, owner: ast.ClassDef) -> list[ClassIn]:
        """Return a class and those that have it among their bases, in whatever files."""
        found: dict[ClassIn, None] = {(path, owner): None}
        waiting = [(path, owner)]
        for each in waiting:
            named = self._paths.among(self._headers.get(each[1].name.encode(), ()))
            for other in dict.fromkeys((each[0], *named, *self._importers(each[0], each[1].name))):
                new = [heir for heir in self._made_from(each, other) if heir not in found]
                found.update(dict.fromkeys(new))
                waiting += new
        return list(found)

    def _made_from(self, base: ClassIn, path: str) -> Iterator[ClassIn]:
        context = self._parse(path)
        for each in context.module.nodes(ast.ClassDef) if context is not None else ():
            if each.bases and base in self._bindings.bases(path, each):
                yield path, each

    def _importers(self, path: str, name: str) -> list[str]:
        """Return the other files that may import a name of a file, or the file as a module."""
        words = (name.encode(), os.fsencode(_module_name(path)))
        found = dict.fromkeys(each for word in words for each in self._imports.get(word, ()))
        return self._paths.among(each for each in found if each != path)

    @cached_property
    def _imports(self) -> Mapping[bytes, list[str]]:
        """The files that import a name, and those that import a module or all of its names, by its last word."""
        found: defaultdict[bytes, list[str]] = defaultdict(list)
        for path in self._paths.candidates:
            for word in dict.fromkeys(each for match in _IMPORT.finditer(self._data(path)) for each in _words(match)):
                found[word].append(path)
        return dict(found)

    def near(self, path: str) -> Sequence[str]:
        """Return the files whose tests may be collected where the fixtures of a file are seen."""
        return self._near(path)

    def _near_of(self, path: str) -> Sequence[str]:
        context = self._parse(path)
        is_by_place = PurePosixPath(path).name == "conftest.py" or (
            context is not None and context.suite.is_test_module
        )
        may_be_named = None in self._plugins and _module_name(path) in self._words_of_naming
        if not is_by_place or path in self._plugins or may_be_named:
            return [*self._paths]
        return self._following(self._following([path], self._seen_by), self._taken_by)

    def _following(self, start: Iterable[str], step: Callable[[str], Iterable[str]]) -> list[str]:
        found = dict.fromkeys(start)
        waiting = [*found]
        for each in waiting:
            new = self._paths.among(other for other in dict.fromkeys(step(each)) if other not in found)
            found.update(dict.fromkeys(new))
            waiting += new
        return [*found]

    def _seen_by(self, path: str) -> Iterator[str]:
        """Yield the files that may see the fixtures of a file: those below, and those whose imports say its name."""
        if PurePosixPath(path).name in ("conftest.py", "__init__.py"):
            folder = path.rpartition("/")[0]
            yield from self._below(folder) if folder else self._paths
        yield from self._importing.get(_module_name(path), ())

    def _below(self, folder: str) -> list[str]:
        """Return the files below a folder, in their order."""
        first = bisect_left(self._sorted, f"{folder}/")
        return sorted(self._sorted[first : bisect_left(self._sorted, f"{folder}0")], key=self._paths.order.__getitem__)

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._paths.candidates)  # "0" follows "/": between the two stands what is below a folder

    def _takes(self, path: str) -> tuple[str, ...]:
        """Return the files from which a file may import something."""
        folders = path.split("/")[:-1]
        packages = ("/".join((*folders[:size], "__init__.py")) for size in range(len(folders), -1, -1))
        named = (file for word in sorted(self._imported(path)) for file in self._by_name.get(word, ()))
        return tuple(dict.fromkeys((*packages, *named)))

    @cached_property
    def _by_name(self) -> Mapping[str, list[str]]:
        """The files by the last words of their modules."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for path in self._paths.candidates:
            found[_module_name(path)].append(path)
        return dict(found)

    @cached_property
    def _importing(self) -> Mapping[str, list[str]]:
        """The files that have a word in their imports."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for path in self._paths.candidates:
            for word in sorted(self._imported(path)):
                found[word].append(path)
        return dict(found)

    @cached_property
    def _plugins(self) -> frozenset[str | None]:
        """The files that are plugins of others, or of all; None among them if there are some that can't be told."""
        return frozenset((*self._bindings.plugins(self._naming_plugins), *self._bindings.everywhere))

    @cached_property
    def _naming_plugins(self) -> list[str]:
        return [*self._paths.such(lambda path: b"pytest_plugins" in self._data(path))]

    @cached_property
    def _words_of_naming(self) -> frozenset[str]:
        """All words of the files that name plugins: of one that can't be told, its name may be among them."""
        return frozenset(os.fsdecode(word) for each in self._naming_plugins for word in _WORD.findall(self._data(each)))

    def _imported_words(self, path: str) -> frozenset[str]:
        """Return the words in the imports of a file."""
        matches = _IMPORT.finditer(self._data(path))
        return frozenset(os.fsdecode(word) for match in matches for word in _WORD.findall(match[0]))

    @cached_property
    def _headers(self) -> Mapping[bytes, list[str]]:
        """The files in which a class names another one in its head."""
        found: defaultdict[bytes, list[str]] = defaultdict(list)
        for path in self._paths.candidates:
            heads = _HEAD.findall(self._data(path))
            for word in dict.fromkeys(each for head in heads for each in _WORD.findall(head)):
                found[word].append(path)
        return dict(found)


@lru_cache(maxsize=4096)
def _module_name(path: str) -> str:
    """Return the last word of the name of a module."""
    place = PurePosixPath(path)
    return place.parent.name if place.name == "__init__.py" else place.stem


def _words(match: re.Match[bytes]) -> list[bytes]:
    module, names, modules = match.groups()
    found = _WORD.findall(names or modules or b"")
    return [*found, module.rpartition(b".")[2]] if module and b"*" in names else found
