"""The files that the index looks at, with their configuration, and what symbols lead to in their trees."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Hashable, Iterable, MutableMapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from codemods.errors import FileError, UsageError
from codemods.semantics.file.order import Definition
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.project.symbols import FunctionSymbol, Symbol
from codemods.semantics.project.trees import Trees
from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
from codemods.semantics.pytest.configuration.pytest_lookup import PytestConfigs
from codemods.semantics.pytest.definitions import Definitions, OnlyDefinitions
from codemods.semantics.pytest.suite import Suite

Node = TypeVar("Node", ast.ClassDef, Definition)
Key = TypeVar("Key", bound=Hashable)


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
        """Return a file that is answered only what the names that it imports stand for; None if it can't be parsed."""
        if path not in self._suites:
            self._suites[path] = self._read_suite(path)
        return self._suites[path]

    def _read_suite(self, path: Path) -> Suite | None:
        module, config = self._trees.module(path), self.config(path)
        if module is None or config is None:
            return None
        definition = partial(self._definitions.find, module.path)
        return Suite(module.answered_by(OnlyDefinitions(definition)), config)

    def config(self, path: Path) -> PytestConfig | None:
        """Return the pytest configuration of a file; None if it is broken."""
        try:
            return PytestConfig() if self._files.is_installed(path) else self._configs.at(path.parent)
        except UsageError:
            return None

    def is_test_module(self, path: Path) -> bool:
        """Return whether pytest collects tests from a file, which isn't parsed for that; not where nothing tells."""
        config = self.config(path)
        return config is not None and config.matches_file(self._trees.shown(path))

    def forget(self) -> None:
        """Let go of the trees; what is asked for again is parsed again."""
        forget_suites(self._suites)
        self._definitions.forget()

    def data(self, path: Path) -> bytes:
        """Return the content of a file, nothing if it can't be read."""
        try:
            return self._read(path)
        except FileError:
            return b""

    def mentions(self, path: Path, name: str) -> bool:
        """Return whether a name stands in a file."""
        return os.fsencode(name) in self.data(path)


def forget_suites(suites: MutableMapping[Key, Suite | None]) -> None:
    """Let go of files, with what was worked out about them, which leads back to them."""
    for each in suites.values():
        if each is not None:
            each.memo.clear()
            each.module.memo.clear()
    suites.clear()


def at_line(nodes: Iterable[Node], line: int) -> Node | None:
    """Return the class or function that begins at a line."""
    return next((each for each in nodes if each.lineno == line), None)


def function_of(
    symbol: Symbol | None, suite: Callable[[Path], Suite | None]
) -> tuple[Suite | None, Definition | None]:  # fmt: skip
    """Return the file that a function stands in, as ``suite`` gives it, and the function."""
    if not isinstance(symbol, FunctionSymbol) or (found := suite(symbol.file)) is None:
        return None, None
    return found, at_line(found.module.definitions, symbol.line)
