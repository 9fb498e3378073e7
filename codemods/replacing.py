"""A file's content put in the place of the old one, with all that belongs to the file besides.

Everything here raises OSError, and takes real paths only: no link is followed.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable
from hashlib import sha256
from io import FileIO
from itertools import chain, count
from pathlib import Path

_PREFIX = ".codemods-"
_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def put(target: Path, data: bytes, before: os.stat_result) -> None:
    """Make ``data`` the content of a file.

    Args:
        target: The file.
        data: Its new content.
        before: What the file is like. Where it has several hard links it is written in its place, so that they stay
            links to one file: a kill may then leave a part of each content.
    """
    if before.st_nlink > 1:
        _write_in_place(target, data)
        return
    name = temporary(target, data)
    try:
        _carry_over(target, name, before)
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def temporary(target: Path, data: bytes) -> str:
    """Write ``data`` to a new file beside ``target`` and return its path; ``remove_temporaries`` finds it."""
    import tempfile  # slow to import, and most runs write nothing

    descriptor, name = tempfile.mkstemp(prefix=_temporary_prefix(target), dir=target.parent)
    try:
        with FileIO(descriptor, "wb") as file:
            _fill(file, data)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    return name


def remove_temporaries(target: Path) -> None:
    """Remove what a run that was killed while it wrote the file ``target`` left beside it."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(target.parent):
            if entry.name.startswith(_temporary_prefix(target)) and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)


def _temporary_prefix(target: Path) -> str:
    # Not the name itself: with anything added it could be too long for the file system.
    return f"{_PREFIX}{sha256(os.fsencode(target.name)).hexdigest()[:12]}-"


def _fill(file: FileIO, data: bytes) -> None:
    file.seek(0)
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
    file.truncate(len(data))
    os.fsync(file.fileno())


def _write_in_place(target: Path, data: bytes) -> None:
    with FileIO(os.open(target, os.O_RDWR | _FLAGS), "r+b") as file:
        before = file.readall()
        try:
            _fill(file, data)
        except BaseException:
            _fill(file, before)
            raise


def is_torn(found: bytes, before: bytes, after: bytes) -> bool:
    """Whether a content may be what a write from ``before`` to ``after``, or back, left in its place when killed."""
    if not min(len(before), len(after)) <= len(found) <= max(len(before), len(after)):
        return False
    return all(byte in (before[at : at + 1] + after[at : at + 1]) for at, byte in enumerate(found))


def _carry_over(target: Path, name: str, before: os.stat_result) -> None:
    """Give the file ``name`` the owner, the mode and the attributes of ``target``."""
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            os.chown(name, before.st_uid, before.st_gid)
    os.chmod(name, stat.S_IMODE(before.st_mode))
    if hasattr(os, "listxattr"):
        with contextlib.suppress(OSError):
            _carry_attributes(target, name)


def _carry_attributes(target: Path, name: str) -> None:
    wanted = os.listxattr(target, follow_symlinks=False)
    for each in os.listxattr(name, follow_symlinks=False):
        if each not in wanted:  # of the folder's default access list
            with contextlib.suppress(OSError):
                os.removexattr(name, each, follow_symlinks=False)
    for each in wanted:
        with contextlib.suppress(OSError):
            os.setxattr(name, each, os.getxattr(target, each, follow_symlinks=False), follow_symlinks=False)


def back_up(target: Path, data: bytes) -> Path:
    """Write ``data``, the content of a file, to ``FILE.orig`` beside it; where that exists, to ``FILE.orig.1`` etc."""
    name = temporary(target, data)
    try:
        os.chmod(name, stat.S_IMODE(os.lstat(target).st_mode))
        endings = chain((".orig",), (f".orig.{number}" for number in count(1)))
        paths = (target.with_name(target.name + each) for each in endings)
        return next(path for path in paths if rename_new(name, path))
    finally:
        with contextlib.suppress(OSError):
            os.unlink(name)


def rename_new(name: str, path: Path) -> bool:
    """Give the file ``name`` the name ``path`` too, or instead; False where there is something of that name."""
    try:
        os.link(name, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without links, or a path that can't be one
        if os.path.lexists(path):
            return False
        os.rename(name, path)
    return True


def sync_folders(folders: Iterable[Path]) -> None:
    """Let what was renamed in folders outlive a loss of power, where the system can."""
    if os.name == "nt":
        return
    for folder in {*folders}:
        with contextlib.suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY | _FLAGS)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
