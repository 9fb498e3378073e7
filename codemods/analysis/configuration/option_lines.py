"""On which line of its file an option of pytest stands."""

from __future__ import annotations

import re

from codemods.analysis.configuration import ini
from codemods.analysis.configuration.toml_text import TomlText

_TABLES = (("tool", "pytest"), ("tool", "pytest", "ini_options"), ("pytest",))


class OptionLines:
    """The lines of a configuration file, and those of them that each option stands on."""

    def __init__(self, name: str, text: str) -> None:
        """Take the name of a valid file and its text."""
        self._lines = text.splitlines()
        self._spans = _toml(text) if name.endswith(".toml") else _ini(text, name)

    def find(self, key: str, pattern: str | None = None) -> tuple[int, str]:
        """The number and the text of an option's first line, or of the line within its value that fits a pattern."""
        first, last = self._spans.get(key, (0, 0))
        for number in range(first, last + 1):
            if pattern is None or re.search(pattern, self._lines[number]):
                return number + 1, self._lines[number].strip()
        return first + 1, self._lines[first].strip()


def _toml(text: str) -> dict[str, tuple[int, int]]:
    document = TomlText(text)
    found = {}
    for value in document.values:
        if value.path[:-1] in _TABLES:
            found[str(value.path[-1])] = document.line(value.start) - 1, document.line(value.end) - 1
    return found


def _ini(text: str, name: str) -> dict[str, tuple[int, int]]:
    section = "tool:pytest" if name == "setup.cfg" else "pytest"
    entries = (each for each in ini.entries(text, name) if each.section == section)
    return {each.key: (each.first, each.last) for each in entries if each.key}
