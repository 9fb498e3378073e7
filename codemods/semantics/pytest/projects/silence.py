"""Which signs the files of a project lack, kept for as long as the files aren't written again: most have none."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Container
from functools import cache
from pathlib import Path

from codemods import disk
from codemods.folders import cache_folder
from codemods.store import Store, written_by

_READERS = ("signs.py", "candidate.py", "evidence.py", "project.py", "silence.py")
_FOLDER = "signs"
_Entry = tuple[list[int | str], int]
"""What a file held, as ``disk`` notes it, and the signs that it lacks."""


@cache
def _reader() -> bytes:
    return written_by(Path(__file__).with_name(name) for name in _READERS)


class Silence:
    """What was found out about the Python files of a project when they were looked through before."""

    def __init__(self, root: Path, folder: Path, given: Container[Path]) -> None:
        """Take what is kept.

        Args:
            root: The root of all, absolute.
            folder: The project's, absolute.
            given: The files whose content isn't what the disk holds.
        """
        kept = cache_folder()
        self._store = Store(kept / _FOLDER if kept else None)
        self._is_kept = kept is not None
        self._name = b"\0".join(map(os.fsencode, (root, folder)))
        self._given = given
        self._since = time.time_ns()
        self._before, self._known = self._read()
        self._files: dict[str, _Entry] = {}
        self._is_new = False

    def _read(self) -> tuple[int, dict[str, _Entry]]:
        payload = self._store.get(self._name, _reader())
        with contextlib.suppress(ValueError, RecursionError, TypeError, KeyError):
            if payload is not None:
                entry = json.loads(payload)
                return entry["since"], entry["files"]
        return 0, {}

    def lacking(self, path: Path) -> int:
        """Return the signs that a file lacked, each of them a bit; none if nothing is known."""
        entry = self._known.get(os.fspath(path))
        return entry[1] if entry is not None and path not in self._given else 0

    def holds_still(self, path: Path) -> bool:
        """Return whether a file of which something is known wasn't written since."""
        entry = self._known.get(name := os.fspath(path))
        if entry is None or not disk.is_unwritten(path, entry[0], self._before):
            return False
        self._files[name] = entry
        return True

    def note(self, path: Path, data: bytes, lacking: int) -> None:
        """Note the signs that a file doesn't have."""
        if not self._is_kept or path in self._given:
            return
        with contextlib.suppress(OSError):
            self._files[os.fspath(path)] = disk.state(path, data), lacking
            self._is_new = True

    def keep(self) -> None:
        """Keep what was noted, and what was found to hold still."""
        if self._is_new:
            entry = {"since": self._since, "files": self._files}
            self._store.put(self._name, _reader(), json.dumps(entry, separators=(",", ":")).encode())
