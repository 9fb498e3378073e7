"""What a run found, written: each file whole or not at all, and what belongs together everywhere or nowhere."""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from codemods import journal, replacing, source
from codemods.errors import FileError, UsageError
from codemods.model import FileResult, Report, Status
from codemods.places import real, target_of
from codemods.source import reason


def write(report: Report, *, whole: bool = False, backup: bool = False) -> Report:
    """Write what a report would change and return what became of it.

    Args:
        report: The files; git was asked about them before.
        whole: Write all files or none.
        backup: Keep the old content of each file beside it.

    Raises:
        UsageError: The journal can't be written, or with ``whole`` a file; then nothing is written.
    """
    writer = _Writer(report, backup=backup)
    writer.check()
    if whole:
        writer.refuse_failed()
    entries = writer.entries()
    if not entries:
        return writer.report()
    with journal.begin(report.root, entries) as held:
        try:
            writer.write(stop=whole)
            if whole and writer.failed:
                writer.take_all_back()
        except BaseException:  # Ctrl-C: a second one leaves the rest to `codemods recover`
            writer.take_all_back()
            raise
        finally:
            if writer.settled:
                held.end()
    if whole:
        writer.refuse_failed()
    return writer.report()


class _Writer:
    """The files of a report on their way to the disk."""

    def __init__(self, report: Report, *, backup: bool) -> None:
        self._root = report.root
        self._report = report
        self._changing = {each.path: each for each in report.files if each.status is Status.WOULD_CHANGE}
        self._with = Dependents(report)
        self._backup = backup
        self._targets: dict[str, Path] = {}
        self._backups: dict[str, Path] = {}
        self._written: set[str] = set()
        self.failed: dict[str, str] = {}
        """Why files aren't written, by path; first those that can't be, then what would change together with them."""
        self.left: dict[str, str] = {}
        """Why files that were written couldn't be taken back, by path."""
        self.settled = False
        """Whether each file is as it should be: none waits for a journal."""

    def check(self) -> None:
        """Find what can't be written before anything is."""
        taken: dict[Path, str] = {}
        for path, result in self._changing.items():
            try:
                target = self._targets[path] = target_of(self._root, path)
                if taken.setdefault(target, path) != path:
                    raise FileError(f"is the same file as {taken[target]}")
                source.check_replaceable(target)
                _check_unchanged(target, result)
            except FileError as error:
                self._fail(path, str(error))

    def entries(self) -> list[journal.Entry]:
        """Return what is going to be written."""
        top = real(self._root)
        return [
            journal.Entry(self._targets[path].relative_to(top).as_posix(), each.before, each.after)
            for path, each in self._changing.items()
            if path not in self.failed
        ]

    def write(self, *, stop: bool) -> None:
        """Write the files; with ``stop``, until one fails."""
        for path in self._changing:
            if path not in self.failed:
                self._write(path)
            if stop and self.failed:
                break
        self._settle()

    def _settle(self) -> None:
        replacing.sync_folders(each.parent for each in self._targets.values())
        self.settled = not self.left

    def _write(self, path: str) -> None:
        result, target = self._changing[path], self._targets[path]
        try:
            if self._is_written_by_a_link(path):
                self._written.add(path)
                return
            _check_unchanged(target, result)
            self._keep(path)
            self._written.add(path)
            source.replace(target, result.after)
        except FileError as error:
            self._fail(path, str(error))

    def _is_written_by_a_link(self, path: str) -> bool:
        """Whether another name of the same file was written before, and so this one."""
        with contextlib.suppress(OSError):
            if os.lstat(self._targets[path]).st_nlink > 1 and self._written:
                return source.read(self._targets[path]) == self._changing[path].after
        return False

    def _keep(self, path: str) -> None:
        if not self._backup:
            return
        try:
            self._backups[path] = replacing.back_up(self._targets[path], self._changing[path].before)
        except OSError as error:
            raise FileError(f"isn't written: its backup can't be: {reason(error)}") from None

    def _fail(self, path: str, error: str) -> None:
        """Give up a file and what would change together with it."""
        self.failed.setdefault(path, error)
        self._take_back(path)
        for other in self._with(path):
            self.failed.setdefault(other, f"isn't written: it would change together with {path}")
            self._take_back(other)

    def take_all_back(self) -> None:
        """Take back all that was written."""
        self.settled = False
        for path in list(self._written):
            self._take_back(path)
        self._settle()

    def _take_back(self, path: str) -> None:
        if path not in self._written:
            return
        result, target = self._changing[path], self._targets[path]
        try:
            found = source.read(target)
            if found not in (result.before, result.after):
                raise FileError("changed on disk since it was written")
            if found != result.before:
                source.replace(target, result.before)
            self._written.remove(path)
        except FileError as error:
            self.left[path] = str(error)
            return
        if path in self._backups:
            with contextlib.suppress(OSError):
                os.unlink(self._backups.pop(path))

    def refuse_failed(self) -> None:
        """Go on only if nothing has failed.

        Raises:
            UsageError: Something has.
        """
        for path, error in self.failed.items():
            left = "; `codemods recover --undo` takes back what was" if self.left else ""
            raise UsageError(f"nothing written: {path}: {error}{left}")

    def report(self) -> Report:
        """Return what became of the files."""
        return replace(self._report, files=tuple(map(self._result, self._report.files)))

    def _result(self, result: FileResult) -> FileResult:
        error = self.failed.get(result.path)
        if error is None:
            return replace(result, status=Status.CHANGED) if result.path in self._changing else result
        if result.path not in self._changing:  # its finding changes other files only
            return replace(result, applied=())
        if result.path in self.left:
            error = f"{error}; can't be taken back: {self.left[result.path]}; see `codemods recover`"
        return replace(result, status=Status.FAILED, error=error, after=result.before, applied=())


def _check_unchanged(target: Path, result: FileResult) -> None:
    if source.read(target) != result.before:
        raise FileError("changed on disk since it was read; run again")


class Dependents:
    """Which files can't stand as they would become if one doesn't."""

    def __init__(self, report: Report) -> None:
        """Look at the findings that are applied."""
        self._next: defaultdict[str, set[str]] = defaultdict(set)
        for finding in report.applied:
            for path in finding.paths:
                self._next[path].update(finding.paths)
        for result in report.files:
            for path in result.follows:
                self._next[path].add(result.path)

    def __call__(self, path: str) -> list[str]:
        """Return them in order, without the file itself."""
        found, waiting = {path}, [path]
        while waiting:
            new = self._next[waiting.pop()] - found
            found |= new
            waiting += new
        return sorted(found - {path})
