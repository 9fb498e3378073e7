"""``codemods cache``: what is kept on the disk between runs."""

from __future__ import annotations

from codemods.cli.session import say
from codemods.errors import FileError, UsageError
from codemods.folders import cache_folder
from codemods.store import clean


def run() -> int:
    """Remove what is kept."""
    folder = cache_folder()
    try:
        removed = clean(folder) if folder is not None else 0
    except FileError as error:
        raise UsageError(f"{folder}: {error}") from None
    say([f"removed {removed} entries of {folder}"], results=True)
    return 0
