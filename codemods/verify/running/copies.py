"""The folders that copies of a project stand in: making, finding and removing them."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

from codemods.git import environment

PREFIX = "codemods-verify-"


def name_of(origin: Path) -> str:
    """Return the name of the copy: tests may look at the folder that they stand in."""
    return origin.name or "root"


def _prefix(origin: Path) -> str:
    return f"{PREFIX}{sha256(os.fsencode(origin)).hexdigest()[:12]}-"


def new_folder(origin: Path) -> Path:
    """Make the folder that a copy stands in; its name tells of which project it is and who made it."""
    return Path(os.path.realpath(tempfile.mkdtemp(prefix=f"{_prefix(origin)}{os.getpid()}-")))


def remove_abandoned(origin: Path) -> None:
    """Remove the copies that killed runs over the same project left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_prefix(origin)}*"):
        process = folder.name.rpartition("-")[0].rpartition("-")[2]
        if process.isdecimal() and not _lives(int(process)):
            remove(origin, folder)


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


def remove(origin: Path, folder: Path) -> None:
    """Remove the folder of a copy, and git's note of it."""
    if (folder / name_of(origin) / ".git").is_file():
        _git(origin, "worktree", "remove", "--force", str(folder / name_of(origin)))
    remove_folder(folder)


def remove_folder(folder: Path) -> None:
    """Remove a folder, also one in which a test made something read-only."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        for path, _, _ in os.walk(folder):
            with contextlib.suppress(OSError):
                os.chmod(path, stat.S_IRWXU)
        shutil.rmtree(folder, ignore_errors=True)


def add_worktree(origin: Path, target: Path) -> None:
    """Make ``target`` a worktree of the repository at ``origin``, without files, if there is one with a commit."""
    if (origin / ".git").exists() and _git(
        origin, "worktree", "add", "--detach", "--no-checkout", str(target)
    ):  # fmt: skip
        _git(target, "read-tree", "HEAD")


def _git(folder: Path, *arguments: str) -> bool:
    command = ["git", "-c", f"core.hooksPath={os.devnull}", "-C", str(folder), *arguments]
    try:
        return not subprocess.run(command, capture_output=True, check=False, env=environment()).returncode
    except OSError:
        return False
