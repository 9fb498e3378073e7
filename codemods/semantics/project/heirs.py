"""The classes of a project that inherit from another one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path

from codemods.semantics.access_path import AccessPath
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.project.lookup import Symbols
from codemods.semantics.project.symbols import ClassSymbol

_CLASS = re.compile(rb"^[ \t\f]*class\s+(\w+)\s*(?:\[[^\]]*\]\s*)?\(([^)]*)", re.M)
_ALIAS = re.compile(rb"\b(\w+)\s+as\s+(\w+)")
_WORD = re.compile(rb"\w+")
_MOST = 32
"""How many classes are followed to their own heirs."""


class Heirs:
    """Finds the heirs of classes; the files are read once, and only those are looked into that name a base."""

    def __init__(self, root: Path, files: ModuleFiles, data: Callable[[Path], bytes], symbols: Symbols) -> None:
        """Take the files of the project at ``root``, their content, and what knows the order of a class's bases."""
        self._root = root
        self._files = files
        self._data = data
        self._symbols = symbols
        self.of = cache(self._heirs_of)

    def _heirs_of(self, owner: ClassSymbol) -> list[ClassSymbol]:
        """Return the classes at the top of the project's modules that have a class among their bases, at any depth."""
        found: dict[ClassSymbol, None] = {}
        waiting = [owner]
        for each in waiting:
            for file, name in self._by_base.get(each.name, ()):
                heir = self._symbols.infer(file, AccessPath.local(name))
                if isinstance(heir, ClassSymbol) and heir not in found and owner in self._symbols.order(heir)[1:]:
                    found[heir] = None
                    if len(waiting) < _MOST:
                        waiting.append(heir)
        return [*found]

    @cached_property
    def _by_base(self) -> Mapping[str, list[tuple[Path, str]]]:
        """The classes by the last names of their bases, as the texts of the files have them."""
        found: defaultdict[str, list[tuple[Path, str]]] = defaultdict(list)
        for file in self._files.below(self._root):
            for name, bases in _classes(self._data(file)):
                for base in bases:
                    found[base].append((file, name))
        return found


def _classes(data: bytes) -> Iterator[tuple[str, set[str]]]:
    """Yield the classes of a text with the names in their bases, and those that these are other names of."""
    classes = _CLASS.findall(data)
    imported = {alias: name for name, alias in _ALIAS.findall(data)} if classes else {}
    for name, bases in classes:
        words = set(_WORD.findall(bases))
        yield name.decode(), {each.decode() for each in words | {imported[each] for each in words & imported.keys()}}
