"""A copy of the project to try changes in: the project itself isn't touched."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from codemods.discovery import ENVIRONMENT_MARKS, NEVER_ENTERED
from codemods.errors import UsageError
from codemods.source import reason
from codemods.verify.running.copies import (
    PREFIX,
    add_worktree,
    name_of,
    new_folder,
    remove,
    remove_abandoned,
    remove_folder,
)

_CACHES = frozenset((".pytest_cache",))
"""What a run leaves to the next one, so that it would not be the same."""

Stamp = tuple[int, int, int]
"""The mode, time and size of a file: a file whose stamp is the same wasn't written."""


class WorkingCopy:
    """The files of a project as they stand on the disk, environments and caches left out.

    Of a git repository it is a worktree, for the sake of tests that ask git, with whatever isn't committed in it too.
    """

    def __init__(self, origin: Path) -> None:
        """Copy the files below ``origin``, an absolute path.

        Raises:
            UsageError: They can't be copied.
        """
        self.origin = origin
        self._stamps: dict[str, Stamp] = {}
        self._changed: dict[str, bytes] = {}
        try:
            remove_abandoned(origin)
            self._folder = new_folder(origin)
            self.scratch, self.root = self._folder / "scratch", self._folder / name_of(origin)
            self._copy()
        except OSError as error:
            self.remove()
            raise UsageError(
                f"the project can't be copied: {reason(error)}; TMPDIR names the folder that copies go to"
            ) from None
        except BaseException:
            self.remove()
            raise

    def __enter__(self) -> WorkingCopy:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the copy."""
        self.remove()

    def remove(self) -> None:
        """Remove the copy, and git's note of it."""
        if hasattr(self, "_folder"):
            remove(self.origin, self._folder)

    def _copy(self) -> None:
        add_worktree(self.origin, self.root)
        self.root.mkdir(exist_ok=True)
        for name, is_folder in _entries(self.origin):
            if is_folder:
                (self.root / name).mkdir(exist_ok=True)
            else:
                self._restore(name)

    def _restore(self, name: str) -> None:
        """Copy a file; one that is gone by now or can't be read isn't there for the tests either."""
        with contextlib.suppress(FileNotFoundError, PermissionError):
            shutil.copy2(self.origin / name, self.root / name, follow_symlinks=False)
            self._stamps[name] = _stamp(self.root / name)

    def write(self, contents: Mapping[str, bytes]) -> None:
        """Make these the only files, by path, whose content differs from the project's."""
        self.reset()
        before, self._changed = self._changed, dict(contents)
        for name in sorted(before.keys() | contents.keys()):
            if before.get(name) != contents.get(name):
                self._renew(name)

    def reset(self) -> None:
        """Take back what a run of the suite wrote, but for compiled code."""
        seen: set[str] = set()
        for name, is_folder in list(_entries(self.root, kept=_CACHES)):
            seen.add(name)
            path = self.root / name
            if is_folder and not (self.origin / name).is_dir():
                remove_folder(path)
            elif not is_folder and name not in self._stamps:
                path.unlink(missing_ok=True)
        for name, stamp in self._stamps.items():
            if name not in seen or _stamp(self.root / name) != stamp:
                self._renew(name)

    def _renew(self, name: str) -> None:
        """Write a file anew, also where a link stood: its target may lie outside of the copy.

        Each content gets a time of its own, since Python takes compiled code for fresh by the time in seconds.
        """
        target, time = self.root / name, self._stamps[name][1] // 10**9 + 2
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        if name in self._changed:
            target.write_bytes(self._changed[name])
            shutil.copymode(self.origin / name, target)
        else:
            self._restore(name)
        if target.is_file() and not target.is_symlink():
            os.utime(target, (time, time))
        self._stamps[name] = _stamp(target)


def _entries(top: Path, kept: frozenset[str] = frozenset()) -> Iterator[tuple[str, bool]]:
    """Yield the files and folders below ``top`` by relative path, and whether each is a folder; links are files."""
    folders = [""]
    while folders:
        inside = folders.pop()
        try:
            entries = list(os.scandir(top / inside))
        except OSError:
            continue
        if inside and any(entry.name in ENVIRONMENT_MARKS for entry in entries):
            continue
        for entry in entries:
            name = f"{inside}/{entry.name}" if inside else entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if (entry.name in NEVER_ENTERED and entry.name not in kept) or entry.name.startswith(PREFIX):
                continue
            if is_folder or entry.is_symlink() or entry.is_file(follow_symlinks=False):
                yield name, is_folder
            if is_folder:
                folders.append(name)


def _stamp(path: Path) -> Stamp:
    try:
        status = os.lstat(path)
    except OSError:
        return 0, 0, 0
    return status.st_mode, status.st_mtime_ns, status.st_size
