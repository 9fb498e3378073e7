"""The dialect of INI that pytest reads, which isn't that of ``configparser``.

Follows the package ``iniconfig``: any indented line continues the value above it, a ``#`` or ``;`` starts
a comment only at the start of a line, and nothing is interpolated.
"""

from __future__ import annotations

from codemods.errors import UsageError

Sections = dict[str, dict[str, str]]

_COMMENT = ("#", ";")


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
    section: dict[str, str] | None = None
    key: str | None = None
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        line = line.rstrip()
        if not line or line.lstrip().startswith(_COMMENT):
            continue
        header = _header(line)
        if header is not None:
            section, key = sections.setdefault(header, {}), None
        elif section is None or (line[0].isspace() and key is None):
            raise UsageError(f"{name}:{number}: isn't valid INI: {line.strip()!r} stands under no key or section")
        elif line[0].isspace() and key is not None:
            section[key] = f"{section[key]}\n{line.strip()}".lstrip("\n")
        else:
            key, value = _pair(line, f"{name}:{number}")
            section[key] = value
    return sections


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
