"""What the files of a project do with event loops: fixtures that override one, functions that run one."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

from codemods.analysis.index.files import ModuleFiles
from codemods.analysis.index.knowledge import About, Known, Question
from codemods.analysis.index.lookup import Symbols
from codemods.analysis.index.modules import Modules
from codemods.analysis.index.symbols import FunctionSymbol
from codemods.analysis.loops.becoming_async import fetching
from codemods.analysis.loops.drivers import drivers_in
from codemods.analysis.loops.overrides import OverrideKind, classify_override
from codemods.analysis.sleeping.reach import Reach
from codemods.analysis.suite import Suite
from codemods.model import Evidence

ABOUT_LOOPS = frozenset({About.OVERRIDE, About.OVERRIDDEN, About.FETCHED, About.DRIVEN, About.AWAITED, About.RUNS})
_NOTHING = Known()


class LoopFacts:
    """Answers the questions about event loops."""

    def __init__(
        self, root: Path, files: ModuleFiles, modules: Modules, symbols: Symbols,
        suite: Callable[[Path], Suite | None],
    ) -> None:  # fmt: skip
        """Take what finds and reads the files; ``suite`` returns one that may ask in its turn."""
        self._root = root
        self._files = files
        self._modules = modules
        self._symbols = symbols
        self._suite = suite

    def answer(self, importer: Path, question: Question) -> Known:
        """Return what is known of something that a file asks."""
        if question.about is About.OVERRIDE:
            return self._override(importer, question.path)
        if question.about is About.RUNS:
            return self._runs(importer, question.path)
        for file in self._files.below(importer.parent):
            if file != importer and self._modules.mentions(file, question.path):
                suite = self._suite(file)
                node = _place(suite, question) if suite is not None else None
                if suite is not None and node is not None:
                    return _told(suite, node)
        return _NOTHING

    def _override(self, importer: Path, name: str) -> Known:
        """Return what the nearest fixture of a name in a conftest, or one of a plugin, does with the event loop."""
        for file in (*self._modules.fixture_files(importer), *self._plugins(importer, name)):
            suite = self._suite(file)
            named = [each for each in suite.fixtures if each.name == name] if suite is not None else []
            if suite is not None and named:
                kinds = {classify_override(suite.module, each.node).kind for each in named}
                kind = kinds.pop() if len(kinds) == 1 else OverrideKind.OTHER
                return Known(evidence=suite.module.evidence(named[0].node), loop=kind.value)
        return _NOTHING

    def _plugins(self, importer: Path, name: str) -> Iterator[Path]:
        """Yield the project's files, neither tests nor conftests, that mention a name: a conftest may import them."""
        for file in self._files.below(self._root):
            if file != importer and file.name != "conftest.py" and self._modules.mentions(file, name):
                suite = self._modules.suite(file)
                if suite is not None and not suite.is_test_module:
                    yield file

    def _runs(self, importer: Path, path: str) -> Known:
        symbol = self._symbols.find(importer, path)
        if not isinstance(symbol, FunctionSymbol) or self._files.is_installed(symbol.file):
            return _NOTHING
        suite = self._modules.suite(symbol.file)
        found = [each for each in suite.module.definitions if each.lineno == symbol.line] if suite is not None else []
        if suite is None or not found:
            return _NOTHING
        calls = (call for each in Reach(suite).closure(found[0]) for call in drivers_in(suite.module, each))
        node = next(calls, None)
        return _told(suite, node) if node is not None else _NOTHING


def _told(suite: Suite, node: ast.AST) -> Known:
    evidence: Evidence = suite.module.evidence(node)
    return Known(evidence=evidence, loop="runs")


def _place(suite: Suite, question: Question) -> ast.AST | None:
    """Return where a file does with a fixture what is asked about, or None."""
    if question.about is About.OVERRIDDEN:
        named = (each.node for each in suite.fixtures if each.name == question.path)
        return next(
            (each for each in named if classify_override(suite.module, each).kind is not OverrideKind.PLAIN), None
        )
    if question.about is About.FETCHED:
        return fetching(suite.module, question.path)
    for user in suite.users(question.path):
        is_async = isinstance(user, ast.AsyncFunctionDef)
        if question.about is About.AWAITED and is_async:
            return user
        if question.about is About.DRIVEN and not is_async:
            return next(drivers_in(suite.module, user), None)
    return None
