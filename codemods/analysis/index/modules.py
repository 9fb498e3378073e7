"""Reads the files that the index is asked about: outlines through the cache, trees when uses are followed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from codemods.errors import FileError, UsageError
from codemods.folders import cache_folder
from codemods.semantics.project.cache import OutlineCache
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.project.outline import Outline
from codemods.semantics.project.reading import read_outline
from codemods.semantics.project.trees import BROKEN, Trees
from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
from codemods.semantics.pytest.configuration.pytest_lookup import PytestConfigs
from codemods.semantics.pytest.definitions import Definitions, OnlyDefinitions
from codemods.semantics.pytest.suite import Suite
from codemods.source import decode


class Modules:
    """The modules of a project and its environment, each read when it is first asked for."""

    def __init__(
        self, root: Path, files: ModuleFiles, read: Callable[[Path], bytes], configs: PytestConfigs, trees: Trees,
        definitions: Definitions,
    ) -> None:  # fmt: skip
        """Take where the files are, ``read`` for their content, and what is known of the names that they import."""
        self._root = root
        self._trees = trees
        self._definitions = definitions
        self._files = files
        self._read = read
        self._configs = configs
        self._cache = OutlineCache(cache_folder())
        self._outlines: dict[Path, Outline | None] = {}
        self._suites: dict[Path, Suite | None] = {}

    def outline(self, path: Path) -> Outline | None:
        """Return what a module binds; None if it can't be read."""
        if path not in self._outlines:
            try:
                self._outlines[path] = self._read_outline(path)
            except BROKEN:
                self._outlines[path] = None
        return self._outlines[path]

    def _read_outline(self, path: Path) -> Outline:
        data = self._read(path)
        if (kept := self._cache.get(path, data)) is not None:
            return kept
        module = self._trees.kept(path)
        found = read_outline(decode(data).text, module.tree if module is not None else None)
        self._cache.put(path, data, found)
        return found

    def suite(self, path: Path) -> Suite | None:
        """Return a file that is told only what the names that it imports stand for; None if it can't be parsed."""
        if path not in self._suites:
            self._suites[path] = self._read_suite(path)
        return self._suites[path]

    def _read_suite(self, path: Path) -> Suite | None:
        module = self._trees.module(path)
        try:
            config = PytestConfig() if self._files.is_installed(path) else self._configs.at(path.parent)
        except UsageError:
            return None
        if module is None:
            return None
        definition = partial(self._definitions.find, module.path)
        return Suite(module.answered_by(OnlyDefinitions(definition)), config)

    def forget(self) -> None:
        """Let go of the trees; what is asked for again is parsed again."""
        self._suites.clear()
        self._definitions.forget()

    def mentions(self, path: Path, name: str) -> bool:
        """Return whether a name stands in a file."""
        try:
            return name.encode() in self._read(path)
        except FileError:
            return False
