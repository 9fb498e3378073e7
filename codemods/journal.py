"""What is about to be written, noted first: a run that is killed while it writes can be finished or undone."""

from __future__ import annotations

import contextlib
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from codemods import source
from codemods.errors import FileError, MissingFileError, UsageError
from codemods.source import reason

NAME = ".codemods-journal"
_VERSION = 1
_LIMIT = 2 * 1024**3
"""Bytes of the largest journal: it holds all files of a run twice."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: its path, posix, from the root, and its bytes before and after."""

    path: str
    before: bytes
    after: bytes


def begin(root: Path, entries: Iterable[Entry]) -> None:
    """Write the journal of files that are going to be written.

    Raises:
        UsageError: It can't be written, so the files shouldn't be either.
    """
    source.remove_temporaries(root / NAME)
    files = [{"path": each.path, "before": _text(each.before), "after": _text(each.after)} for each in entries]
    try:
        source.create(root / NAME, json.dumps({"version": _VERSION, "files": files}).encode())
    except OSError as error:
        raise UsageError(f"nothing written: {root / NAME}: can't be written: {reason(error)}") from None


def end(root: Path) -> None:
    """Remove the journal: the files are written, or are as they were."""
    with contextlib.suppress(OSError):
        os.unlink(root / NAME)


def pending(root: Path) -> list[Entry]:
    """Return the files of a write that was interrupted; none if there is no journal.

    Raises:
        UsageError: The journal can't be read.
    """
    path = root / NAME
    try:
        document = json.loads(source.read(path, _LIMIT))
        if document["version"] != _VERSION:
            raise KeyError("version")
        return [_entry(each) for each in document["files"]]
    except MissingFileError:
        return []
    except FileError as error:
        raise UsageError(f"{path}: {error}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UsageError(f"{path}: isn't a journal of this version of codemods; remove it to go on") from None


def _entry(values: dict[str, str]) -> Entry:
    path = values["path"]
    if b"\0" in os.fsencode(path):
        raise ValueError(path)
    return Entry(path, b64decode(values["before"]), b64decode(values["after"]))


def find(folder: Path) -> Path | None:
    """Return the nearest folder, this one or one above it, in which a write was interrupted."""
    return next((each for each in (folder, *folder.parents) if (each / NAME).is_file()), None)


def refuse_pending(folder: Path) -> None:
    """Go on only where no write was interrupted.

    Raises:
        UsageError: One was.
    """
    root = find(folder)
    if root is None:
        return
    files = pending(root)
    written = sum(_is(root / each.path, each.after) for each in files)
    raise UsageError(
        f"{root / NAME}: a run was interrupted when it had written {written} of {len(files)} files: "
        "`codemods recover` writes the others, `codemods recover --undo` takes these back"
    )


def _is(path: Path, data: bytes) -> bool:
    try:
        return source.read(path) == data
    except FileError:
        return False


def finish(root: Path) -> list[tuple[str, str]]:
    """Write what an interrupted run hadn't written yet, and remove the journal.

    Returns:
        The files that couldn't be written and why; with any, the journal stays.
    """
    return _settle(root, lambda entry: (entry.before, entry.after))


def undo(root: Path) -> list[tuple[str, str]]:
    """Take back what an interrupted run had written, and remove the journal.

    Returns:
        The files that couldn't be written and why; with any, the journal stays.
    """
    return _settle(root, lambda entry: (entry.after, entry.before))


def _settle(root: Path, direction: Callable[[Entry], tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    failed: list[tuple[str, str]] = []
    for entry in pending(root):
        old, new = direction(entry)
        path = root / entry.path
        try:
            source.remove_temporaries(path)
            found = source.read(path)
            if found not in (old, new):
                raise FileError("changed since; make it what it should be, and remove the journal")
            if found == old != new:
                source.replace(path, new)
        except FileError as error:
            failed.append((entry.path, str(error)))
    if not failed:
        end(root)
    return failed


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")
