"""What is about to be written, noted first: a run that is killed while it writes can be finished or undone.

A journal is the user's, not the project's: it says what is written where, so it must not come with somebody's project.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import stat
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from codemods import replacing, source
from codemods.discovery import find_root
from codemods.errors import FileError, UsageError
from codemods.folders import is_own, journal_of
from codemods.places import exact_target, real
from codemods.source import reason

_VERSION = 2
_LIMIT = 2 * 1024**3
"""Bytes of the largest journal: it holds all files of a run twice."""
_HINT = "CODEMODS_STATE_DIR may name another folder"
_OTHERS_MAY_WRITE = 0o022
_TO_LOCK = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: its real path, posix, from the real root, and its bytes before and after."""

    path: str
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal that no other process has."""

    path: Path
    entries: tuple[Entry, ...]

    def end(self) -> None:
        """Remove it: the files are written, or are as they were."""
        replacing.remove_temporaries(self.path)
        with contextlib.suppress(OSError):
            os.unlink(self.path)


@contextmanager
def begin(root: Path, entries: Iterable[Entry]) -> Iterator[Journal]:
    """Write the journal of files that are going to be written; it stays unless it is ended.

    Raises:
        UsageError: It can't be written, so the files shouldn't be either; or there is one.
    """
    prepare(root)
    path, held = journal_of(root), tuple(entries)
    try:
        descriptor = _publish(path, _document(root, held))
    except OSError as error:
        raise _unwritable(path, error) from None
    if descriptor is None:
        refuse_pending(root)
        raise UsageError("nothing written: another run of codemods was writing this project; run again")
    try:
        yield Journal(path, held)
    finally:
        os.close(descriptor)


def prepare(root: Path) -> None:
    """Make the folder of journals, before work is done that would be in vain without it.

    Raises:
        UsageError: It can't be made, or isn't the user's.
    """
    folder = journal_of(root).parent
    try:
        _make_folder(folder)
    except OSError as error:
        raise _unwritable(folder, error) from None


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"nothing written: {path}: can't be written: {reason(error)}; {_HINT}")


def _make_folder(folder: Path) -> None:
    if not folder.is_absolute():  # without a home
        raise UsageError(f"nothing written: there is no folder of the user's for the journal; {_HINT}")
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    _check_folder(folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(0, "permission denied")


def _check_folder(folder: Path) -> None:
    status = os.lstat(folder)
    if not stat.S_ISDIR(status.st_mode):
        raise UsageError(f"{folder}: isn't a folder; remove it to go on, or {_HINT}")
    if not is_own(status):
        raise UsageError(f"{folder}: belongs to somebody else; {_HINT}")
    if os.name != "nt" and stat.S_IMODE(status.st_mode) & _OTHERS_MAY_WRITE:
        raise UsageError(f"{folder}: others may write in it; make it your own (chmod 700), or {_HINT}")


def _publish(path: Path, document: bytes) -> int | None:
    """Write a journal, all of it at once, and return what locks it; None where there is one."""
    replacing.remove_temporaries(path)
    name = replacing.temporary(path, document)
    descriptor = _open_to_lock(name)
    published = False
    try:
        _lock(descriptor)  # of the file, whatever it is called
        published = replacing.rename_new(name, path)
    finally:
        if not published:
            os.close(descriptor)
        with contextlib.suppress(OSError):
            os.unlink(name)
    replacing.sync_folders([path.parent])
    return descriptor if published else None


def _open_to_lock(path: str | Path) -> int:
    # Windows has no such locks, and removes no file that is open.
    return os.open(os.devnull if os.name == "nt" else path, _TO_LOCK)


def _lock(descriptor: int, *, shared: bool = False) -> bool:
    """Take an open file for this process until that ends, and return False where another process has it.

    Where the system knows no such lock, nobody has it.

    Args:
        descriptor: The open file.
        shared: Only ask that nobody else writes it.
    """
    try:
        from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
    except ImportError:
        return True
    try:
        flock(descriptor, (LOCK_SH if shared else LOCK_EX) | LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


@contextmanager
def pending(root: Path, *, shared: bool = False) -> Iterator[Journal | None]:
    """Give the journal of a write that was interrupted, of exactly this project, if there is one.

    Args:
        root: The project's root.
        shared: Only look at it.

    Raises:
        UsageError: It can't be read, isn't the user's, or is in use: another run is writing.
    """
    path = journal_of(root)
    descriptor = _opened(path)
    if descriptor is None:
        yield None
        return
    try:
        if not _lock(descriptor, shared=shared):
            raise UsageError(f"another run of codemods{_its_process(path)} is writing this project: let it end first")
        yield Journal(path, _entries(root, path)) if os.path.lexists(path) else None
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int | None:
    if not os.path.lexists(path):
        return None
    try:
        _check_folder(path.parent)
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"{path}: isn't a regular file, so it is no journal; remove it to go on")
        if not is_own(status):
            raise UsageError(f"{path}: belongs to somebody else; {_HINT}")
        return _open_to_lock(path)
    except FileNotFoundError:  # ended in the meantime
        return None
    except OSError as error:
        raise UsageError(f"{path}: can't be read: {reason(error)}") from None


def _its_process(path: Path) -> str:
    with contextlib.suppress(FileError, ValueError, KeyError, TypeError, RecursionError):
        return f" (process {int(json.loads(source.read(path, _LIMIT))['process'])})"
    return ""


def _document(root: Path, entries: Iterable[Entry]) -> bytes:
    files = [{"path": each.path, "before": _text(each.before), "after": _text(each.after)} for each in entries]
    document = {"version": _VERSION, "root": str(real(root)), "process": os.getpid(), "files": files}
    return json.dumps(document).encode()


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def _entries(root: Path, path: Path) -> tuple[Entry, ...]:
    try:
        document = json.loads(source.read(path, _LIMIT))
        if document["version"] != _VERSION or document["root"] != str(real(root)):
            raise KeyError("version")
        return tuple(map(_entry, document["files"]))
    except FileError as error:
        raise UsageError(f"{path}: {error}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UsageError(f"{path}: isn't a journal of this version of codemods; remove it to go on") from None


def _entry(values: dict[str, str]) -> Entry:
    path = values["path"]
    if b"\0" in os.fsencode(path):
        raise ValueError(path)
    return Entry(path, b64decode(values["before"], validate=True), b64decode(values["after"], validate=True))


def refuse_pending(root: Path) -> None:
    """Go on only where no write of this project was interrupted.

    Raises:
        UsageError: One was, or another run is writing.
    """
    with pending(root, shared=True) as found:
        if found is None:
            return
        written = sum(_is(root, each.path, each.after) for each in found.entries)
        recover = _recover(root)
        raise UsageError(
            f"{root}: a run was interrupted when it had written {written} of {len(found.entries)} files: "
            f"`{shlex.join(recover)}` writes the others, `{shlex.join((*recover, '--undo'))}` takes these back"
        )


def _recover(root: Path) -> tuple[str, ...]:
    """Return the command that finds the journal of a project from the working directory."""
    return ("codemods", "recover", *(() if find_root([Path()]) == root else (str(root),)))


def _is(root: Path, path: str, data: bytes) -> bool:
    try:
        return source.read(exact_target(root, path)) == data
    except FileError:
        return False
