"""The folders that copies stand in, and the removal of those that killed runs left.

Each folder is remembered in the user's own place, not by its name: anybody can make a name in a folder for all. The
record is locked as long as the process lives that made the folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import tempfile
from pathlib import Path
from typing import Any

from codemods.errors import FileError
from codemods.folders import is_own, state_folder
from codemods.source import read
from codemods.verify.running.copies import PREFIX, remove_folder

try:
    import fcntl
except ImportError:  # Windows: there, nothing is remembered, and nothing removed but by the process itself
    fcntl = None  # type: ignore[assignment]

_LARGEST = 64 * 1024
_TO_LOCK = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class CopyFolder:
    """A new folder for a copy, which only this user can enter."""

    def __init__(self) -> None:
        """Make it and remember it, where the user's place can be written; raises OSError if it can't be made."""
        self.path = Path(os.path.realpath(tempfile.mkdtemp(prefix=PREFIX)))
        self._record = _records() / f"{self.path.name}.json"
        self._lock: int | None = None
        if fcntl is not None:
            with contextlib.suppress(OSError):
                self._remember()

    def _remember(self) -> None:
        self._record.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = os.lstat(self.path)
        says = {"path": str(self.path), "device": status.st_dev, "inode": status.st_ino}
        new = self._record.with_suffix(".new")  # there is no record before it is locked
        self._lock = os.open(new, _TO_LOCK | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            _acquire(self._lock)
            os.write(self._lock, json.dumps(says).encode())
            os.rename(new, self._record)
        except OSError:
            os.unlink(new)
            raise

    def remove(self) -> None:
        """Remove it; what is left of it, the next run removes."""
        remove_folder(self.path)
        if self._lock is not None:
            _forget(self._record, self.path)
            os.close(self._lock)
            self._lock = None


def remove_abandoned() -> None:
    """Remove the copies of processes that were killed."""
    with contextlib.suppress(OSError):
        for record in sorted(_records().glob("*.json")):
            with contextlib.suppress(OSError, FileError, ValueError, RecursionError):
                _remove_abandoned(record)


def _remove_abandoned(record: Path) -> None:
    descriptor = os.open(record, _TO_LOCK)
    try:
        if not _acquire(descriptor):
            return
        found = json.loads(read(record, _LARGEST))
        folder = Path(found["path"]) if isinstance(found, dict) and isinstance(found.get("path"), str) else None
        if folder is None:
            return
        if _is_ours(folder, found):
            remove_folder(folder)
            _forget(record, folder)
        else:
            os.unlink(record)
    finally:
        os.close(descriptor)


def _acquire(descriptor: int) -> bool:
    """Lock a record for as long as this process has it open; say whether no other process does."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _forget(record: Path, folder: Path) -> None:
    with contextlib.suppress(OSError):
        if not os.path.lexists(folder):
            os.unlink(record)


def _is_ours(folder: Path, found: dict[str, Any]) -> bool:
    """Say whether a folder is the very one that was remembered, and no link leads there."""
    if not folder.name.startswith(PREFIX) or os.path.realpath(folder) != str(folder) or not os.path.lexists(folder):
        return False
    status = os.lstat(folder)
    same = (status.st_dev, status.st_ino) == (found.get("device"), found.get("inode"))
    return same and is_own(status) and stat.S_ISDIR(status.st_mode)


def _records() -> Path:
    return state_folder() / "copies"
