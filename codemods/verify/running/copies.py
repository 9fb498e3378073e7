"""The folders that copies of a project stand in, and what of a project is copied."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from uuid import uuid4

from codemods.errors import GitError, UsageError
from codemods.git import run
from codemods.walking import ENVIRONMENT_MARKS, NEVER_ENTERED

PREFIX = "codemods-verify-"
"""What the names of all folders for copies begin with."""


def refuse_moved(folder: Path) -> None:
    """Refuse to go on where a suite put something else, such as a link, in the place of a folder of its copy.

    Args:
        folder: The folder, by the path without links that it had.

    Raises:
        UsageError: It isn't there any more.
    """
    if os.path.realpath(folder) != str(folder) or not _is_folder(folder):
        raise UsageError(f"nothing proven and nothing written: the suite moved {folder}, in which it runs")


def _is_folder(path: Path | str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def remove(path: Path) -> None:
    """Remove whatever is at a path, if anything; raises OSError."""
    if _is_folder(path):
        remove_folder(path)
    else:
        path.unlink(missing_ok=True)


def remove_folder(folder: Path) -> None:
    """Remove a real folder, however deep it is and also where a test made something read-only; links aren't followed.

    What can't be removed stays. Each folder in it comes to the top first, so that no path gets too long; what is
    mounted in it doesn't come, and is left alone.
    """
    names = (os.path.join(folder, f"{uuid4().hex}-{number}") for number in count())
    waiting = [str(folder)]
    while waiting:
        path = waiting.pop()
        for entry in _opened(path):
            with contextlib.suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    os.chmod(entry.path, stat.S_IRWXU)
                    moved = next(names)
                    os.rename(entry.path, moved)
                    waiting.append(moved)
                else:
                    os.unlink(entry.path)
        if path != str(folder):
            with contextlib.suppress(OSError):
                os.rmdir(path)
    with contextlib.suppress(OSError):
        os.rmdir(folder)


def _opened(folder: str) -> list[os.DirEntry[str]]:
    if not _is_folder(folder):
        return []
    with contextlib.suppress(OSError):
        os.chmod(folder, stat.S_IRWXU)
    return _scan(folder)


def entries(top: Path) -> Iterator[tuple[str, bool]]:
    """Yield the files and folders of a project by relative path, and whether each is a folder; links are files.

    Environments and caches are left out, but for files in them that git tracks.
    """
    seen: set[str] = set()
    for entry in _walk(top):
        name = _below(top, entry)
        seen.add(name)
        yield name, entry.is_dir(follow_symlinks=False)
    for name in _tracked(top):
        if name not in seen and not os.path.isdir(top / name) and os.path.lexists(top / name) and _is_real(top, name):
            yield name, False


def _below(top: Path, entry: os.DirEntry[str]) -> str:
    return entry.path[len(str(top).rstrip(os.sep)) + 1 :].replace(os.sep, "/")


def _is_real(top: Path, name: str) -> bool:
    """Say whether no folder on the way to a tracked file is a link by now."""
    return os.path.realpath(top / os.path.dirname(name)) == os.path.normpath(
        os.path.join(os.path.realpath(top), os.path.dirname(name))
    )


def _walk(top: Path) -> Iterator[os.DirEntry[str]]:
    """Yield what is to be copied, folders before what is in them."""
    waiting = [str(top)]
    while waiting:
        for entry in _scan(waiting.pop()):
            if entry.name in NEVER_ENTERED or entry.name.startswith(PREFIX):
                continue
            if entry.is_dir(follow_symlinks=False):
                if not any(os.path.lexists(os.path.join(entry.path, mark)) for mark in ENVIRONMENT_MARKS):
                    yield entry
                    waiting.append(entry.path)
            elif entry.is_symlink() or entry.is_file(follow_symlinks=False):
                yield entry


def _tracked(top: Path) -> list[str]:
    if not os.path.lexists(top / ".git"):
        return []
    try:
        return [os.fsdecode(name) for name in run(top, "ls-files", "-z").split(b"\0") if name]
    except GitError:
        return []


def all_entries(top: Path) -> Iterator[tuple[str, bool]]:
    """Yield whatever lies below a folder, as ``entries`` does, without compiled code and git's own."""
    waiting = [str(top)]
    while waiting:
        for entry in _scan(waiting.pop()):
            name, is_folder = _below(top, entry), entry.is_dir(follow_symlinks=False)
            if name == ".git" or (entry.name == "__pycache__" and is_folder):
                continue
            yield name, is_folder
            if is_folder:
                waiting.append(entry.path)


def _scan(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []
