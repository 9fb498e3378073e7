"""Where recordings lie: what ``codemods trace`` keeps for a project, and files that are named."""

from __future__ import annotations

import contextlib
from pathlib import Path

from codemods import disk, source
from codemods.errors import FileError, UsageError
from codemods.folders import evidence_of
from codemods.semantics.project.recording import Recording, read_recording, written
from codemods.store import write_whole


def kept_recording(root: Path) -> Recording:
    """Return what is kept for the project at a root; nothing where there is none, or none that can be read."""
    file = evidence_of(root)
    if file is not None and disk.is_file(file):
        with contextlib.suppress(FileError, ValueError):
            return read_recording(source.read(file))
    return Recording()


def named_recording(file: Path, option: str = "--evidence") -> Recording:
    """Return the recording in a file.

    Args:
        file: The file.
        option: What it was named with.

    Raises:
        UsageError: There is none.
    """
    try:
        return read_recording(source.read(file))
    except (FileError, ValueError) as error:
        raise UsageError(f"{option}: {file}: {error}") from None


def keep_recording(recording: Recording, file: Path) -> None:
    """Write a recording to a file, whole or not at all.

    Raises:
        UsageError: It can't be written.
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(file, written(recording))
    except OSError as error:
        raise UsageError(f"{file}: can't be written: {source.reason(error)}") from None
