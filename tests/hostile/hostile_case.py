"""A hostile input: what lies on the disk, the command that meets it, and what has to come of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Make = Callable[[Path], None]
"""Lays out a project in an empty folder, which is the working directory of the command."""

LEGACY = "import time\n\n\nasync def test_sleep():\n    time.sleep(0)\n"
"""A test module with a finding that is safe to fix."""


@dataclass(frozen=True)
class Case:
    """One line of the table."""

    name: str
    make: Make | Mapping[str, str | bytes]
    """What lies there: files by path, or what makes them."""
    command: tuple[str, ...]
    code: int | tuple[int, ...]
    """The exit code, or those of which one is right."""
    says: tuple[str, ...] = ()
    """What stands somewhere in what is printed."""
    says_not: tuple[str, ...] = ()
    changes: frozenset[str] = frozenset()
    """The paths that the command may change; all others stay as they are, whatever they are."""
    stdin: bytes = b""
    environment: Mapping[str, str] = field(default_factory=dict)
    process: bool = False
    """Whether it needs a process of its own, and so is run by ``make check-all`` only."""

    def __str__(self) -> str:
        return self.name

    def lay_out(self, folder: Path) -> None:
        """Make what the command meets."""
        if callable(self.make):
            self.make(folder)
            return
        write(folder, self.make)


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files by path; folders are made."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def snapshot(folder: Path) -> dict[str, tuple[object, ...]]:
    """Return what lies below a folder by path: kind, mode and content; links and pipes aren't followed."""
    found: dict[str, tuple[object, ...]] = {}
    waiting = [os.fsencode(folder)]
    while waiting:
        for entry in os.scandir(waiting.pop()):
            status = entry.stat(follow_symlinks=False)
            name = os.fsdecode(os.path.relpath(entry.path, os.fsencode(folder)))
            found[name] = (stat.S_IFMT(status.st_mode), stat.S_IMODE(status.st_mode), _content(entry))
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
    return found


def _content(entry: os.DirEntry[bytes]) -> bytes:
    if entry.is_symlink():
        return os.readlink(entry.path)
    if entry.is_file(follow_symlinks=False) and os.access(entry.path, os.R_OK):
        with open(entry.path, "rb") as file:
            return file.read()
    return b""
