"""What the files of a project do with event loops: fixtures that override one, functions that run one."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from codemods.analysis.awaits.driver_helpers import driver_helper
from codemods.analysis.index.modules import Modules, at_line, function_of
from codemods.analysis.index.running import implied, is_implied, running
from codemods.analysis.index.suites import Depth, Suites
from codemods.analysis.legacy.generator_uses import called_name, delegations
from codemods.analysis.legacy.yields import yields_by_function
from codemods.analysis.loops.keeping import only_keeps
from codemods.analysis.loops.making import loop_helper
from codemods.analysis.loops.scheduling import called_path, schedules
from codemods.model import Evidence
from codemods.semantics.access_path import AccessPath
from codemods.semantics.answers import DriverHelper
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, calls_in
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.project.lookup import Symbols
from codemods.semantics.project.outline import Function
from codemods.semantics.project.symbols import ClassSymbol, Either, FunctionSymbol, Symbol
from codemods.semantics.pytest.reach import reach_of
from codemods.semantics.pytest.suite import Suite


class LoopFacts:
    """Answers the questions about event loops."""

    def __init__(self, root: Path, files: ModuleFiles, modules: Modules, symbols: Symbols, suites: Suites) -> None:
        """Take what finds and reads the files."""
        self._root = root
        self._files = files
        self._modules = modules
        self._symbols = symbols
        self._suites = suites

    def runs(self, importer: Path, path: AccessPath) -> Evidence | None:
        """Return where a function of the project, or one that it uses, runs an event loop."""
        symbol = self._symbols.infer(importer, path)
        options = symbol.options if isinstance(symbol, Either) else (symbol,)
        return next(filter(None, map(self._runs, options)), None)

    def _runs(self, symbol: Symbol | None) -> Evidence | None:
        if isinstance(symbol, ClassSymbol):
            classes = filter(None, self._symbols.order(symbol))
            return next(filter(None, map(self._implied, classes)), None)
        return self._running(symbol)

    def _implied(self, owner: ClassSymbol) -> Evidence | None:
        """Return where what nothing calls by its name runs a loop: a method of a class, or a function that it binds."""
        suite = self._own_suite(owner.file)
        members = self._symbols.of_class(owner).members
        bound = [name for name, each in members.items() if is_implied(name) and not isinstance(each, Function)]
        found = implied(suite, owner.line) if suite is not None else None
        places = (self._running(self._symbols.member(owner, name)) for name in bound)
        return found or next(filter(None, places), None)

    def _running(self, symbol: Symbol | None) -> Evidence | None:
        suite, node = self._sync_function(symbol)
        if suite is None or node is None or not isinstance(symbol, FunctionSymbol):
            return None
        return running(suite, [node]) or self._runs_beyond(symbol.file, suite.module, node)

    def _runs_beyond(self, file: Path, module: Module, node: Definition) -> Evidence | None:
        """Return where a function of another file that a function calls itself runs an event loop."""
        paths = (called_path(module, each.func) for each in calls_in(node))
        symbols = (self._symbols.infer(file, each) for each in paths if each and each.is_qualified)
        found = (running(suite, [each]) for suite, each in map(self._sync_function, symbols) if suite and each)
        return next(filter(None, found), None)

    def _sync_function(self, symbol: Symbol | None) -> tuple[Suite | None, Definition | None]:
        suite, node = function_of(symbol, self._own_suite)
        # What a coroutine leads to ran in a loop before, too.
        return suite, node if isinstance(node, ast.FunctionDef) else None

    def _own_suite(self, file: Path) -> Suite | None:
        return None if self._files.is_installed(file) else self._modules.suite(file)

    def _function(self, importer: Path, path: AccessPath) -> tuple[Suite | None, Definition | None]:
        """Return the function of the project that a path leads to, and its file."""
        return function_of(self._symbols.infer(importer, path), self._own_suite)

    def made(self, importer: Path, path: AccessPath, depth: Depth) -> str | None:
        """Return what kind of event loop a function returns."""
        symbol = self._symbols.infer(importer, path)
        suite, node = function_of(symbol, lambda file: self._suites.suite(file, depth))
        made = loop_helper(suite.module, node) if suite is not None and node is not None else None
        return made.value if made is not None else None

    def driver_helper(self, importer: Path, path: AccessPath) -> DriverHelper | None:
        """Return how a function of the project that does nothing else runs the coroutine that it is given."""
        suite, node = self._function(importer, path)
        return driver_helper(suite.module, node) if suite is not None and node is not None else None

    def only_keeps(self, importer: Path, path: AccessPath) -> bool:
        """Return whether a class of the project does nothing but keep values when an instance is made."""
        symbol = self._symbols.infer(importer, path)
        classes = self._symbols.order(symbol) if isinstance(symbol, ClassSymbol) else [None]
        return all(each is not None and self._only_keeps(each) for each in classes)

    def _only_keeps(self, owner: ClassSymbol) -> bool:
        suite = self._own_suite(owner.file)
        node = at_line(suite.module.nodes(ast.ClassDef), owner.line) if suite is not None else None
        return suite is not None and node is not None and only_keeps(suite.module, node)

    def begins_tasks(self, importer: Path, path: AccessPath) -> Evidence | None:
        """Return where a function of the project, or one of its file that it uses, begins tasks."""
        suite, node = self._function(importer, path)
        if suite is None or node is None:
            return None
        reached = sorted(reach_of(suite).closure(node), key=lambda each: each.lineno)
        found = next(filter(schedules, reached), None)
        return suite.module.evidence(found) if found is not None else None

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
