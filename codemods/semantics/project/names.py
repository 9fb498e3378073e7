"""Where a project binds what a dotted name means: through imports, re-exports, packages, and imports of all names."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from codemods.semantics.file.module import Module
from codemods.semantics.file.names import is_standard
from codemods.semantics.file.scopes import imported, source_of

_HOPS = 6
"""How many modules are followed that import a name from each other."""
Bound = tuple[str, ast.AST]
"""A file, and the node in it that binds a name."""


class NameResolver:
    """Resolves names in the files of a project; each is parsed when a name leads there."""

    def __init__(self, locate: Callable[[str, str], str | None], parse: Callable[[str], Module | None]) -> None:
        """Take what finds the file of a module, as another file names it, and what parses one."""
        self._locate = locate
        self._parse = parse
        self._found: dict[tuple[str, str, int], Bound | None] = {}

    def forget(self) -> None:
        """Let go of what was found, which are nodes."""
        self._found.clear()

    def defined(self, path: str, dotted: str, hops: int = _HOPS) -> Bound | None:
        """Return what a dotted name, as a file imports it, means, if it has one binding."""
        there = self.located(path, dotted, hops)
        return self.named(*there, hops - 1) if there is not None and hops else None

    def located(self, path: str, dotted: str, hops: int = _HOPS) -> tuple[str, str] | None:
        """Return the file of the module in a dotted name, as another file says it, and the name that follows."""
        module, dot, name = dotted.rpartition(".")
        if not dot:
            return None
        file = self._locate(path, module + "." if not module.strip(".") else module)
        if file is None and hops and (package := self.located(path, module, hops - 1)) is not None:
            # A package may give a module another name, or one of another file.
            found = self._bindings(*package)
            aliases = [imported(each, package[1]) for each in found if isinstance(each, (ast.Import, ast.ImportFrom))]
            return self.located(package[0], f"{aliases[0]}.{name}", hops - 1) if aliases and len(found) == 1 else None
        return (file, name) if file is not None else None

    def named(self, path: str, name: str, hops: int = _HOPS) -> Bound | None:
        """Return what a name of a module means, if it has one binding, and where that stands."""
        key = path, name, hops
        if key not in self._found:
            self._found[key] = self._named(path, name, hops)
        return self._found[key]

    def _named(self, path: str, name: str, hops: int) -> Bound | None:
        found = self._bindings(path, name)
        if len(found) == 1 and not isinstance(found[0], (ast.Import, ast.ImportFrom)):
            return path, found[0]
        dotted = [imported(each, name) for each in found if isinstance(each, (ast.Import, ast.ImportFrom))]
        sources = dotted if len(found) == 1 else self._by_stars(path, name) if not found else ()
        return next(filter(None, (self.defined(path, each, hops) for each in sources if each)), None)

    def _bindings(self, path: str, name: str) -> list[ast.AST]:
        module = self._parse(path)
        return module.scopes.module_names().get(name, []) if module is not None else []

    def _by_stars(self, path: str, name: str) -> Iterator[str]:
        """Yield the dotted names that a name may have by the imports of all names of a module."""
        module = self._parse(path)
        for each in stars(module) if module is not None else ():
            source = source_of(each)
            file = self._locate(path, source)
            if file is not None and (there := self._parse(file)) is not None and _shows(there, name):
                yield source + ("" if source.endswith(".") else ".") + name


def stars(module: Module) -> list[ast.ImportFrom]:
    """Return the imports of all names of a module, the last first; those of the standard library left out."""
    return [each for each in reversed(module.star_imports) if each.level or not is_standard(each.module or "")]


def exported(module: Module) -> frozenset[str | None] | None:
    """Return what ``__all__`` says, None among it for what can't be told; None if a module has none."""
    nodes = module.scopes.module_names().get("__all__", [])
    parent = module.parents.get(nodes[0]) if len(nodes) == 1 else None
    value = parent.value if isinstance(parent, ast.Assign) else None
    if not isinstance(value, (ast.List, ast.Tuple)):
        return frozenset({None}) if nodes else None
    texts = (each.value if isinstance(each, ast.Constant) else None for each in value.elts)
    return frozenset(each if isinstance(each, str) else None for each in texts)


def _shows(module: Module, name: str) -> bool:
    """Return whether a module gives a name to who imports all of its names, or may."""
    named = exported(module)
    return not name.startswith("_") if named is None else name in named or None in named
