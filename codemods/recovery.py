"""A write that was interrupted, finished or undone by its journal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from codemods import replacing, source
from codemods.errors import FileError
from codemods.journal import Entry, Journal
from codemods.places import exact_target

Failures = list[tuple[str, str]]


def finish(root: Path, journal: Journal) -> Failures:
    """Write what an interrupted run hadn't written yet, and remove the journal.

    Returns:
        The files that couldn't be written and why; with any, the journal stays.
    """
    return _settle(root, journal, lambda entry: (entry.before, entry.after))


def undo(root: Path, journal: Journal) -> Failures:
    """Take back what an interrupted run had written, and remove the journal.

    Returns:
        The files that couldn't be written and why; with any, the journal stays.
    """
    return _settle(root, journal, lambda entry: (entry.after, entry.before))


def _settle(root: Path, journal: Journal, direction: Callable[[Entry], tuple[bytes, bytes]]) -> Failures:
    failed: Failures = []
    folders = []
    for entry in journal.entries:
        try:
            target = exact_target(root, entry.path)
            _bring(target, *direction(entry))
            folders.append(target.parent)
        except FileError as error:
            failed.append((entry.path, str(error)))
    replacing.sync_folders(folders)
    if not failed:
        journal.end()
    return failed


def _bring(target: Path, old: bytes, new: bytes) -> None:
    replacing.remove_temporaries(target)
    found = source.read(target)
    if found == new:
        return
    if found != old and not (source.check_replaceable(target).st_nlink > 1 and replacing.is_torn(found, old, new)):
        raise FileError("changed since: left as it is")
    source.replace(target, new)
