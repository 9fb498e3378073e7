"""What comes from files and file names, made fit to be read: it can't forge a line, nor drive a terminal."""

from __future__ import annotations

import re

_COLOURED = re.compile(r"(\x1b\[(?:[01]|3[1236])m)")
"""The colours of ``codemods.report.colour``."""


def quoted(text: str) -> str:
    r"""Return a text in one line, with what isn't printable as in Python's strings, like ``\x1b`` or ``\u202e``.

    That is what ``str.isprintable`` says: control and formatting characters, line and paragraph separators, all
    spaces but the plain one, and what stands for the bytes of a name that isn't valid in its encoding (``\udcff``).
    """
    return text if text.isprintable() else "".join(map(_quoted, text))


def _quoted(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def quoted_around_colours(line: str) -> str:
    """Return a line in which only the tool's own colours are left as they are."""
    parts = _COLOURED.split(line) if "\x1b" in line else [line]
    return "".join(part if number % 2 else quoted(part) for number, part in enumerate(parts))


def shown(data: bytes) -> bytes:
    """Return lines of source, in whatever encoding, as a terminal may get them: their ends and tabs stay."""
    return b"\n".join(map(_shown, data.split(b"\n")))


def _shown(line: bytes) -> bytes:
    text = line.decode("utf-8", "backslashreplace")
    end = "\r" if text.endswith("\r") else ""
    return ("\t".join(map(quoted, text.removesuffix("\r").split("\t"))) + end).encode()
