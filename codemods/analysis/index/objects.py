"""What a file asks about what it hands to the code of others: what becomes of it there."""

from __future__ import annotations

from pathlib import Path

from codemods.analysis.index.modules import function_of
from codemods.analysis.index.suites import Depth, Suites
from codemods.analysis.index.uses import Uses
from codemods.analysis.mocking.futures import helper
from codemods.semantics.access_path import AccessPath
from codemods.semantics.answers import Argument, ExternalUse, FutureHelper
from codemods.semantics.project.lookup import Symbols


class ObjectFacts:
    """Answers by following objects through the project and what it imports."""

    def __init__(self, symbols: Symbols, suites: Suites) -> None:
        """Take what finds and reads the code."""
        self._symbols = symbols
        self._suites = suites

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
    ) -> tuple[ExternalUse, ...] | None:
        """Return what code does with what is stored as an attribute of something."""
        symbol = self._symbols.infer(importer, path)
        found = self._uses(further).of_attribute(symbol, name) if symbol is not None else None
        return tuple(found) if found is not None else None

    def _uses(self, depth: Depth) -> Uses:
        return Uses(self._symbols, lambda file: self._suites.flow(file, depth))

    def future_helper(self, importer: Path, path: AccessPath, depth: Depth) -> FutureHelper | None:
        """Return what kind of finished future a function makes of its arguments."""
        symbol = self._symbols.infer(importer, path)
        suite, node = function_of(symbol, lambda file: self._suites.suite(file, depth))
        return helper(suite.module, node) if suite is not None and node is not None else None
