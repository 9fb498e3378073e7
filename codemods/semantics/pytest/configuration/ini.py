"""The dialect of INI that pytest reads, which isn't that of ``configparser``.

Follows the package ``iniconfig``: any indented line continues the value above it, a ``#`` or ``;`` starts
a comment only at the start of a line, and nothing is interpolated.
"""

from __future__ import annotations

from dataclasses import dataclass

from codemods.errors import UsageError

Sections = dict[str, dict[str, str]]

_COMMENT = ("#", ";")


@dataclass(slots=True)
class Entry:
    """A section (its ``key`` is None) or a value in it, with the lines that it stands on, from 0."""

    section: str
    key: str | None
    first: int
    last: int
    value: str = ""
    """The lines of a value as written, joined by newlines."""


def parse(text: str, name: str) -> Sections:
    """The sections of an INI file with their values as written, the lines of a value joined by newlines.

    Where a section or a key stands twice the later value wins: pytest refuses such a file, but that is no
    reason to refuse to migrate the tests.

    Args:
        text: The content of the file.
        name: What to call the file in an error.

    Raises:
        UsageError: A line can't be understood, or is outside any section.
    """
    sections: Sections = {}
    for entry in entries(text, name):
        section = sections.setdefault(entry.section, {})
        if entry.key is not None:
            section[entry.key] = entry.value
    return sections


def entries(text: str, name: str) -> list[Entry]:
    """The sections and values of an INI file in their order, each with its place.

    Raises:
        UsageError: A line can't be understood, or is outside any section.
    """
    found: list[Entry] = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines()):
        line = line.rstrip()
        if not line or line.lstrip().startswith(_COMMENT):
            continue
        header = _header(line)
        if header is not None:
            found.append(Entry(header, None, number, number))
        elif not found or (line[0].isspace() and found[-1].key is None):
            raise UsageError(f"{name}:{number + 1}: isn't valid INI: {line.strip()!r} stands under no key or section")
        elif line[0].isspace():
            _continue(found[-1], number, line)
        else:
            key, value = _pair(line, f"{name}:{number + 1}")
            found.append(Entry(found[-1].section, key, number, number, value))
    return found


def _continue(entry: Entry, number: int, line: str) -> None:
    entry.value = f"{entry.value}\n{line.strip()}".lstrip("\n")
    entry.last = number


def _header(line: str) -> str | None:
    if not line.startswith("["):
        return None
    for mark in _COMMENT:
        line = line.split(mark)[0].rstrip()
    return line[1:-1] if line.endswith("]") else None


def _pair(line: str, place: str) -> tuple[str, str]:
    key, equals, value = line.partition("=")
    if not equals or ":" in key:
        key, colon, value = line.partition(":")
        if not colon:
            raise UsageError(f"{place}: isn't valid INI: no '=' or ':' in {line!r}")
    return key.strip(), value.strip()
