"""Keeps the outlines of files on the disk, each for as long as the file has the same content."""

from __future__ import annotations

import contextlib
import json
import os
from functools import cache
from pathlib import Path

from codemods.semantics.project.encoding import decoded, encoded
from codemods.semantics.project.outline import Outline
from codemods.store import Store, written_by

_READERS = (
    "access_path.py", "file/arguments.py", "file/order.py", "file/scopes.py", "project/outline.py",
    "project/encoding.py", "project/origins.py", "project/bodies.py", "project/reading.py",
)  # fmt: skip


@cache
def _reader() -> bytes:
    return written_by(Path(__file__).parents[1] / name for name in _READERS)


class OutlineCache:
    """The outline of each module as JSON; what isn't exactly what was written is read from the source again."""

    def __init__(self, folder: Path | None) -> None:
        """Keep outlines in a folder, which need not exist; without one nothing is kept."""
        self._store = Store(folder)

    def get(self, path: Path, data: bytes) -> Outline | None:
        """Return what was kept for a file, if it had this content then."""
        payload = self._store.get(os.fsencode(path), key_of(data))
        with contextlib.suppress(ValueError, RecursionError):
            return decoded(json.loads(payload)) if payload is not None else None
        return None

    def put(self, path: Path, data: bytes, found: Outline) -> None:
        """Keep the outline of a file."""
        with contextlib.suppress(ValueError, RecursionError):
            payload = json.dumps(encoded(found), separators=(",", ":")).encode()
            self._store.put(os.fsencode(path), key_of(data), payload)


def key_of(data: bytes) -> bytes:
    """Return what an outline is good for."""
    return _reader() + data
