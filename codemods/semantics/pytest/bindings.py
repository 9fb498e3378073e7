"""Where fixtures are found: in classes and their bases, in modules, in what these import, in conftests and plugins."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import PurePosixPath

from codemods.semantics.file.scopes import imported
from codemods.semantics.pytest.classes import local_class
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.placed import Placed

Layers = list[list[Placed]]
"""Fixtures by where they are found, the nearest first."""
_HOPS = 6


class Bindings:
    """The fixtures that the files define, import, or get from the files around them."""

    def __init__(
        self, paths: Sequence[str], parse: Callable[[str], Context | None],
        locate: Callable[[str, str], str | None], may_define: Callable[[str], bool],
    ) -> None:  # fmt: skip
        """Take the files, and what parses one, finds that of a module, and tells whether one may define a fixture."""
        self._parse = parse
        self._locate = locate
        self._may_define = may_define
        self._paths = frozenset(paths)
        self._conftests = frozenset(path for path in paths if PurePosixPath(path).name == "conftest.py")
        self.fixtures_of = cache(self._fixtures_of)
        self.tests_of = cache(self._tests_of)
        self.around = cache(self._layers_around)
        self._bound = cache(self._bound_in)

    def of_class(self, path: str, owner: ast.ClassDef) -> Layers:
        """Return the fixtures of a class and of its bases, also of those in other files."""
        classes = [(path, owner)]
        for file, node in classes:
            classes += [each for base in node.bases if (each := self._class(file, base)) and each not in classes]
        return [[each for each in self.fixtures_of(file) if each.owner is node] for file, node in classes]

    def imported_from(self, path: str, node: ast.ImportFrom) -> list[Placed]:
        """Return the fixtures of the module from which a statement imports."""
        source = self._locate(path, "." * node.level + (node.module or ""))
        return self._bound(source, _HOPS) if source is not None else []

    def _tests_of(self, path: str) -> list[Placed]:
        context = self._parse(path)
        tests = context.suite.tests if context is not None else []
        return [Placed(context, each.node) for each in tests if context is not None and each.test_case is None]

    def _fixtures_of(self, path: str) -> list[Placed]:
        context = self._parse(path)
        fixtures = context.suite.fixtures[::-1] if context is not None else []
        placed = (Placed(context, each.node, each) for each in fixtures if context is not None)
        return [each for each in placed if not each.is_local]

    def _layers_around(self, path: str) -> Layers:
        modules = [path, *self._conftests_above(path)]
        for each in modules:
            modules += [plugin for plugin in self._plugins_named_in(each) if plugin not in modules]
        return [self._bound(module, _HOPS) for module in modules]

    def _conftests_above(self, path: str) -> list[str]:
        files = [(each / "conftest.py").as_posix() for each in PurePosixPath(path).parents]
        return [each for each in files if each in self._conftests and each != path]

    def _bound_in(self, path: str, hops: int) -> list[Placed]:
        """Return the fixtures that the names of a module stand for."""
        own = [each for each in self.fixtures_of(path) if each.owner is None]
        context = self._parse(path)
        imports = context.module.nodes(ast.ImportFrom) if context is not None and hops else []
        taken = (each for node in reversed(imports) for each in self._taken(path, node, hops - 1))
        return list(dict.fromkeys((*own, *taken)))

    def _taken(self, path: str, node: ast.ImportFrom, hops: int) -> Iterator[Placed]:
        """Yield the fixtures that a statement imports; those under another name are not followed."""
        source = self._locate(path, "." * node.level + (node.module or ""))
        # The code under test imports much, and is no place for fixtures unless it says so.
        if source is not None and source not in self._paths and not self._may_define(source):
            return
        names = {alias.name for alias in node.names if alias.asname in (None, alias.name)}
        for each in self._bound(source, hops) if source is not None and source != path else ():
            if each.node.name in names or ("*" in names and not each.node.name.startswith("_")):
                yield each

    def _plugins_named_in(self, path: str) -> list[str]:
        """Return the files of the project that a file names in ``pytest_plugins``."""
        context = self._parse(path)
        found: list[str] = []
        for node in context.module.tree.body if context is not None else ():
            if isinstance(node, ast.Assign) and any(_is_plugins(each) for each in node.targets):
                names = [each.value for each in ast.walk(node.value) if isinstance(each, ast.Constant)]
                found += filter(None, (self._locate(path, name) for name in names if isinstance(name, str)))
        return found

    def _class(self, path: str, base: ast.expr, hops: int = _HOPS) -> tuple[str, ast.ClassDef] | None:
        context = self._parse(path)
        if context is None:
            return None
        if (local := local_class(context.module, base)) is not None:
            return path, local
        dotted = context.module.resolve(base)
        return self._class_named(path, dotted, hops) if dotted else None

    def _class_named(self, path: str, dotted: str, hops: int) -> tuple[str, ast.ClassDef] | None:
        """Return the class that a dotted name means in a file, following what other modules import."""
        module, _, name = dotted.rpartition(".")
        file = self._locate(path, module + "." if not module.strip(".") else module)
        context = self._parse(file) if file is not None and hops else None
        found = context.module.scopes.module_names().get(name, []) if context is not None else []
        if file is None or len(found) != 1:
            return None
        if isinstance(found[0], ast.ClassDef):
            return file, found[0]
        if isinstance(found[0], (ast.Import, ast.ImportFrom)):
            further = imported(found[0], name)
            return self._class_named(file, further, hops - 1) if further else None
        return None


def _is_plugins(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "pytest_plugins"
