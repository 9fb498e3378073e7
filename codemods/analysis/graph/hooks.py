"""Hooks that mark tests while they are collected, so that their files don't tell on which loop they run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

MARKING = (b"add_marker", b"asyncio", b"scope")
"""What stands in a file whose hooks do that."""


def reach(hooks: Sequence[str], path: str) -> bool:
    """Return whether the hooks of some files may mark the tests of a file; those of a conftest reach what is below."""
    files = [PurePosixPath(hook) for hook in hooks]
    return any(file.name != "conftest.py" or file.parent in PurePosixPath(path).parents for file in files)
