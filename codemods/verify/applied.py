"""What was changed by hand or by ``apply`` since a revision, seen as a migration of which nothing can be taken back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from codemods import git
from codemods.errors import GitError, UsageError
from codemods.model import FileResult, Finding, Key, Report, Status


@dataclass(frozen=True, slots=True)
class Applied:
    """The same as ``Variants``: the project's files are what the changes led to."""

    found: Report
    """What is to be found in them now."""
    before: Mapping[str, bytes | None]
    """What the files that have changed were, by path; None of one that wasn't there."""
    findings: Mapping[Key, tuple[Finding, ...]] = field(default_factory=dict)

    def files(self, dropped: Collection[Key]) -> dict[str, FileResult]:
        """Return the files that have changed, by path."""
        return {path: FileResult(path, Status.CLEAN, before=data or b"") for path, data in self.before.items()}

    def contents(self, dropped: Collection[Key]) -> dict[str, bytes | None]:
        """Return no files: none differs from the project's."""
        return {}

    def report(self, dropped: Collection[Key]) -> Report:
        """Return what is to be found now."""
        return self.found


def applied_since(revision: str, report: Report) -> Applied:
    """Return what has changed in a project since a revision of its repository.

    Args:
        revision: As git takes it.
        report: What is to be found in the project.

    Raises:
        UsageError: git knows no such revision, or none at all there.
    """
    try:
        before = git.contents_at(report.root, revision)
    except GitError as error:
        raise UsageError(f"--against: {revision}: {error}") from None
    return Applied(report, before)
