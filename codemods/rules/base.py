"""What a rule is: one class in one file, found by being there."""

from __future__ import annotations

import ast
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from codemods.analysis.configuration.pytest_config import PytestConfig
from codemods.analysis.module import Module
from codemods.analysis.names import Reference, reference
from codemods.analysis.projects.project import Project
from codemods.analysis.suite import Suite
from codemods.model import Edit, Evidence, Finding, Fix, Import, Safety


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example of a rule: what it makes of ``before``, or, without ``after``, what it leaves alone."""

    before: str
    after: str | None = None
    title: str = ""
    path: str = "test_example.py"
    config: str = ""
    """The lines of a ``pytest.ini`` below ``[pytest]``."""


@dataclass(frozen=True, slots=True)
class Context:
    """All that a rule may look at."""

    module: Module
    suite: Suite
    config: PytestConfig
    project: Project
    explicit: frozenset[str] = frozenset()
    """The rules that were selected by their full code."""

    def reference(self, dotted: str, at: ast.AST, *, bare: bool = False) -> Reference | None:
        """Return how the file writes a dotted name at a node, or None if it can't."""
        return reference(self.module, dotted, at, bare=bare)


class Rule(ABC):
    """A migration or diagnostic. The docstring of each subclass is its page; its examples are its tests."""

    code: ClassVar[str]
    name: ClassVar[str]
    summary: ClassVar[str]
    safety: ClassVar[Safety] = Safety.SAFE
    """The safety of its usual finding; each finding has its own."""
    default: ClassVar[bool] = True
    """Whether it runs without being selected."""
    triggers: ClassVar[tuple[bytes, ...]]
    """A file that holds none of these bytes can't have a finding."""
    pattern: ClassVar[re.Pattern[bytes] | None] = None
    """Where the triggers are common words: what such a file has to match besides."""
    examples: ClassVar[tuple[Example, ...]]

    def may_apply(self, data: bytes) -> bool:
        """Return whether a file can have a finding at all, judged by its bytes."""
        if not any(trigger in data for trigger in self.triggers):
            return False
        return self.pattern is None or self.pattern.search(data) is not None

    @abstractmethod
    def find(self, context: Context) -> Iterator[Finding]:
        """Yield the findings of one file."""

    def finding(
        self,
        context: Context,
        node: ast.AST,
        message: str,
        *,
        edits: tuple[Edit, ...] | list[Edit] = (),
        imports: tuple[Import, ...] = (),
        released: tuple[str, ...] = (),
        safety: Safety | None = None,
        evidence: tuple[Evidence, ...] = (),
        also: tuple[str, ...] = (),
    ) -> Finding:
        """Return a finding of this rule at ``node``; without edits it is one for a person to decide."""
        fix = Fix(tuple(edits), imports, released) if edits or imports else None
        if safety is None:
            safety = self.safety if fix else Safety.MANUAL
        module = context.module
        qualname = module.qualname(node)
        identity = "\0".join((self.code, module.path, qualname, module.unit_text(module.unit_at(node))))
        return Finding(
            self.code, self.name, message, safety, module.path, module.headline(node), fix, evidence, also,
            id=identity, qualname=qualname,
        )  # fmt: skip
