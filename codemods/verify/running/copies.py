"""The folders that copies of a project stand in, and what of a project is copied."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from codemods.discovery import ENVIRONMENT_MARKS, NEVER_ENTERED
from codemods.git import environment

_PREFIX = "codemods-verify-"


def new_folder(origin: Path) -> Path:
    """Make the folder that a copy stands in; its name tells of which project it is and who made it."""
    return Path(os.path.realpath(tempfile.mkdtemp(prefix=f"{_prefix(origin)}{os.getpid()}-")))


def _prefix(origin: Path) -> str:
    return f"{_PREFIX}{sha256(os.fsencode(origin)).hexdigest()[:12]}-"


def remove_abandoned(origin: Path) -> None:
    """Remove the copies that killed runs over the same project left behind."""
    with contextlib.suppress(OSError):
        for folder in Path(tempfile.gettempdir()).glob(f"{_prefix(origin)}*"):
            process = folder.name.rpartition("-")[0].rpartition("-")[2]
            if process.isdecimal() and not _lives(int(process)):
                remove_folder(folder)


def _lives(process: int) -> bool:
    if os.name == "nt":  # there, asking would be a signal
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def remove_folder(folder: Path) -> None:
    """Remove a folder, also one in which a test made something read-only."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        for path, _, _ in os.walk(folder):
            with contextlib.suppress(OSError):
                os.chmod(path, stat.S_IRWXU)
        shutil.rmtree(folder, ignore_errors=True)


def entries(top: Path) -> Iterator[tuple[str, bool]]:
    """Yield the files and folders of a project by relative path, and whether each is a folder; links are files.

    Environments and caches are left out, but for files in them that git tracks.
    """
    seen: set[str] = set()
    for entry in _walk(top):
        name = entry.path[len(str(top).rstrip(os.sep)) + 1 :].replace(os.sep, "/")
        seen.add(name)
        yield name, entry.is_dir(follow_symlinks=False)
    for name in _tracked(top):
        if name not in seen and os.path.lexists(top / name) and not os.path.isdir(top / name):
            yield name, False


def _walk(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    for entry in _scan(folder):
        if entry.name in NEVER_ENTERED or entry.name.startswith(_PREFIX):
            continue
        if entry.is_dir(follow_symlinks=False):
            if not any(os.path.lexists(os.path.join(entry.path, mark)) for mark in ENVIRONMENT_MARKS):
                yield entry
                yield from _walk(entry.path)
        elif entry.is_symlink() or entry.is_file(follow_symlinks=False):
            yield entry


def _tracked(top: Path) -> list[str]:
    if not (top / ".git").exists():
        return []
    return [os.fsdecode(name) for name in git(top, "ls-files", "-z").split(b"\0") if name]


def all_entries(top: Path) -> Iterator[os.DirEntry[str]]:
    """Yield whatever lies below a folder, folders before what is in them, without compiled code and git's own."""
    for entry in _scan(top):
        if entry.name != "__pycache__" and not (entry.name == ".git" and os.path.dirname(entry.path) == str(top)):
            yield entry
            if entry.is_dir(follow_symlinks=False):
                yield from all_entries(Path(entry.path))


def _scan(folder: Path | str) -> list[os.DirEntry[str]]:
    try:
        return list(os.scandir(folder))
    except OSError:
        return []


def clone(origin: Path, folder: Path) -> Path | None:
    """Make a repository that has what the one at ``origin`` has and shares its objects, and nothing else of it.

    Returns:
        The folder of the new repository, ``.git``; None if there is none at ``origin``, or no commit.
    """
    if not (origin / ".git").exists():
        return None
    git(origin.parent, "clone", "--quiet", "--shared", "--no-checkout", "--template=", str(origin), str(folder))
    if not git(folder, "rev-parse", "--verify", "--quiet", "HEAD"):
        return None
    git(folder, "read-tree", "HEAD")
    git(folder, "remote", "remove", "origin")
    return folder / ".git"


def git(folder: Path, *arguments: str) -> bytes:
    """Return what git prints in a folder; nothing if it fails."""
    command = ["git", "-C", str(folder), *arguments]
    surroundings = {**environment(), "GIT_ALLOW_PROTOCOL": "file"}  # a folder is cloned by a protocol of its own
    try:
        done = subprocess.run(command, capture_output=True, check=False, env=surroundings)
    except OSError:
        return b""
    return b"" if done.returncode else done.stdout
