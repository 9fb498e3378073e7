"""What a file asks about the code of others: what a path stands for, and what becomes of what is handed to it."""

from __future__ import annotations

from pathlib import Path

from codemods.analysis.index.defined import function_of
from codemods.analysis.index.depth import Depth
from codemods.analysis.index.modules import Modules
from codemods.analysis.index.suites import Suites
from codemods.analysis.index.uses import Uses
from codemods.analysis.loops.making import loop_helper
from codemods.analysis.mocking.future_helpers import helper
from codemods.model import Evidence
from codemods.semantics.access_path import AccessPath
from codemods.semantics.answers import Argument, Callee, ForeignUse, FutureHelper, ImportedName
from codemods.semantics.decorators import is_transparent
from codemods.semantics.file.order import Definition
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.project.kinds import Kinds
from codemods.semantics.project.lookup import Symbols
from codemods.semantics.project.symbols import Either, FunctionSymbol, Symbol
from codemods.semantics.pytest.definitions import Definitions
from codemods.semantics.pytest.suite import Suite


class Facts:
    """Answers by following names through the project and what it imports."""

    def __init__(
        self, root: Path, files: ModuleFiles, modules: Modules, definitions: Definitions, symbols: Symbols,
        suites: Suites,
    ) -> None:  # fmt: skip
        """Take where the modules of the project at ``root`` are, and what reads them."""
        self._root = root
        self._files = files
        self._modules = modules
        self._definitions = definitions
        self._symbols = symbols
        self._kinds = Kinds(symbols)
        self._suites = suites

    def definition(self, importer: Path, dotted: str) -> ImportedName | None:
        """Return what a name that a file imports from its project stands for."""
        return self._definitions.find(self._files.shown(importer, self._root), dotted)

    def callee(self, importer: Path, path: AccessPath) -> Callee:
        """Return whether a call of something has to be awaited, and what it does."""
        symbol = self._symbols.infer(importer, path)
        answer = self._kinds.of(symbol)
        is_coroutine = nothing = False
        if isinstance(symbol, FunctionSymbol):
            function = self._symbols.function(symbol)
            plain = all(map(is_transparent, self._symbols.decorators(symbol)))
            is_coroutine = function.is_async and not function.is_generator and plain
            nothing = plain and not function.gives
        return Callee(answer, self._evidence(symbol), gives_nothing=nothing, is_coroutine_function=is_coroutine)

    def argument(self, importer: Path, path: AccessPath, place: int | str, further: Depth) -> Argument:
        """Return what a call does with an argument; what it hands on is followed as far as ``further`` allows."""
        uses = self._uses(further)
        parameter = uses.parameter(importer, path, place)
        if parameter is None:
            return Argument()
        declared = parameter.path.of_file(parameter.file) if parameter.path else None
        taken = uses.of_parameter(parameter)
        return Argument(tuple(taken) if taken is not None else None, declared)

    def attribute_uses(
        self, importer: Path, path: AccessPath, name: str, further: Depth
    ) -> tuple[ForeignUse, ...] | None:
        """Return what code does with what is stored as an attribute of something."""
        symbol = self._symbols.infer(importer, path)
        found = self._uses(further).of_attribute(symbol, name) if symbol is not None else None
        return tuple(found) if found is not None else None

    def _uses(self, depth: Depth) -> Uses:
        return Uses(self._symbols, lambda file: self._suites.flow(file, depth))

    def _evidence(self, symbol: Symbol | None) -> Evidence | None:
        if isinstance(symbol, Either):
            return self._evidence(symbol.options[0])
        if not isinstance(symbol, FunctionSymbol):
            return None
        prefix = "async def" if self._symbols.function(symbol).is_async else "def"
        name = f"{symbol.holder.name}.{symbol.name}" if symbol.holder else symbol.name
        return Evidence(self._files.shown(symbol.file, self._root), symbol.line, f"{prefix} {name}")

    def is_named_elsewhere(self, importer: Path, name: str) -> bool:
        """Return whether another file of the project holds a name, be it in a string or a comment."""
        others = (each for each in self._files.below(self._root) if each != importer)
        return any(self._modules.mentions(each, name) for each in others)

    def future_helper(self, importer: Path, path: AccessPath, depth: Depth) -> FutureHelper | None:
        """Return what kind of finished future a function makes of its arguments."""
        suite, node = self._function(importer, path, depth)
        return helper(suite.module, node) if suite is not None and node is not None else None

    def loop_made(self, importer: Path, path: AccessPath, depth: Depth) -> str | None:
        """Return what kind of event loop a function returns."""
        suite, node = self._function(importer, path, depth)
        made = loop_helper(suite.module, node) if suite is not None and node is not None else None
        return made.value if made is not None else None

    def _function(self, importer: Path, path: AccessPath, depth: Depth) -> tuple[Suite | None, Definition | None]:
        symbol = self._symbols.infer(importer, path)
        return function_of(symbol, lambda file: self._suites.suite(file, depth))
