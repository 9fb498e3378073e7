"""What the files of a project do with event loops: fixtures that override one, functions that run one."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from codemods.analysis.awaits.driver_helpers import driver_helper
from codemods.analysis.index.modules import Modules
from codemods.analysis.index.running import NOTHING, implied, running, told
from codemods.analysis.legacy.generator_uses import called_name, delegations
from codemods.analysis.legacy.yields import yields_by_function
from codemods.analysis.loops.becoming_async import fetching
from codemods.analysis.loops.drivers import drivers_in
from codemods.analysis.loops.overrides import OverrideKind, classify_override
from codemods.analysis.loops.scheduling import schedules
from codemods.analysis.sleeping.reach import is_autouse, reach_of
from codemods.semantics.file.order import Definition
from codemods.semantics.knowledge import About, Known, Question
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.project.importing import taken
from codemods.semantics.project.lookup import Symbols, placed
from codemods.semantics.project.symbols import ClassSymbol, FunctionSymbol
from codemods.semantics.pytest.suite import Suite

ABOUT_LOOPS = frozenset(
    {
        About.OVERRIDE, About.OVERRIDDEN, About.FETCHED, About.DRIVEN, About.AWAITED, About.RUNS,
        About.DRIVES, About.SCHEDULES, About.SET_UP, About.IMPORTED, About.DELEGATED,
    }
)  # fmt: skip


class LoopFacts:
    """Answers the questions about event loops."""

    def __init__(self, root: Path, files: ModuleFiles, modules: Modules, symbols: Symbols) -> None:
        """Take what finds and reads the files."""
        self._root = root
        self._files = files
        self._modules = modules
        self._symbols = symbols
        self._answers: Mapping[About, Callable[[Path, str], Known]] = {
            About.RUNS: lambda importer, path: self._runs(*placed(importer, path)),
            About.DRIVES: self._drives,
            About.SCHEDULES: self._schedules,
            About.SET_UP: self._set_up,
            About.IMPORTED: self._imported,
            About.DELEGATED: self._delegated,
        }
        self._by_module: dict[Path, list[Path]] = {}

    def answer(self, importer: Path, question: Question, asking: Callable[[Path], Suite | None]) -> Known:
        """Return what is known of something that a file asks; ``asking`` returns a file that may ask in its turn."""
        if question.about is About.OVERRIDE:
            return self._override(importer, question.path, asking)
        if (answer := self._answers.get(question.about)) is not None:
            return answer(importer, question.path)
        for file in self._files.below(importer.parent):
            if file != importer and self._modules.mentions(file, question.path):
                suite = asking(file)
                node = _place(suite, question) if suite is not None else None
                if suite is not None and node is not None:
                    return told(suite, node)
        return NOTHING

    def _override(self, importer: Path, name: str, asking: Callable[[Path], Suite | None]) -> Known:
        """Return what the nearest fixture of a name in a conftest, or one of a plugin, does with the event loop."""
        for file in (*self._modules.fixture_files(importer), *self._plugins(importer, name)):
            suite = asking(file)
            named = [each for each in suite.fixtures if each.name == name] if suite is not None else []
            if suite is not None and named:
                kinds = {classify_override(suite.module, each.node).kind for each in named}
                kind = kinds.pop() if len(kinds) == 1 else OverrideKind.OTHER
                return Known(evidence=suite.module.evidence(named[0].node), loop=kind.value)
        return NOTHING

    def _plugins(self, importer: Path, name: str) -> Iterator[Path]:
        """Yield the project's files, neither tests nor conftests, that mention a name: a conftest may import them."""
        for file in self._files.below(self._root):
            if file != importer and file.name != "conftest.py" and self._modules.mentions(file, name):
                suite = self._modules.suite(file)
                if suite is not None and not suite.is_test_module:
                    yield file

    def _runs(self, importer: Path, path: str) -> Known:
        symbol = self._symbols.find(importer, path)
        if isinstance(symbol, ClassSymbol) and not self._files.is_installed(symbol.file):
            suite = self._modules.suite(symbol.file)
            return implied(suite, symbol.line) if suite is not None else NOTHING
        suite, node = self._function(importer, path)
        # What a coroutine leads to ran in a loop before, too.
        return running(suite, [node]) if suite is not None and isinstance(node, ast.FunctionDef) else NOTHING

    def _function(self, importer: Path, path: str) -> tuple[Suite | None, Definition | None]:
        """Return the function of the project that a path leads to, and its file."""
        symbol = self._symbols.find(importer, path)
        if not isinstance(symbol, FunctionSymbol) or self._files.is_installed(symbol.file):
            return None, None
        suite = self._modules.suite(symbol.file)
        found = [each for each in suite.module.definitions if each.lineno == symbol.line] if suite is not None else []
        return suite, next(iter(found), None)

    def _drives(self, importer: Path, path: str) -> Known:
        suite, node = self._function(importer, path)
        helper = driver_helper(suite.module, node) if suite is not None and node is not None else None
        if suite is None or node is None or helper is None:
            return NOTHING
        kind = "run" if helper.is_run else "complete"
        return Known(evidence=suite.module.evidence(node), loop=kind, gives_nothing=not helper.returns)

    def _schedules(self, importer: Path, path: str) -> Known:
        suite, node = self._function(importer, path)
        if suite is None or node is None:
            return NOTHING
        found = next(filter(schedules, reach_of(suite).closure(node)), None)
        return Known(evidence=suite.module.evidence(found), loop="schedules") if found is not None else NOTHING

    def _set_up(self, importer: Path, name: str) -> Known:
        for file in self._modules.fixture_files(importer):
            suite = self._modules.suite(file)
            found = suite.fixtures if suite is not None else []
            named = [each.node for each in found if (each.name == name if name else is_autouse(each))]
            if suite is not None and (known := running(suite, named)).evidence is not None:
                return replace(known, path=f"`{name}`" if name else "of a conftest.py")
            if name and named:
                return NOTHING
        for suite in self._plugin_suites if name else ():
            named = [each.node for each in suite.fixtures if each.name == name]
            if named and (known := running(suite, named)).evidence is not None:
                return replace(known, path=f"`{name}`")
        return NOTHING

    def _mentioning(self, importer: Path, module: str) -> list[Path]:
        """Return the other files that hold a module's name: those of one file are looked for once."""
        if importer not in self._by_module:
            others = (each for each in self._files.below(self._root) if each != importer)
            self._by_module[importer] = [each for each in others if self._modules.mentions(each, module)]
        return self._by_module[importer]

    @cached_property
    def _plugin_suites(self) -> list[Suite]:
        """The files that are neither tests nor conftests and define fixtures: a conftest may import them."""
        files = (each for each in self._files.below(self._root) if each.name != "conftest.py")
        suites = (self._modules.suite(each) for each in files if self._modules.mentions(each, "fixture"))
        return [each for each in suites if each is not None and each.fixtures and not each.is_test_module]

    def _imported(self, importer: Path, path: str) -> Known:
        """Return where another file takes a function, or a method by way of its class or an heir, from a module."""
        module = importer.parent.name if importer.name == "__init__.py" else importer.stem
        names = path.split(".")
        for file in self._mentioning(importer, module):
            if any(self._modules.mentions(file, each) for each in names):
                suite = self._modules.suite(file)
                if suite is not None and (node := taken(suite.module, module, names)) is not None:
                    return told(suite, node)
        return NOTHING

    def _delegated(self, importer: Path, name: str) -> Known:
        found = (each for file, each in self._delegations.get(name, ()) if file != importer)
        return next(found, NOTHING)

    @cached_property
    def _delegations(self) -> Mapping[str, list[tuple[Path, Known]]]:
        """Where the plain generators of the project yield from calls, by the name of what they call."""
        found: defaultdict[str, list[tuple[Path, Known]]] = defaultdict(list)
        for file in self._files.below(self._root):
            suite = self._modules.suite(file) if self._modules.mentions(file, "yield from") else None
            for _, value in delegations(suite, yields_by_function(suite.module)) if suite is not None else ():
                if suite is not None and (name := called_name(suite.module, value)) is not None:
                    found[name].append((file, Known(evidence=suite.module.evidence(value), loop="delegates")))
        return found


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
            return next(iter(drivers_in(suite.module, user)), None)
    return None
