"""The records that every command and report hangs off: frozen, slotted, picklable."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

Question = tuple[str, tuple[Hashable, ...]]
"""The name of what a file asks about the others, and what it asks about."""


class Safety(str, Enum):
    """How far a fix can be trusted; the values are those of the JSON report."""

    SAFE = "safe"
    REVIEW = "review"
    MANUAL = "manual"


class Sight(Enum):
    """What a rule looks at, and where its findings are."""

    FILE = "one file"
    PROJECT = "all files together"
    CONFIGURATION = "all files together, with findings in their configuration"


class Status(str, Enum):
    """What became of a file; the values are those of the JSON report."""

    CLEAN = "clean"
    WOULD_CHANGE = "would-change"
    CHANGED = "changed"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Span:
    """A range of source text: lines and columns count from 1, in code points; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place in the project that a decision rests on."""

    path: str
    line: int
    """From 1; 0 for what is no line of a file, as what is installed."""
    text: str

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True, slots=True)
class Edit:
    """One change to one node: the ``index``-th node of ``kind`` in the ``unit``-th unit of ``path``.

    ``args`` holds JSON values only, so that a fix can be saved and sent to another process.
    """

    path: str
    unit: int
    verb: str
    kind: str
    index: int
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Import:
    """A name that an edit needs: ``import module`` without a ``name``, else ``from module import name as alias``."""

    module: str
    name: str | None = None
    alias: str | None = None

    @property
    def bound(self) -> str:
        """The name that the import binds in the file."""
        return self.alias or self.name or self.module

    @property
    def statement(self) -> str:
        """The import as it is written on a line of its own."""
        if self.name is None:
            return f"import {self.module}"
        renamed = f" as {self.alias}" if self.alias else ""
        return f"from {self.module} import {self.name}{renamed}"


@dataclass(frozen=True, slots=True)
class LocalImport:
    """A name that the body of a function imports."""

    function: str
    """The dotted path of the function."""
    name: str


@dataclass(frozen=True, slots=True)
class Leftover:
    """A function or a variable of the file itself, or a function's variable for its loop, by its dotted path."""

    name: str


Released = str | LocalImport | Leftover
"""What goes if nothing in the file uses it any more; a text is a name that the module imports."""


@dataclass(frozen=True, slots=True)
class Fix:
    """What makes a finding go away; applied as a whole or not at all."""

    edits: tuple[Edit, ...]
    imports: tuple[Import, ...] = ()
    released: tuple[Released, ...] = ()
    other_files: Mapping[str, Fix] = field(default_factory=dict)
    """What it does in other files, by path."""

    def at(self, path: str, own: str) -> Fix | None:
        """Return what it does in a file, where ``own`` is the one that its finding stands in."""
        return replace(self, other_files={}) if path == own else self.other_files.get(path)


Key = tuple[str, str, str, int]
"""What a finding is known by in every run over the same files, whatever else is accepted: its path, code, function and
line in the original file. Findings that share all of these are accepted together."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule has something to say, with the fix or the reason why there is none."""

    code: str
    name: str
    message: str
    safety: Safety
    path: str
    span: Span
    fix: Fix | None = None
    evidence: tuple[Evidence, ...] = ()
    also: tuple[str, ...] = ()
    """Further codes whose work the fix includes."""
    id: str = ""
    round: int = 1
    qualname: str = ""
    """The dotted path of the classes and functions around it; empty at the top of the module."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that the fix changes, its own first."""
        return (self.path, *(self.fix.other_files if self.fix else ()))

    @property
    def fixable(self) -> bool:
        """Whether the finding carries a fix, safe or not."""
        return self.fix is not None

    @property
    def key(self) -> Key:
        """What it is known by in every run."""
        return self.path, self.code, self.qualname, self.span.line


@dataclass(frozen=True, slots=True)
class FileResult:
    """What one run found in one file and what it made of it."""

    path: str
    status: Status
    findings: tuple[Finding, ...] = ()
    before: bytes = b""
    after: bytes = b""
    error: str | None = None
    answers: Mapping[Question, Any] = field(default_factory=dict)
    """What the rules asked about other files, and the answers."""
    applied: tuple[str, ...] = ()
    """The ids of the findings whose fixes are in ``after``, or would be if more than the first round had run."""
    follows: tuple[str, ...] = ()
    """The files whose changes led to changes of this one, which has to stay as it is where they do."""


@dataclass(frozen=True, slots=True)
class Note:
    """What the user has to know of a run, or of a path in it, and that is no error."""

    text: str
    path: str | None = None
    """Posix, relative to the root."""


@dataclass(frozen=True, slots=True)
class Report:
    """The results of a run; their paths are posix and relative to ``root``."""

    root: Path
    files: tuple[FileResult, ...]
    notes: tuple[Note, ...] = ()
    """What was left alone before it was looked into."""

    @property
    def findings(self) -> list[Finding]:
        """The findings of all files."""
        return [finding for result in self.files for finding in result.findings]

    @property
    def applied(self) -> list[Finding]:
        """The findings whose fixes are accepted."""
        return [each for result in self.files for each in result.findings if each.id in result.applied]

    @property
    def left_alone(self) -> list[Finding]:
        """The findings that stay."""
        return [each for result in self.files for each in result.findings if each.id not in result.applied]
