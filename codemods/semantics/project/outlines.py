"""The outlines of files, each read once: from the cache, else from the tree."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from codemods.folders import cache_folder
from codemods.semantics.project.cache import OutlineCache
from codemods.semantics.project.outline import Outline
from codemods.semantics.project.trees import BROKEN, Trees
from codemods.source import decode


class Outlines:
    """What modules bind; each is read when it is first asked for."""

    def __init__(self, read: Callable[[Path], bytes], trees: Trees) -> None:
        """Take ``read`` for the content of files, and the trees that there are already."""
        self._read = read
        self._trees = trees
        self._cache = OutlineCache(cache_folder())
        self._outlines: dict[Path, Outline | None] = {}

    def of(self, path: Path) -> Outline | None:
        """Return what a module binds; None if it can't be read."""
        if path not in self._outlines:
            try:
                self._outlines[path] = self._read_outline(path)
            except BROKEN:
                self._outlines[path] = None
        return self._outlines[path]

    def after(self, read: Callable[[Path], bytes], trees: Trees, changed: Collection[Path]) -> Outlines:
        """Return the outlines of the same files when some have changed."""
        other = Outlines(read, trees)
        other._outlines = {path: each for path, each in self._outlines.items() if path not in changed}
        return other

    def _read_outline(self, path: Path) -> Outline:
        data = self._read(path)
        if (kept := self._cache.get(path, data)) is not None:
            return kept
        from codemods.semantics.project.reading import read_outline

        text = decode(data).text
        found = read_outline(text, self._trees.tree(path, text))
        self._cache.put(path, data, found)
        return found
