"""A copy of the project to try changes in: the project itself isn't touched."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path

from codemods.errors import UsageError
from codemods.source import reason
from codemods.verify.running.copies import all_entries, clone, entries, new_folder, remove_folder

Stamp = tuple[int, int, int]
"""The mode, time and size of a file: a file whose stamp is the same wasn't written."""


class WorkingCopy:
    """The files of a project as they stand on the disk, environments and caches left out.

    For the sake of tests that ask git, the copy of a repository is a repository: a clone of its own, so that nothing
    that a test does with it reaches the other, with whatever isn't committed lying in it too.
    """

    def __init__(self, origin: Path) -> None:
        """Copy the files below ``origin``, an absolute path.

        Raises:
            UsageError: They can't be copied.
        """
        self.origin = origin
        self._real_origin = os.path.realpath(origin)
        self._files: dict[str, Stamp] = {}
        self._folders: dict[str, None] = {}
        self._changed: dict[str, bytes] = {}
        try:
            self._folder = new_folder(origin)
            self.scratch, self.root = self._folder / "scratch", self._folder / "copy" / (origin.name or "root")
            self._repository = clone(origin, self._folder / "clone")
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
        """Remove the copy."""
        if hasattr(self, "_folder"):
            remove_folder(self._folder)

    def _copy(self) -> None:
        self.root.mkdir(parents=True)
        for name, is_folder in entries(self.origin):
            if is_folder:
                self._add_folder(name)
            else:
                self._add_folder(os.path.dirname(name))
                self._restore(name)
        self._restore_repository()

    def _add_folder(self, name: str) -> None:
        if name and name not in self._folders:
            self._add_folder(os.path.dirname(name))
            self._folders[name] = None
            self._restore_folder(name)

    def _restore_folder(self, name: str) -> None:
        (self.root / name).mkdir(exist_ok=True)
        with contextlib.suppress(OSError):
            os.chmod(self.root / name, stat.S_IMODE(os.stat(self.origin / name).st_mode) | stat.S_IRWXU)

    def _restore(self, name: str) -> None:
        """Copy a file; one that is gone by now or can't be read isn't there for the tests either."""
        target = self.root / name
        with contextlib.suppress(FileNotFoundError, PermissionError):
            shutil.copy2(self.origin / name, target, follow_symlinks=False)
            if target.is_symlink() and (inside := self._inside(os.readlink(target))):
                target.unlink()
                target.symlink_to(inside)
            self._files[name] = _stamp(target)

    def _inside(self, link: str) -> Path | None:
        """Return where the target of a link lies in the copy, if it is an absolute path into the project."""
        real = os.path.realpath(link)
        if not os.path.isabs(link) or not real.startswith(self._real_origin + os.sep):
            return None
        return self.root / real[len(self._real_origin) + 1 :]

    def _restore_repository(self) -> None:
        if self._repository is not None:
            remove_folder(self.root / ".git")
            shutil.copytree(self._repository, self.root / ".git")

    def write(self, contents: Mapping[str, bytes]) -> None:
        """Make these the only files, by path, whose content differs from the project's."""
        self.reset()
        before, self._changed = self._changed, dict(contents)
        for name in sorted(before.keys() | contents.keys()):
            if before.get(name) != contents.get(name):
                self._renew(name)

    def reset(self) -> None:
        """Take back what a run of the suite did to the files, but for compiled code."""
        for entry in list(all_entries(self.root)):
            name = entry.path[len(str(self.root)) + 1 :].replace(os.sep, "/")
            if entry.is_dir(follow_symlinks=False):
                if name not in self._folders:
                    remove_folder(Path(entry.path))
            elif name not in self._files:
                Path(entry.path).unlink(missing_ok=True)
        for name in self._folders:
            if not (self.root / name).is_dir():
                self._restore_folder(name)
        for name, stamp in list(self._files.items()):
            if _stamp(self.root / name) != stamp:
                self._renew(name)
        self._restore_repository()

    def _renew(self, name: str) -> None:
        """Write a file anew, also where a link stood: its target may lie outside of the copy.

        Each content gets a time of its own, since Python takes compiled code for fresh by the time in seconds.
        """
        target, time = self.root / name, self._files.get(name, (0, 0, 0))[1] // 10**9 + 2
        self._add_folder(os.path.dirname(name))
        _remove(target)
        if name in self._changed:
            target.write_bytes(self._changed[name])
            shutil.copymode(self.origin / name, target)
        else:
            self._restore(name)
        if target.is_file() and not target.is_symlink():
            os.utime(target, (time, time))
        self._files[name] = _stamp(target)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        remove_folder(path)
    else:
        path.unlink(missing_ok=True)


def _stamp(path: Path) -> Stamp:
    try:
        status = os.lstat(path)
    except OSError:
        return 0, 0, 0
    return status.st_mode, status.st_mtime_ns, status.st_size
