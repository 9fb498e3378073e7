"""What the files of a migration become when some of its findings are taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace

from codemods.migration import Migration
from codemods.model import FileResult, Finding, Key, Report, Status


class Variants:
    """A migration and its findings that can be taken back; it is done once for each choice of them."""

    def __init__(self, migration: Migration, report: Report) -> None:
        """Begin with the whole migration, which ``report`` is the result of."""
        self._migration = migration
        self._report = report
        self._whole = {each.path: each for each in report.files if _takes_part(each)}
        self._known: dict[frozenset[Key], dict[str, FileResult]] = {frozenset(): self._whole}
        self.before: Mapping[str, bytes | None] = {}
        """What isn't as in the project before the migration: nothing."""
        self.findings: dict[Key, tuple[Finding, ...]] = _by_key(self._whole)

    def files(self, dropped: Collection[Key]) -> dict[str, FileResult]:
        """Return what becomes of each file that changes at all, by path, without the findings in ``dropped``."""
        out = frozenset(dropped)
        if out not in self._known:
            left = self._migration.only(self.findings.keys() - out)
            results = {each.path: each for each in left.files}
            # A file of the configuration that stays as it is isn't among the results.
            self._known[out] = {path: results.get(path) or _unchanged(each) for path, each in self._whole.items()}
        return self._known[out]

    def contents(self, dropped: Collection[Key]) -> dict[str, bytes]:
        """Return the new bytes of each file that differs from the project's, by path."""
        return {path: each.after for path, each in self.files(dropped).items() if each.after != each.before}

    def report(self, dropped: Collection[Key]) -> Report:
        """Return the result of the whole migration without the findings in ``dropped``.

        All findings are listed, as in the whole; those that are left are the applied ones.
        """
        files = self.files(dropped)
        return Report(self._report.root, tuple(self._merged(each, files.get(each.path)) for each in self._report.files))

    def _merged(self, whole: FileResult, left: FileResult | None) -> FileResult:
        if left is None:
            return whole
        kept = {each.key for each in left.findings if each.id in left.applied}
        applied = tuple(each.id for each in whole.findings if each.id in whole.applied and each.key in kept)
        return replace(whole, status=left.status, after=left.after, applied=applied, error=left.error)


def _takes_part(result: FileResult) -> bool:
    """Whether a file changes, or has findings that change others."""
    return result.status is Status.WOULD_CHANGE or bool(result.applied)


def _unchanged(result: FileResult) -> FileResult:
    return replace(result, status=Status.CLEAN, findings=(), after=result.before, applied=())


def _by_key(files: Mapping[str, FileResult]) -> dict[Key, tuple[Finding, ...]]:
    found: defaultdict[Key, list[Finding]] = defaultdict(list)
    for result in files.values():
        for finding in result.findings:
            if finding.id in result.applied:
                found[finding.key].append(finding)
    return {key: tuple(each) for key, each in found.items()}
