"""What a command printed, kept for as long as all that it asked of the disk would be answered the same again."""

from __future__ import annotations

import json
import os
import sys
import time
from functools import partial
from pathlib import Path

from codemods import __version__, disk
from codemods.cli import streams
from codemods.errors import CodemodsError, FileError
from codemods.folders import NO_CACHE, cache_folder
from codemods.source import read_unnoted
from codemods.store import Store

TYPE_CHECKING = False  # each start loads this, and typing takes long
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

FOLDER = "runs"
_COMMANDS = frozenset(("check", "diff"))
"""Those that change nothing."""
_CODES = frozenset((0, 1, 3))
"""The codes of runs that came to their end; the last says that there are errors in files."""
_FLAG = "--no-cache"
_OF_THE_TERMINAL = ("TERM", "NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS", "LINES", "PYTHONIOENCODING")


def kept(arguments: Sequence[str], run: Callable[[], int], failing: Callable[[Callable[[], int]], int]) -> int:
    """Run a command, or, where that would be the same, print what it printed before; return its code.

    Args:
        arguments: The command and its own arguments.
        run: What runs it.
        failing: Says why something can't be printed, and returns the code for it.
    """
    if _FLAG in arguments:
        os.environ[NO_CACHE] = "1"  # for the processes that are started, too
    folder = cache_folder() if arguments[:1] and arguments[0] in _COMMANDS and "-" not in arguments else None
    if folder is None:
        return run()
    try:
        kept_run = _Kept(Store(folder / FOLDER), arguments)
    except OSError:  # no working directory, or none that tells: the command says so
        return run()
    try:
        code = kept_run.again()
    except (OSError, CodemodsError) as error:
        return failing(partial(_raise, error))
    return kept_run.first(run) if code is None else code


def _raise(error: Exception) -> int:
    raise error


class _Kept:
    """What one command printed where it was run."""

    def __init__(self, store: Store, arguments: Sequence[str]) -> None:
        self._store = store
        self._place = _place(arguments)
        self._key = repr([*_tool()]).encode("utf-8", "surrogateescape")

    def again(self) -> int | None:
        """Print it and return the code, if it still holds; raises what ``put`` does."""
        from codemods.git import printed_again

        payload = self._store.get(self._place, self._key)
        if payload is None:
            return None
        entry = json.loads(payload)
        answers = {(name, what): answer for name, what, answer in entry["notes"]}
        now = time.time_ns()
        same = disk.hold(answers, entry["since"], printed_again, _content)
        if same is False:
            return None
        for stream, text in entry["printed"]:
            streams.put_again(stream, text)
        if same is None:  # files were written again with what they held: their new state will do the next time
            renewed = {note: disk.renewed(note, answer) for note, answer in answers.items()}
            self._put({**entry, "since": now, "notes": _rows(renewed)})
        return int(entry["code"])

    def first(self, run: Callable[[], int]) -> int:
        """Run the command and keep what it prints."""
        now, notes, printed = time.time_ns(), disk.begin(), streams.begin()
        try:
            code = run()
        finally:
            streams.end()
            disk.end()
        if notes.agree and notes.answers and code in _CODES:
            self._put({"since": now, "notes": _rows(notes.all()), "printed": printed, "code": code})
        return code

    def _put(self, entry: dict[str, Any]) -> None:
        self._store.put(self._place, self._key, json.dumps(entry, separators=(",", ":")).encode())


def _content(path: str) -> bytes | str:
    try:
        return read_unnoted(Path(path))[1]
    except FileError as error:
        return str(error)


def _rows(answers: dict[tuple[str, str], disk.Answer]) -> list[tuple[str, str, disk.Answer]]:
    return [(name, what, answer) for (name, what), answer in answers.items()]


def _place(arguments: Sequence[str]) -> bytes:
    """Return what is asked for, and where it is printed."""
    variables = [os.environ.get(each) for each in _OF_THE_TERMINAL]
    ends = [(each.isatty(), each.encoding) for each in (sys.stdout, sys.stderr)]
    size = os.get_terminal_size() if sys.stdout.isatty() else None
    facts = (list(arguments), os.getcwd(), variables, ends, size)
    return repr(facts).encode("utf-8", "surrogateescape")


def _tool() -> Iterator[object]:
    """Yield the state of the tool's own files, and of the folders from which it imports others."""
    yield __version__, sys.version
    waiting = [os.path.dirname(os.path.dirname(__file__))]
    while waiting:
        for each in os.scandir(waiting.pop()):
            if each.is_dir(follow_symlinks=False):
                waiting += [each.path] if each.name != "__pycache__" else []
            else:
                yield each.name, each.stat().st_mtime_ns, each.stat().st_size
    packages = (each for each in sys.path if each.endswith("-packages") and os.path.isdir(each))
    yield [os.stat(each).st_mtime_ns for each in packages]
