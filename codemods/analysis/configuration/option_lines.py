"""On which line of its file an option of pytest stands."""

from __future__ import annotations

import re
from pathlib import Path

from codemods.analysis.configuration import ini
from codemods.analysis.configuration.toml_text import TomlText

_TABLES = (("tool", "pytest"), ("tool", "pytest", "ini_options"), ("pytest",))


class OptionLines:
    """The lines of a configuration file that pytest could read; it is read when it is first asked for."""

    def __init__(self, path: Path) -> None:
        """Take the path of a valid file."""
        self._path = path
        self._lines: list[str] | None = None
        self._spans: dict[str, tuple[int, int]] = {}

    def find(self, key: str, pattern: str | None = None) -> tuple[int, str]:
        """The number and the text of an option's first line, or of the line within its value that fits a pattern."""
        lines = self._read()
        first, last = self._spans.get(key, (0, 0))
        for number in range(first, last + 1):
            if pattern is None or re.search(pattern, lines[number]):
                return number + 1, lines[number].strip()
        return first + 1, lines[first].strip() if lines else ""

    def _read(self) -> list[str]:
        if self._lines is None:
            text = self._path.read_text(encoding="utf-8")
            self._lines = text.splitlines()
            self._spans = _toml(text) if self._path.suffix == ".toml" else _ini(text, str(self._path))
        return self._lines


def _toml(text: str) -> dict[str, tuple[int, int]]:
    document = TomlText(text)
    found = {}
    for value in document.values:
        if value.path[:-1] in _TABLES:
            found[str(value.path[-1])] = document.line(value.start) - 1, document.line(value.end) - 1
    return found


def _ini(text: str, name: str) -> dict[str, tuple[int, int]]:
    section = "tool:pytest" if name.endswith("setup.cfg") else "pytest"
    entries = (each for each in ini.entries(text, name) if each.section == section)
    return {each.key: (each.first, each.last) for each in entries if each.key}
