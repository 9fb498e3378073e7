"""What a rule is: one class in one file, found by being there."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from codemods.model import Edit, Evidence, Finding, Fix, Import, Released, Safety, Sight, Span
from codemods.rules.project import ProjectContext, Setting
from codemods.semantics.file.module import Module
from codemods.semantics.file.units import Unit
from codemods.semantics.memo import once
from codemods.semantics.pytest.context import Context

if TYPE_CHECKING:
    pass

__all__ = ["ConfigurationRule", "Context", "Example", "ProjectContext", "ProjectRule", "Rule", "Setting"]


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example of a rule: what it makes of ``before``, or, without ``after``, what it leaves alone."""

    before: str
    after: str | None = None
    title: str = ""
    path: str = "test_example.py"
    config: str = ""
    """The lines of a ``pytest.ini`` below ``[pytest]``."""


class Rule(ABC):
    """A migration or diagnostic. The docstring of each subclass is its page; its examples are its tests."""

    code: ClassVar[str]
    name: ClassVar[str]
    summary: ClassVar[str]
    safety: ClassVar[Safety] = Safety.SAFE
    """The safety of its usual finding; each finding has its own."""
    default: ClassVar[bool] = True
    """Whether it runs without being selected."""
    by_code_only: ClassVar[bool] = False
    """Whether only its full code selects it, not ``ALL``."""
    triggers: ClassVar[tuple[bytes, ...]]
    """A file that holds none of these bytes can't have a finding."""
    pattern: ClassVar[bytes | None] = None
    """Where the triggers are common words: a regular expression that such a file has to match besides."""
    in_async_files: ClassVar[bool] = False
    """Whether its triggers say nothing in a file in which nothing is async."""
    sight: ClassVar[Sight] = Sight.FILE
    examples: ClassVar[tuple[Example, ...]]

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
        released: tuple[Released, ...] = (),
        safety: Safety | None = None,
        evidence: tuple[Evidence, ...] = (),
        also: tuple[str, ...] = (),
        other_files: Mapping[str, Fix] | None = None,
    ) -> Finding:
        """Return a finding of this rule at ``node``; without edits it is one for a person to decide.

        ``other_files`` is what its fix does in other files, by path.
        """
        fix = Fix(tuple(edits), imports, released, other_files or {}) if edits or imports or other_files else None
        if safety is None:
            safety = self.safety if fix else Safety.MANUAL
        module = context.module
        qualname = module.qualname(node)
        return Finding(
            self.code, self.name, message, safety, module.path, module.headline(node), fix, evidence, also,
            id=_identity(module, self.code, qualname, module.unit_at(node)), qualname=qualname,
        )  # fmt: skip


@once
def _identity(module: Module, code: str, qualname: str, unit: Unit) -> str:
    """Return what findings of one rule in one unit have in common; one text for all of them, for it is long."""
    return "\0".join((code, module.path, qualname, module.unit_text(unit)))


class ProjectRule(Rule):
    """A rule that judges the files of a repository together; its fixes may change several of them, as a whole."""

    sight: ClassVar[Sight] = Sight.PROJECT
    follows: ClassVar[bool] = False
    """Whether its findings are worth nothing where no other rule has a fix."""

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield nothing: one file alone doesn't tell."""
        yield from ()

    def note(self, file: Context) -> Any:
        """Return what the rule has to know of each file by itself, as a record without a node; false for nothing."""
        return None

    @abstractmethod
    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        """Yield the findings of all files."""


class ConfigurationRule(ProjectRule):
    """A rule of the project whose findings are in configuration files; so are its triggers."""

    sight: ClassVar[Sight] = Sight.CONFIGURATION

    def configuration_finding(
        self, path: str, line: int, text: str, message: str, *, edits: Sequence[Edit] = (),
        safety: Safety | None = None, evidence: tuple[Evidence, ...] = (), other_files: Mapping[str, Fix] | None = None,
    ) -> Finding:  # fmt: skip
        """Return a finding at a line of a configuration file.

        Args:
            path: The file, posix, from the root.
            line: The line, from 1.
            text: What stands there, by which the finding is known again.
            message: What is wrong.
            edits: What mends it, in this file or in others; none if a person has to decide.
            safety: How far the fix can be trusted; by default as the rule's usual finding.
            evidence: What it rests on.
            other_files: What the fix does in other files beside, by path.
        """
        by_path = _by_path(edits)
        own = by_path.pop(path, ())
        others = {**{each: Fix(rest) for each, rest in by_path.items()}, **(other_files or {})}
        fix = Fix(own, other_files=others) if own or others else None
        safety = (safety or self.safety) if fix else Safety.MANUAL
        span = Span(line, 1, line, len(text) + 1)
        identity = "\0".join((self.code, path, text))
        return Finding(self.code, self.name, message, safety, path, span, fix, evidence, id=identity)


def _by_path(edits: Sequence[Edit]) -> dict[str, tuple[Edit, ...]]:
    """Return edits by their files; what several of them ask alike is done once."""
    found: dict[str, tuple[Edit, ...]] = {}
    for edit in edits:
        known = found.get(edit.path, ())
        found[edit.path] = known if edit in known else (*known, edit)
    return found
