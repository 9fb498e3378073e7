"""What there is to do on one file, and what is known beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from codemods.model import FileResult, Key, Question, Status
from codemods.selection import Selection
from codemods.semantics.later import Later

if TYPE_CHECKING:
    from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
    from codemods.semantics.pytest.projects.project import Project
    from codemods.semantics.pytest.suite import Suite


@dataclass(frozen=True, slots=True)
class Task:
    """All that is needed to migrate one file anywhere; ``path`` is posix and relative to the project's root."""

    path: str
    data: bytes
    config: PytestConfig
    facts: Later[Project]
    selection: Selection
    first_round: bool = False
    """Find only, as ``check`` does."""
    only: frozenset[Key] | None = None
    """The findings that may be accepted; by default all."""
    earlier: FileResult | None = None
    """What an earlier pass over all files made of this one, from which this pass goes on."""

    @property
    def project(self) -> Project:
        """What all files of its project say together."""
        return self.facts.value


Numbered = tuple[int, Task]
"""A task, and its place among all."""


class Files(Protocol):
    """The files of one snapshot, each with its answers about the others."""

    def suite(self, path: str, text: str, config: PytestConfig) -> Suite:
        """Return what a file would be if it held ``text``; raises what ``Module`` does."""

    def answers(self, path: str) -> Mapping[Question, Any]:
        """Return what a file has asked, and the answers."""


def clean(task: Task) -> FileResult:
    """Return the result of a file in which nothing is found."""
    return FileResult(task.path, Status.CLEAN, before=task.data, after=task.data)


def failed(task: Task, reason: str) -> FileResult:
    """Return the result of a file that stays as it is because of an error."""
    return FileResult(task.path, Status.FAILED, before=task.data, after=task.data, error=reason)
