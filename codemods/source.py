"""Bytes to text and back without losing one; files are read and replaced here."""

from __future__ import annotations

import codecs
import os
import re
import stat
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from codemods import disk
from codemods.errors import FileError, MissingFileError

LIMIT = 32 * 1024 * 1024
"""Bytes of the largest file that is read."""
_MEGABYTE = 1024 * 1024
# A FIFO that takes the place of a file at the last moment must not be waited for.
_TO_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_FIRST_LINES = re.compile(rb"([^\r\n]*(?:\r\n|\n|\r)?)([^\r\n]*)")


@dataclass(frozen=True, slots=True)
class Source:
    """A file's text together with what is needed to write it back as it was."""

    data: bytes
    text: str
    encoding: str
    bom: bool

    def encode(self, text: str) -> bytes:
        """The bytes of ``text`` in this file's encoding, with its BOM if it has one.

        Raises:
            FileError: The encoding has no bytes for a character of ``text``.
        """
        try:
            encoded = text.encode(self.encoding)
        except UnicodeEncodeError as error:
            character = text[error.start]
            raise FileError(f"{self.encoding} can't encode the character {character!r}") from None
        return codecs.BOM_UTF8 + encoded if self.bom else encoded


def decode(data: bytes) -> Source:
    """The text of a Python file, by its BOM or its coding line, else UTF-8 (PEP 263).

    Line ends stay as they are, and the BOM is no part of the text.

    Raises:
        FileError: The data holds NULs, names an unknown encoding, isn't valid in its encoding, or is
            text that wouldn't become the same bytes again.
    """
    if b"\0" in data:
        raise FileError("holds NUL bytes, so it isn't Python source")
    bom = data.startswith(codecs.BOM_UTF8)
    encoding = _encoding(data)
    body = data[3:] if bom else data
    try:
        text = body.decode(encoding)
        same = text.encode(encoding) == body
    except UnicodeDecodeError as error:
        raise FileError(_undecodable(body, encoding, error)) from None
    except (LookupError, ValueError):
        raise FileError(f"{encoding!r} isn't an encoding for text") from None
    if not same:
        raise FileError(f"its text doesn't encode back to the same bytes in {encoding}")
    return Source(data, text, encoding, bom)


def _encoding(data: bytes) -> str:
    # Only ASCII decides: a non-ASCII letter beside the coding line is the decoder's to judge. And lines
    # are cut here because `detect_encoding` doesn't see that a lone CR ends one.
    match = _FIRST_LINES.match(data.removeprefix(codecs.BOM_UTF8))
    lines = [line.decode("ascii", "ignore").encode() for line in match.groups()] if match else []
    if data.startswith(codecs.BOM_UTF8):
        lines[0] = codecs.BOM_UTF8 + lines[0]
    try:
        encoding, _ = tokenize.detect_encoding(iter(lines).__next__)
    except SyntaxError as error:
        raise FileError(str(error.msg)) from None
    return "utf-8" if encoding == "utf-8-sig" else encoding


def _undecodable(body: bytes, encoding: str, error: UnicodeDecodeError) -> str:
    line = len(re.findall(rb"\r\n|\n|\r", body[: error.start])) + 1
    return f"isn't valid {encoding}: byte 0x{body[error.start]:02x} in line {line}"


def split_lines(text: str) -> list[str]:
    r"""The lines of ``text`` with their ends, which are ``\r\n``, ``\n`` and ``\r`` and nothing else.

    ``str.splitlines`` also splits at form feeds and Unicode separators, where Python's grammar doesn't.
    """
    return _LINE.findall(text)


def line_starts(lines: Iterable[str]) -> list[int]:
    """Where each of these lines begins in the text of all of them, in characters; last, where that text ends."""
    return [0, *accumulate(map(len, lines))]


def read(path: Path, limit: int = LIMIT) -> bytes:
    """The bytes of a regular file; nothing else in this package reads one.

    Args:
        path: The file, or a link to it.
        limit: How many bytes it may have.

    Raises:
        MissingFileError: It isn't there.
        FileError: It isn't a regular file, is larger than ``limit``, or can't be read, and why.
    """
    try:
        status, data = read_unnoted(path, limit)
    except FileError as error:
        disk.note_unreadable(path, str(error))
        raise
    disk.note_content(path, status, data)
    return data


def read_unnoted(path: Path, limit: int = LIMIT) -> tuple[os.stat_result, bytes]:
    """The state and the bytes of a file that no result depends on: what the tool keeps for itself.

    Raises:
        MissingFileError, FileError: As ``read``.
    """
    try:
        _refuse_irregular(os.stat(path), limit)  # before it is opened: to open a device may do something
        with open(os.open(path, _TO_READ), "rb") as file:
            _refuse_irregular(status := os.fstat(file.fileno()), limit)
            data = file.read(limit + 1)
    except FileNotFoundError as error:
        raise MissingFileError(f"can't be read: {reason(error)}") from None
    except (OSError, ValueError) as error:  # a NUL in the name is a ValueError
        raise FileError(f"can't be read: {reason(error)}") from None
    if len(data) > limit:
        raise FileError(_too_large(limit))
    return status, data


def _refuse_irregular(status: os.stat_result, limit: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise FileError("can't be read: not a regular file")
    if status.st_size > limit:
        raise FileError(_too_large(limit))


def _too_large(limit: int) -> str:
    return f"can't be read: larger than {limit // _MEGABYTE} MiB"


def reason(error: OSError | ValueError) -> str:
    """What the system said, as the end of a sentence."""
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()


def reason_and_file(error: OSError) -> str:
    """What the system said, behind the file that it said it of."""
    return f"{error.filename}: {reason(error)}" if error.filename else reason(error)


def replace(target: Path, data: bytes) -> None:
    """Make ``data`` the content of an existing file, all of it or nothing.

    Its mode, owner and extended attributes stay, and its hard links.

    Args:
        target: The file, by its real path: a link is refused.
        data: Its new content.

    Raises:
        FileError: It can't be written, and why; the file is as it was.
    """
    from codemods import replacing  # to read takes none of it

    before = check_replaceable(target)
    try:
        replacing.put(target, data, before)
    except OSError as error:
        raise FileError(f"can't be written: {reason(error)}") from None


def check_replaceable(target: Path) -> os.stat_result:
    """Return what an existing file is like, if nothing speaks against replacing its content.

    Args:
        target: The file, by its real path.

    Raises:
        FileError: It is behind a link, not a regular file, or write-protected, or its folder is.
    """
    try:
        status = os.lstat(target)
        if os.path.realpath(target) != str(target):
            raise FileError("can't be written: it is behind a link")
        if not stat.S_ISREG(status.st_mode):
            raise FileError("can't be written: not a regular file")
        # Renaming over a file asks nobody whether the file may be written.
        if not os.access(target, os.W_OK):
            raise FileError("can't be written: permission denied")
        if status.st_nlink == 1 and not os.access(target.parent, os.W_OK | os.X_OK):
            raise FileError("can't be written: its folder is write-protected")
    except (OSError, ValueError) as error:
        raise FileError(f"can't be written: {reason(error)}") from None
    return status
