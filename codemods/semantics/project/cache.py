"""Keeps the outlines of files on the disk, each for as long as the file has the same content."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from collections.abc import Callable
from functools import cache
from pathlib import Path

from codemods import source
from codemods.errors import FileError
from codemods.folders import is_own
from codemods.semantics.project.encoding import decoded, encoded
from codemods.semantics.project.outline import Outline

_LARGEST = 4 * 1024 * 1024
"""Bytes of the largest outline that is kept."""
MOST_FILES, MOST_BYTES = 20_000, 256 * 1024 * 1024
"""What the folder may hold after it is looked through."""
_DIGEST = 32
_READERS = (
    "access_path.py", "file/arguments.py", "file/order.py", "file/scopes.py", "project/outline.py",
    "project/encoding.py", "project/origins.py", "project/bodies.py", "project/reading.py",
)  # fmt: skip


@cache
def _reader() -> bytes:
    """Return what tells outlines apart that other versions of this package have read."""
    files = (Path(__file__).parents[1] / name for name in _READERS)
    return hashlib.sha256(b"".join(map(source.read, files))).digest()


class OutlineCache:
    """One small file a module; what isn't exactly what was written, or can't be, is read from the source again.

    A file is a digest of the source and of what follows, and the outline as JSON. Nothing is followed through links,
    and a folder that is somebody else's is left alone.
    """

    def __init__(self, folder: Path) -> None:
        """Keep outlines in a folder, which need not exist."""
        self._folder = folder

    def get(self, path: Path, data: bytes) -> Outline | None:
        """Return what was kept for a file, if it had this content then."""
        file = self._file(path)
        try:
            if not _is_ours(self._folder, stat.S_ISDIR) or not _is_ours(file, stat.S_ISREG):
                return None
            digest, payload = _split(source.read(file, _LARGEST + _DIGEST))
            return decoded(json.loads(payload)) if digest == _digest(data, payload) else None
        except (FileError, OSError, ValueError, RecursionError):
            return None

    def put(self, path: Path, data: bytes, found: Outline) -> None:
        """Keep the outline of a file; a folder that can't be written is no error."""
        with contextlib.suppress(FileError, OSError, ValueError, RecursionError):
            payload = json.dumps(encoded(found), separators=(",", ":")).encode()
            if len(payload) > _LARGEST:
                return
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _is_ours(self._folder, stat.S_ISDIR):
                file = self._file(path)
                _write(file, _digest(data, payload) + payload)
                # A folder grows by new names only: of 256 of them one has it looked through.
                if file.name.startswith("00"):
                    prune(self._folder)

    def _file(self, path: Path) -> Path:
        return self._folder / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:24]}.json"


def prune(folder: Path, most_files: int = MOST_FILES, most_bytes: int = MOST_BYTES) -> None:
    """Remove the files of a folder that were written first, until it holds no more than this."""
    entries = [(entry.stat(follow_symlinks=False), entry.path) for entry in os.scandir(folder)]
    files = sorted((each.st_mtime_ns, path, each.st_size) for each, path in entries if not stat.S_ISDIR(each.st_mode))
    size = sum(each for _, _, each in files)
    for index, (_, path, each) in enumerate(files):
        if len(files) - index <= most_files and size <= most_bytes:
            break
        with contextlib.suppress(OSError):
            os.unlink(path)
        size -= each


def _is_ours(path: Path, is_kind: Callable[[int], bool]) -> bool:
    """Return whether something is of a kind, no link, and the user's own."""
    status = os.lstat(path)
    return is_kind(status.st_mode) and is_own(status)


def _write(file: Path, data: bytes) -> None:
    """Put a file in its place at once; no link that is there already is followed."""
    temporary = f"{file}.{os.getpid()}"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with open(descriptor, "wb") as written:
            written.write(data)
        os.replace(temporary, file)
    except OSError:
        os.unlink(temporary)
        raise


def _split(data: bytes) -> tuple[bytes, bytes]:
    return data[:_DIGEST], data[_DIGEST:]


def _digest(data: bytes, payload: bytes) -> bytes:
    parts = (_reader(), len(data).to_bytes(8, "big"), data, payload)
    return hashlib.sha256(b"".join(parts)).digest()
