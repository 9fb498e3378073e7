"""What the files of a project do with event loops: fixtures that override one, functions that run one."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from codemods.analysis.awaits.driver_helpers import driver_helper
from codemods.analysis.index.modules import Modules
from codemods.analysis.index.running import implied, running
from codemods.analysis.legacy.generator_uses import called_name, delegations
from codemods.analysis.legacy.yields import yields_by_function
from codemods.analysis.loops.becoming_async import fetching
from codemods.analysis.loops.drivers import drivers_in
from codemods.analysis.loops.overrides import OverrideKind, classify_override
from codemods.analysis.loops.scheduling import schedules
from codemods.analysis.sleeping.reach import is_autouse, reach_of
from codemods.model import Evidence
from codemods.semantics.answers import DriverHelper, LoopOverride, LoopSetUp
from codemods.semantics.file.order import Definition
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.project.importing import taken
from codemods.semantics.project.lookup import Symbols, placed
from codemods.semantics.project.symbols import ClassSymbol, FunctionSymbol
from codemods.semantics.pytest.suite import Suite

Suites = Callable[[Path], Suite | None]
"""What gives a file that may ask in its turn."""
Search = Callable[[Suite, str], ast.AST | None]
"""What finds what a file does with the fixture of a name."""


class LoopFacts:
    """Answers the questions about event loops."""

    def __init__(self, root: Path, files: ModuleFiles, modules: Modules, symbols: Symbols) -> None:
        """Take what finds and reads the files."""
        self._root = root
        self._files = files
        self._modules = modules
        self._symbols = symbols
        self._by_module: dict[Path, list[Path]] = {}

    def below(self, importer: Path, name: str, find: Search, suites: Suites) -> Evidence | None:
        """Return what is found in a file below that is about the fixture of a name."""
        for file in self._files.below(importer.parent):
            if file != importer and self._modules.mentions(file, name):
                suite = suites(file)
                node = find(suite, name) if suite is not None else None
                if suite is not None and node is not None:
                    return suite.module.evidence(node)
        return None

    def override(self, importer: Path, name: str, suites: Suites) -> LoopOverride | None:
        """Return what the nearest fixture of a name in a conftest, or one of a plugin, does with the event loop."""
        for file in (*self._modules.fixture_files(importer), *self._plugins(importer, name)):
            suite = suites(file)
            named = [each for each in suite.fixtures if each.name == name] if suite is not None else []
            if suite is not None and named:
                kinds = {classify_override(suite.module, each.node).kind for each in named}
                kind = kinds.pop() if len(kinds) == 1 else OverrideKind.OTHER
                return LoopOverride(kind.value, suite.module.evidence(named[0].node))
        return None

    def _plugins(self, importer: Path, name: str) -> Iterator[Path]:
        """Yield the project's files, neither tests nor conftests, that mention a name: a conftest may import them."""
        for file in self._files.below(self._root):
            if file != importer and file.name != "conftest.py" and self._modules.mentions(file, name):
                suite = self._modules.suite(file)
                if suite is not None and not suite.is_test_module:
                    yield file

    def runs(self, importer: Path, path: str) -> Evidence | None:
        """Return where a function of the project, or one of its file that it uses, runs an event loop."""
        importer, path = placed(importer, path)
        symbol = self._symbols.find(importer, path)
        if isinstance(symbol, ClassSymbol) and not self._files.is_installed(symbol.file):
            suite = self._modules.suite(symbol.file)
            return implied(suite, symbol.line) if suite is not None else None
        suite, node = self._function(importer, path)
        # What a coroutine leads to ran in a loop before, too.
        return running(suite, [node]) if suite is not None and isinstance(node, ast.FunctionDef) else None

    def _function(self, importer: Path, path: str) -> tuple[Suite | None, Definition | None]:
        """Return the function of the project that a path leads to, and its file."""
        symbol = self._symbols.find(importer, path)
        if not isinstance(symbol, FunctionSymbol) or self._files.is_installed(symbol.file):
            return None, None
        suite = self._modules.suite(symbol.file)
        found = [each for each in suite.module.definitions if each.lineno == symbol.line] if suite is not None else []
        return suite, next(iter(found), None)

    def driver_helper(self, importer: Path, path: str) -> DriverHelper | None:
        """Return how a function of the project that does nothing else runs the coroutine that it is given."""
        suite, node = self._function(importer, path)
        return driver_helper(suite.module, node) if suite is not None and node is not None else None

    def begins_tasks(self, importer: Path, path: str) -> Evidence | None:
        """Return where a function of the project, or one of its file that it uses, begins tasks."""
        suite, node = self._function(importer, path)
        if suite is None or node is None:
            return None
        found = next(filter(schedules, reach_of(suite).closure(node)), None)
        return suite.module.evidence(found) if found is not None else None

    def set_up(self, importer: Path, name: str) -> LoopSetUp | None:
        """Return the nearest fixture of a name that runs a loop; of no name, one that is used automatically."""
        for file in self._modules.fixture_files(importer):
            suite = self._modules.suite(file)
            found = suite.fixtures if suite is not None else []
            named = [each.node for each in found if (each.name == name if name else is_autouse(each))]
            if suite is not None and (place := running(suite, named)) is not None:
                return LoopSetUp(f"`{name}`" if name else "of a conftest.py", place)
            if name and named:
                return None
        for suite in self._plugin_suites if name else ():
            named = [each.node for each in suite.fixtures if each.name == name]
            if named and (place := running(suite, named)) is not None:
                return LoopSetUp(f"`{name}`", place)
        return None

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

    def imported(self, importer: Path, path: str) -> Evidence | None:
        """Return where another file takes a function, or a method by way of its class or an heir, from a module."""
        module = importer.parent.name if importer.name == "__init__.py" else importer.stem
        names = path.split(".")
        for file in self._mentioning(importer, module):
            if any(self._modules.mentions(file, each) for each in names):
                suite = self._modules.suite(file)
                if suite is not None and (node := taken(suite.module, module, names)) is not None:
                    return suite.module.evidence(node)
        return None

    def delegated(self, importer: Path, name: str) -> Evidence | None:
        """Return where a generator of another file that isn't a coroutine yields from a call of that name."""
        return next((each for file, each in self._delegations.get(name, ()) if file != importer), None)

    @cached_property
    def _delegations(self) -> Mapping[str, list[tuple[Path, Evidence]]]:
        """Where the plain generators of the project yield from calls, by the name of what they call."""
        found: defaultdict[str, list[tuple[Path, Evidence]]] = defaultdict(list)
        for file in self._files.below(self._root):
            suite = self._modules.suite(file) if self._modules.mentions(file, "yield from") else None
            for _, value in delegations(suite, yields_by_function(suite.module)) if suite is not None else ():
                if suite is not None and (name := called_name(suite.module, value)) is not None:
                    found[name].append((file, suite.module.evidence(value)))
        return found


def overriding(suite: Suite, name: str) -> ast.AST | None:
    """Return a fixture of a name that does more than make a loop."""
    named = (each.node for each in suite.fixtures if each.name == name)
    return next((each for each in named if classify_override(suite.module, each).kind is not OverrideKind.PLAIN), None)


def fetch(suite: Suite, name: str) -> ast.AST | None:
    """Return where the fixture of a name is got by ``getfixturevalue``."""
    return fetching(suite.module, name)


def awaiting(suite: Suite, name: str) -> ast.AST | None:
    """Return an async function that asks for the fixture of a name."""
    return next((each for each in suite.users(name) if isinstance(each, ast.AsyncFunctionDef)), None)


def driving(suite: Suite, name: str) -> ast.AST | None:
    """Return where a sync function that asks for the fixture of a name runs an event loop."""
    users = (each for each in suite.users(name) if isinstance(each, ast.FunctionDef))
    return next((call for each in users for call in drivers_in(suite.module, each)), None)
