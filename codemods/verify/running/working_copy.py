"""A copy of the project to try changes in: the project itself isn't touched."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from codemods.errors import UsageError
from codemods.source import reason
from codemods.verify.running.abandoned import CopyFolder
from codemods.verify.running.copies import all_entries, entries, refuse_moved, remove
from codemods.verify.running.repository import clone

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
        self._changed: dict[str, bytes | None] = {}
        try:
            self._folder = CopyFolder()
            folder = self._folder.path
            self.scratch, self.root = folder / "scratch", folder / "copy" / (origin.name or "root")
            self._repository = clone(origin, folder / "clone")
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
            self._folder.remove()

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
        parts = name.split("/") if name else []
        for number in range(1, len(parts) + 1):
            folder = "/".join(parts[:number])
            if folder not in self._folders:
                self._restore_folder(folder)
                self._folders[folder] = None

    def _restore_folder(self, name: str) -> None:
        target = self._at(name)
        if target.is_symlink() or not target.is_dir():
            remove(target)
            target.mkdir()
        with contextlib.suppress(OSError):
            os.chmod(target, stat.S_IMODE(os.lstat(self.origin / name).st_mode) | stat.S_IRWXU)

    def _restore(self, name: str) -> None:
        """Copy a file; one that is gone by now or can't be read isn't there for the tests either."""
        origin, target = self.origin / name, self._at(name)
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            mode = os.lstat(origin).st_mode
            if stat.S_ISLNK(mode):
                target.symlink_to(self._moved(origin))
                shutil.copystat(origin, target, follow_symlinks=False)
            elif stat.S_ISREG(mode):
                shutil.copy2(origin, target, follow_symlinks=False)
            else:  # a folder where a file stood before
                return
            self._files[name] = _stamp(target)

    def _moved(self, link: Path) -> str:
        """Return what a link of the project holds in the copy: one into the project leads into the copy instead."""
        holds = os.readlink(link)
        real = os.path.realpath(link)
        inside = self._inside(real)
        if inside is None:
            return holds if os.path.isabs(holds) else real
        relative = not os.path.isabs(holds) and self._stays_inside(link.parent, holds)
        return holds if relative else str(self.root / inside)

    def _inside(self, real: str) -> str | None:
        if real == self._real_origin:
            return ""
        start = self._real_origin.rstrip(os.sep) + os.sep
        return real[len(start) :] if real.startswith(start) else None

    def _stays_inside(self, folder: Path, holds: str) -> bool:
        """Say whether no part of the way that a relative link goes lies outside of the project."""
        parts = holds.split(os.sep)
        steps = (os.path.join(folder, *parts[:number]) for number in range(1, len(parts) + 1))
        return all(self._inside(os.path.realpath(each)) is not None for each in steps)

    def _at(self, name: str) -> Path:
        """Return where a file or folder of the copy is to be written.

        Raises:
            UsageError: A link stands on the way there by now.
        """
        path = self.root / name
        refuse_moved(path.parent)
        return path

    def _restore_repository(self) -> None:
        if self._repository is not None:
            remove(self._at(".git"))
            shutil.copytree(self._repository, self.root / ".git", symlinks=True)

    def refuse_outside(self, names: Iterable[str]) -> None:
        """Refuse files of the project, by path, that don't lie in the copy, which must be as it was made.

        Raises:
            UsageError: One of them isn't below the root, or a link leads from there to somewhere else.
        """
        for name in names:
            self._settled(name)

    def _settled(self, name: str) -> str:
        """Return a path from the root on which no folder is a link; raises UsageError if it leads out of the copy."""
        folder = os.path.realpath(self.root / os.path.dirname(name))
        if os.path.isabs(name) or (folder != str(self.root) and not folder.startswith(str(self.root) + os.sep)):
            raise UsageError(
                f"{name}: lies outside of {self.origin}, perhaps behind a link, so it can't be tried in a copy; "
                "run verify in the project that it belongs to"
            )
        return Path(os.path.relpath(os.path.join(folder, os.path.basename(name)), self.root)).as_posix()

    def write(self, contents: Mapping[str, bytes | None]) -> None:
        """Make these the only files, by path, whose content differs from the project's; None of one that isn't there.

        Raises:
            UsageError: One of them isn't in the copy, or the suite put something else in the place of the copy.
        """
        self.reset()
        settled = {self._settled(name): data for name, data in contents.items()}
        before, self._changed = self._changed, settled
        for name in sorted(before.keys() | settled.keys()):
            if name not in before or name not in settled or before[name] != settled[name]:
                self._renew(name)

    def reset(self) -> None:
        """Take back what a run of the suite did to the files, but for compiled code.

        Raises:
            UsageError: The suite put something else in the place of the copy.
        """
        refuse_moved(self.root)
        for name, is_folder in list(all_entries(self.root)):
            if name not in (self._folders if is_folder else self._files) and os.path.lexists(self.root / name):
                remove(self._at(name))
        for name in self._folders:
            if (self.root / name).is_symlink() or not (self.root / name).is_dir():
                self._restore_folder(name)
        for name, stamp in list(self._files.items()):
            if _stamp(self.root / name) != stamp:
                self._renew(name)
        self._restore_repository()

    def _renew(self, name: str) -> None:
        """Write a file anew, also where a link stood: its target may lie outside of the copy.

        Each content gets a time of its own, since Python takes compiled code for fresh by the time in seconds.
        """
        time = self._files.get(name, (0, 0, 0))[1] // 10**9 + 2
        if name in self._changed and self._changed[name] is None and not os.path.lexists(self.root / name):
            self._files.pop(name, None)
            return
        self._add_folder(os.path.dirname(name))
        target = self._at(name)
        remove(target)
        for folder in [each for each in self._folders if each == name or each.startswith(f"{name}/")]:
            del self._folders[folder]
        self._files.pop(name, None)
        if name not in self._changed:
            self._restore(name)
        elif (data := self._changed[name]) is not None:
            target.write_bytes(data)
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                shutil.copymode(self.origin / name, target)
        if target.is_file() and not target.is_symlink():
            os.utime(target, (time, time))
            self._files[name] = _stamp(target)


def _stamp(path: Path) -> Stamp:
    try:
        status = os.lstat(path)
    except OSError:
        return 0, 0, 0
    return status.st_mode, status.st_mtime_ns, status.st_size
