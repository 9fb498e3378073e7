"""One file with all that holds for it."""

from __future__ import annotations

import ast
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

from codemods.semantics.file.module import Module
from codemods.semantics.file.names import Reference, reference
from codemods.semantics.file.order import Definition
from codemods.semantics.later import Later
from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
from codemods.semantics.pytest.marks import ASYNCIO_MARK, asyncio_brackets
from codemods.semantics.pytest.projects.project import Project
from codemods.semantics.pytest.suite import Suite


@dataclass(frozen=True, slots=True)
class Context:
    """All that a rule of one file may look at."""

    module: Module
    suite: Suite
    config: PytestConfig
    facts: Later[Project]
    explicit: frozenset[str] = frozenset()
    """The rules that were selected by their full code, and so may look for more."""

    @property
    def memo(self) -> dict[Hashable, Any]:
        """See ``codemods.semantics.memo``."""
        return self.suite.memo

    @property
    def project(self) -> Project:
        """What all files of its project say together."""
        return self.facts.value

    @property
    def target(self) -> tuple[int, ...]:
        """The version of pytest-asyncio that the migrated tests will run under, at least."""
        return self.project.target

    def reference(self, dotted: str, at: ast.AST, *, bare: bool = False) -> Reference | None:
        """Return how the file writes a dotted name at a node, or None if it can't."""
        return reference(self.module, dotted, at, bare=bare)

    def above(self, dotted: str, node: Definition) -> Reference | None:
        """Return how the file writes a dotted name as a decorator on top of a function, or None if it can't."""
        return self.reference(dotted, (*node.decorator_list, node)[0])

    def asyncio_mark(self, node: Definition) -> Reference | None:
        """Return how the file writes the asyncio mark on top of a function: as it writes those that it has."""
        written = self.above(ASYNCIO_MARK, node)
        return written and replace(written, text=written.text + asyncio_brackets(self.module))
