"""The files that the index looks at, with their configuration."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from codemods.errors import FileError, UsageError
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.project.trees import Trees
from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
from codemods.semantics.pytest.configuration.pytest_lookup import PytestConfigs
from codemods.semantics.pytest.definitions import Definitions, OnlyDefinitions
from codemods.semantics.pytest.suite import Suite


class Modules:
    """The modules of a project and its environment, each looked at when it is first asked for."""

    def __init__(
        self, files: ModuleFiles, read: Callable[[Path], bytes], configs: PytestConfigs, trees: Trees,
        definitions: Definitions,
    ) -> None:  # fmt: skip
        """Take where the files are, what reads and parses them, and what is known of the names that they import."""
        self._trees = trees
        self._definitions = definitions
        self._files = files
        self._read = read
        self._configs = configs
        self._suites: dict[Path, Suite | None] = {}

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
