"""Keeps on the disk what can be found out again: one small file an entry, and nothing that isn't exactly as written."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from pathlib import Path

from codemods import source
from codemods.errors import FileError
from codemods.folders import is_own

TYPE_CHECKING = False  # each start loads this, and typing takes long
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_LARGEST = 16 * 1024 * 1024
"""Bytes of the largest entry that is kept."""
MOST_FILES, MOST_BYTES = 20_000, 256 * 1024 * 1024
"""What the folder may hold after it is looked through."""
_DIGEST = 32
_ERRORS = (FileError, OSError, ValueError, RecursionError)
SUFFIX = ".kept"


class Store:
    """A folder of entries, each by a name and good for one key.

    A file is a digest of the key and of what follows, and that. Nothing is followed through links, and a folder that is
    somebody else's is left alone.
    """

    def __init__(self, folder: Path | None) -> None:
        """Keep entries in a folder, which need not exist; without one nothing is kept."""
        self._folder = folder

    def get(self, name: bytes, key: bytes) -> bytes | None:
        """Return what was kept under a name, if it was for this key."""
        if self._folder is None:
            return None
        file = self._file(self._folder, name)
        try:
            if not _is_ours(self._folder, stat.S_ISDIR) or not _is_ours(file, stat.S_ISREG):
                return None
            data = source.read_unnoted(file, _LARGEST + _DIGEST)[1]
        except _ERRORS:
            return None
        payload = data[_DIGEST:]
        return payload if data[:_DIGEST] == digest(key, payload) else None

    def put(self, name: bytes, key: bytes, payload: bytes) -> None:
        """Keep an entry; a folder that can't be written is no error."""
        if self._folder is None or len(payload) > _LARGEST:
            return
        with contextlib.suppress(*_ERRORS):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _is_ours(self._folder, stat.S_ISDIR):
                file = self._file(self._folder, name)
                write_whole(file, digest(key, payload) + payload)
                # A folder grows by new names only: of 256 of them one has it looked through.
                if file.name.startswith("00"):
                    prune(self._folder)

    def _file(self, folder: Path, name: bytes) -> Path:
        return folder / f"{hashlib.sha256(name).hexdigest()[:24]}{SUFFIX}"


def digest(key: bytes, payload: bytes) -> bytes:
    """Return what stands before an entry."""
    return hashlib.sha256(b"".join((len(key).to_bytes(8, "big"), key, payload))).digest()


def written_by(modules: Iterable[Path]) -> bytes:
    """Return what tells entries apart that other versions of some modules have written."""
    return hashlib.sha256(b"".join(source.read_unnoted(each)[1] for each in modules)).digest()


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


def clean(folder: Path) -> int:
    """Remove all entries of a folder, and of the folders in it; return how many there were.

    Raises:
        FileError: The folder is somebody else's, or can't be read.
    """
    removed = 0
    try:
        if os.path.lexists(folder) and not _is_ours(folder, stat.S_ISDIR):
            raise FileError("isn't a folder of this user's")
        for top, _, files in os.walk(folder):
            for name in (each for each in files if each.endswith(SUFFIX)):
                os.unlink(os.path.join(top, name))
                removed += 1
    except OSError as error:
        raise FileError(f"can't be cleaned: {source.reason(error)}") from None
    return removed


def _is_ours(path: Path, is_kind: Callable[[int], bool]) -> bool:
    """Return whether something is of a kind, no link, and the user's own."""
    status = os.lstat(path)
    return is_kind(status.st_mode) and is_own(status)


def write_whole(file: Path, data: bytes) -> None:
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
