"""Where a file of a project may be written: in the project, and in none of the folders that discovery never enters."""

from __future__ import annotations

import os
from pathlib import Path

from codemods.errors import FileError
from codemods.walking import left_out


def target_of(root: Path, path: str) -> Path:
    """Return the real path of a file that is going to be written.

    Args:
        root: The project's root.
        path: The file or a link to it, posix, from the root.

    Raises:
        FileError: It really lies somewhere where nothing is written.
    """
    top = real(root)
    target = real(root / path)
    if top not in target.parents:
        raise FileError("isn't written: it really lies outside the project")
    for part in target.relative_to(top).parts:
        if left_out(part.casefold()):
            raise FileError(f"isn't written: it really lies in {part}, where no source of the project does")
    return target


def exact_target(root: Path, path: str) -> Path:
    """Return the path of a file that is going to be written, where no link is on the way.

    Args:
        root: The project's root.
        path: What ``target_of`` gave, posix, from the real root.

    Raises:
        FileError: It isn't such a path, or isn't any more.
    """
    target = target_of(root, path)
    if target.relative_to(real(root)).as_posix() != path:
        raise FileError("isn't written: its path leads through a link, or isn't plain")
    return target


def real(path: Path) -> Path:
    """Return the real path of a file or folder, which need not exist."""
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):  # a loop of links, on Windows; a NUL
        raise FileError("isn't written: its path leads nowhere") from None
