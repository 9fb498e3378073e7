"""Keeps the outlines of files on the disk, each for as long as the file has the same content."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from functools import cache
from pathlib import Path

from codemods import source
from codemods.analysis.index import bodies, origins, outline, reading
from codemods.analysis.index.outline import Outline
from codemods.errors import FileError


@cache
def _reader() -> bytes:
    """Return what tells outlines apart that other versions of this package have read."""
    return b"".join(source.read(Path(str(module.__file__))) for module in (outline, origins, bodies, reading))


class OutlineCache:
    """One small JSON file a module; what can't be read or written is read from the source again."""

    def __init__(self, folder: Path) -> None:
        """Keep outlines in a folder, which need not exist."""
        self._folder = folder

    def get(self, path: Path, data: bytes) -> Outline | None:
        """Return what was kept for a file, if it had this content then."""
        try:
            digest, *fields = json.loads(source.read(self._file(path)))
            return Outline(*fields) if digest == _digest(data) else None
        except (FileError, ValueError, TypeError):
            return None

    def put(self, path: Path, data: bytes, found: Outline) -> None:
        """Keep the outline of a file; a folder that can't be written is no error."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            # Not atomic: what is cut off isn't JSON, and is read from the source again.
            self._file(path).write_text(json.dumps([_digest(data), *found], separators=(",", ":")), encoding="utf-8")

    def _file(self, path: Path) -> Path:
        return self._folder / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:24]}.json"


def _digest(data: bytes) -> str:
    return hashlib.sha256(_reader() + data).hexdigest()[:32]
