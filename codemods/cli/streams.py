"""The standard streams, which may be closed, full, or read by nobody any more."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from codemods.errors import CodemodsError

TYPE_CHECKING = False  # each start loads this, and typing takes long
if TYPE_CHECKING:
    from typing import IO, AnyStr

# What can't be read from or written to gives the error that the closed stream would have given.
_MISSING = (("stdin", "r", os.O_WRONLY), ("stdout", "w", os.O_RDONLY), ("stderr", "w", os.O_WRONLY))


class OutputError(CodemodsError):
    """A result can't be printed; the message says why."""


def prepare() -> None:
    """Keep the numbers of closed streams from files that are opened later, and let no character be an error."""
    for descriptor, (name, mode, flags) in enumerate(_MISSING):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, flags), True)  # it gets the lowest free number
        if getattr(sys, name) is None:
            setattr(sys, name, open(descriptor, mode, closefd=False))  # noqa: SIM115  (until Python ends)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


_printed: list[tuple[str, str]] | None = None


def begin() -> list[tuple[str, str]]:
    """Begin to note what is printed, until ``end``: by the name of its stream, bytes as latin-1."""
    global _printed
    _printed = []
    return _printed


def end() -> None:
    """Note nothing any more."""
    global _printed
    _printed = None


def put_again(name: str, text: str) -> None:
    """Print what was noted; raises what ``put`` does."""
    if name == "bytes":
        put(sys.stdout.buffer, [text.encode("latin-1")])
    elif name == "results":
        put(sys.stdout, [text])
    else:
        put_beside([text])


def _note(stream: IO[AnyStr], chunk: AnyStr) -> None:
    if _printed is not None and isinstance(chunk, bytes):
        _printed.append(("bytes", chunk.decode("latin-1")))
    elif _printed is not None:
        _printed.append(("beside" if stream is sys.stderr else "results", str(chunk)))


def put(stream: IO[AnyStr], chunks: Iterable[AnyStr]) -> None:
    """Write results, all at once.

    Raises:
        BrokenPipeError: Nobody reads them.
        OutputError: They can't be written, and why.
    """
    for chunk in chunks:
        _note(stream, chunk)
        _tried(stream, chunk)
    _tried(stream, None)


def _tried(stream: IO[AnyStr], chunk: AnyStr | None) -> None:
    try:
        if chunk is None:
            stream.flush()
        else:
            stream.write(chunk)
    except BrokenPipeError:
        raise
    except OSError as error:
        from codemods.source import reason

        raise OutputError(f"the result can't be printed: {reason(error)}") from None


def put_beside(chunks: Iterable[str]) -> None:
    """Write what isn't a result to standard error, if that can be."""
    try:
        put(sys.stderr, chunks)
    except (BrokenPipeError, OutputError):
        give_up(sys.stderr)


def give_up(stream: IO[str]) -> None:
    """Throw away what a stream still holds: Python would write it when it ends, and complain or wait."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
