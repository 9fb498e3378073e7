"""What a file asks about the code of others: what a path stands for."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import takewhile
from pathlib import Path

from codemods.analysis.index.modules import Modules
from codemods.model import Evidence
from codemods.semantics.access_path import AccessPath
from codemods.semantics.answers import Answer, Callee, ImportedName
from codemods.semantics.decorators import is_transparent
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.project.heirs import Heirs
from codemods.semantics.project.kinds import Kinds
from codemods.semantics.project.lookup import Symbols
from codemods.semantics.project.outline import SYNC
from codemods.semantics.project.symbols import ClassSymbol, Either, FunctionSymbol, InstanceSymbol, Symbol
from codemods.semantics.pytest.definitions import Definitions
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.awaitable import of_built_in


class Facts:
    """Answers by following names through the project and what it imports."""

    def __init__(
        self, root: Path, files: ModuleFiles, modules: Modules, definitions: Definitions, symbols: Symbols,
        heirs: Heirs,
    ) -> None:  # fmt: skip
        """Take where the modules of the project at ``root`` are, and what reads them."""
        self._root = root
        self._files = files
        self._modules = modules
        self._definitions = definitions
        self._symbols = symbols
        self._kinds = Kinds(symbols)
        self._heirs = heirs
        self._caught: dict[str, list[tuple[Path, Evidence]]] = {}
        self._awaited: dict[str, tuple[Path, Evidence] | None] = {}
        self._passed_on: dict[tuple[Path, int], tuple[str, ...]] = {}

    def definition(self, importer: Path, dotted: str) -> ImportedName | None:
        """Return what a name that a file imports from its project stands for."""
        return self._definitions.find(self._files.shown(importer, self._root), dotted)

    def callee(self, importer: Path, path: AccessPath) -> Callee:
        """Return whether a call of something has to be awaited, and what it does."""
        match path.steps:
            case ("builtins", str(name)):
                return Callee(of_built_in(name), patched=Answer.SYNC)
        return self._callee(self._symbols.infer(importer, path))

    def _callee(self, symbol: Symbol | None) -> Callee:
        answer, patched = self._kinds.of(symbol), self._kinds.patched(symbol)
        is_coroutine = nothing = False
        if isinstance(symbol, FunctionSymbol):
            function = self._symbols.function(symbol)
            plain = all(map(is_transparent, self._symbols.decorators(symbol)))
            is_coroutine = function.is_async and not function.is_generator and plain
            nothing = plain and not function.gives
        return Callee(
            answer, self._evidence(symbol), gives_nothing=nothing, is_coroutine_function=is_coroutine, patched=patched
        )

    def declared_callee(self, importer: Path, path: AccessPath) -> Callee:
        """Return the same of a method whose object may be one of any heir of the class that is known of it.

        That the class of an object has ``__call__`` says nothing of what is done with the object. A function that is
        declared to give nothing may be a coroutine function all the same.
        """
        symbol = self._symbols.infer(importer, path)
        options = symbol.options if isinstance(symbol, Either) else (symbol,)
        is_object = any(isinstance(each, InstanceSymbol) for each in options)
        if is_object or any(each is SYNC for each in options):
            return Callee(is_object=is_object)
        known = self._callee(symbol)
        if known.answer is Answer.UNKNOWN or not isinstance(symbol, FunctionSymbol) or not symbol.bound:
            return known
        heirs = self._heirs.of(symbol.owner) if symbol.owner is not None else []
        same = all(self._gives(each, symbol) in (None, known.answer) for each in heirs)
        return known if same else replace(known, answer=Answer.UNKNOWN)

    def _gives(self, heir: ClassSymbol, symbol: FunctionSymbol) -> Answer | None:
        """Return what the method of an heir gives; None where nothing is seen that overrides it."""
        found = self._symbols.member(heir, symbol.name, of_instance=True)
        before = takewhile(lambda each: each != symbol.holder, self._symbols.order(heir))
        binds = (each is not None and symbol.name in self._symbols.of_class(each).members for each in before)
        return self._kinds.of(found) if found is not None or any(binds) else None

    def _evidence(self, symbol: Symbol | None) -> Evidence | None:
        if isinstance(symbol, Either):
            return self._evidence(symbol.options[0])
        if not isinstance(symbol, FunctionSymbol):
            return None
        prefix = "async def" if self._symbols.function(symbol).is_async else "def"
        name = f"{symbol.holder.name}.{symbol.name}" if symbol.holder else symbol.name
        return Evidence(self._files.shown(symbol.file, self._root), symbol.line, f"{prefix} {name}")

    def is_named_in_another_file(self, importer: Path, name: str) -> bool:
        """Return whether another file of the project holds a name, be it in a string or a comment."""
        others = (each for each in self._files.below(self._root) if each != importer)
        return any(self._modules.mentions(each, name) for each in others)

    def caught(self, importer: Path, name: str) -> Evidence | None:
        """Return where code that is no test awaits a call of that name and catches a TypeError that it raises."""
        if name not in self._caught:
            self._caught[name] = list(self._catching(name))
        return next((place for file, place in self._caught[name] if file != importer), None)

    def _catching(self, name: str) -> Iterator[tuple[Path, Evidence]]:
        from codemods.analysis.mocking.type_errors import caught_awaits  # few files ask for it

        for file, suite in self._code(self._with_handlers, name):
            yield from ((file, suite.module.evidence(call)) for call in caught_awaits(suite, name))

    def awaited_call(self, importer: Path, name: str) -> Evidence | None:
        """Return where code that is no test awaits a call of that name, which no two functions of the project have."""
        if name not in self._awaited:
            self._awaited[name] = self._awaiting(name)
        file, place = self._awaited[name] or (importer, None)
        return place if file != importer else None

    def _awaiting(self, name: str) -> tuple[Path, Evidence] | None:
        from codemods.analysis.mocking.mock_uses import awaits_of  # few files ask for it

        defined = re.compile(rb"\bdef\s+%s\b" % os.fsencode(name))
        saying = (each for each in self._files.below(self._root) if self._modules.mentions(each, name))
        files = ((each, self._modules.data(each)) for each in saying)
        tell = (each for each, data in files if b"async" in data or defined.search(data))
        code = [(file, suite.module) for file, suite in self._code(tell, name)]
        named = [node for _, module in code for node in module.definitions if node.name == name]
        if len(named) > 1 or any(isinstance(node, ast.FunctionDef) for node in named):
            return None
        return next(((file, module.evidence(call)) for file, module in code for call in awaits_of(module, name)), None)

    def passed_on(self, importer: Path, path: AccessPath) -> tuple[str, ...]:
        """Return what code that is no test calls with the unawaited result of a function, by the names of those."""
        symbol = self._symbols.infer(importer, path)
        if not isinstance(symbol, FunctionSymbol):
            return ()
        place = (symbol.file, symbol.line)
        if place not in self._passed_on:
            self._passed_on[place] = tuple(dict.fromkeys(self._taking(symbol)))
        return self._passed_on[place]

    def _taking(self, function: FunctionSymbol) -> Iterator[str]:
        from codemods.analysis.mocking.mock_results import takers  # few files ask for it

        for file, suite in self._code(self._files.below(self._root), function.name):
            for path, taker in takers(suite, function.name):
                found = self._symbols.infer(file, path)
                if isinstance(found, FunctionSymbol) and (found.file, found.line) == (function.file, function.line):
                    yield taker

    def _code(self, files: Iterable[Path], name: str) -> Iterator[tuple[Path, Suite]]:
        """Yield those of the files that hold a name and are no test modules."""
        for file in files:
            is_code = self._modules.mentions(file, name) and not self._modules.is_test_module(file)
            if is_code and (suite := self._modules.suite(file)) is not None:
                yield file, suite

    @cached_property
    def _with_handlers(self) -> list[Path]:
        """The files that may await something where they catch an error."""
        files, mentions = self._files.below(self._root), self._modules.mentions
        return [each for each in files if mentions(each, "await") and mentions(each, "except")]
