"""What the files of a project do with event loops: fixtures that override one, functions that run one."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from codemods.analysis.awaits.driver_helpers import driver_helper
from codemods.analysis.index.files import ModuleFiles
from codemods.analysis.index.importing import taken
from codemods.analysis.index.knowledge import About, Known, Question
from codemods.analysis.index.lookup import Symbols, placed
from codemods.analysis.index.modules import Modules
from codemods.analysis.index.symbols import ClassSymbol, FunctionSymbol
from codemods.analysis.legacy.generator_uses import called_name, delegations
from codemods.analysis.legacy.yields import yields_by_function
from codemods.analysis.loops.becoming_async import fetching
from codemods.analysis.loops.drivers import drivers_in, handed_drivers, schedules
from codemods.analysis.loops.overrides import OverrideKind, classify_override
from codemods.analysis.order import Definition
from codemods.analysis.sleeping.reach import Reach, is_autouse
from codemods.analysis.suite import Suite
from codemods.model import Evidence

ABOUT_LOOPS = frozenset(
    {
        About.OVERRIDE, About.OVERRIDDEN, About.FETCHED, About.DRIVEN, About.AWAITED, About.RUNS,
        About.DRIVES, About.SCHEDULES, About.SET_UP, About.IMPORTED, About.DELEGATED,
    }
)  # fmt: skip
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
        self._answers: Mapping[About, Callable[[Path, str], Known]] = {
            About.OVERRIDE: self._override,
            About.RUNS: lambda importer, path: self._runs(*placed(importer, path)),
            About.DRIVES: self._drives,
            About.SCHEDULES: self._schedules,
            About.SET_UP: self._set_up,
            About.IMPORTED: self._imported,
            About.DELEGATED: self._delegated,
        }
        self._by_module: dict[Path, list[Path]] = {}

    def answer(self, importer: Path, question: Question) -> Known:
        """Return what is known of something that a file asks."""
        if (answer := self._answers.get(question.about)) is not None:
            return answer(importer, question.path)
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
        if isinstance(symbol, ClassSymbol) and not self._files.is_installed(symbol.file):
            suite = self._modules.suite(symbol.file)
            return _implied(suite, symbol.line) if suite is not None else _NOTHING
        suite, node = self._function(importer, path)
        # What a coroutine leads to ran in a loop before, too.
        return _running(suite, [node]) if suite is not None and isinstance(node, ast.FunctionDef) else _NOTHING

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
            return _NOTHING
        kind = "run" if helper.is_run else "complete"
        return Known(evidence=suite.module.evidence(node), loop=kind, gives_nothing=not helper.returns)

    def _schedules(self, importer: Path, path: str) -> Known:
        suite, node = self._function(importer, path)
        if suite is None or node is None:
            return _NOTHING
        found = next(filter(schedules, Reach(suite).closure(node)), None)
        return Known(evidence=suite.module.evidence(found), loop="schedules") if found is not None else _NOTHING

    def _set_up(self, importer: Path, name: str) -> Known:
        for file in self._modules.fixture_files(importer):
            suite = self._modules.suite(file)
            found = suite.fixtures if suite is not None else []
            named = [each.node for each in found if (each.name == name if name else is_autouse(each))]
            if suite is not None and (told := _running(suite, named)).evidence is not None:
                return replace(told, path=f"`{name}`" if name else "of a conftest.py")
            if name and named:
                return _NOTHING
        for suite in self._plugin_suites if name else ():
            named = [each.node for each in suite.fixtures if each.name == name]
            if named and (told := _running(suite, named)).evidence is not None:
                return replace(told, path=f"`{name}`")
        return _NOTHING

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
                    return _told(suite, node)
        return _NOTHING

    def _delegated(self, importer: Path, name: str) -> Known:
        found = (each for file, each in self._delegations.get(name, ()) if file != importer)
        return next(found, _NOTHING)

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


def _implied(suite: Suite, line: int) -> Known:
    """Return where a method of the class of a line runs a loop though nothing calls it: ``__init__``, a property."""
    module = suite.module
    owner = next((each for each in module.nodes(ast.ClassDef) if each.lineno == line), None)
    for each in owner.body if owner is not None else ():
        if isinstance(each, ast.FunctionDef):
            # ``__del__`` runs at any time, in a running loop, too.
            special = each.name.startswith("__") and each.name != "__del__"
            is_property = "property" in map(module.segment, each.decorator_list)
            if (special or is_property) and (call := next(drivers_in(module, each), None)) is not None:
                return _told(suite, call)
    return _NOTHING


def _running(suite: Suite, nodes: Sequence[Definition]) -> Known:
    """Return where one of some functions, or what it uses, runs an event loop."""
    reach = Reach(suite)
    functions = [each for node in nodes for each in reach.closure(node)]
    calls = (call for each in functions for call in drivers_in(suite.module, each))
    node: ast.AST | None = next(calls, None)
    if node is None and functions:
        inside = {each for function in functions for each in ast.walk(function)}
        node = next((each for each in handed_drivers(suite.module) if each in inside), None)
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
