"""On which line of its file an option of pytest stands."""

from __future__ import annotations

import re

from codemods.semantics.pytest.configuration import ini
from codemods.semantics.pytest.configuration.toml_text import TomlText

_TABLES = (("tool", "pytest"), ("tool", "pytest", "ini_options"), ("pytest",))


class OptionLines:
    """The lines of a configuration file, and those of them that each option stands on."""

    def __init__(self, name: str, text: str) -> None:
        """Take the name of a valid file and its text."""
        self._lines = text.splitlines()
        self._spans, self._headers = _toml(text) if name.endswith(".toml") else _ini(text, name)

    def find(self, key: str, pattern: str | None = None) -> tuple[int, str]:
        """The number and the text of an option's first line, or of the line within its value that fits a pattern."""
        first, last = self._spans.get(key, (0, 0))
        for number in range(first, last + 1):
            if pattern is None or re.search(pattern, self._lines[number]):
                return number + 1, self._lines[number].strip()
        return first + 1, self._line(first)

    def header(self) -> tuple[int, str]:
        """The number and the text of the line that begins the section; the first line of the file if none does."""
        first = min((*self._headers, *(first for first, _ in self._spans.values())), default=0)
        return first + 1, self._line(first)

    def lines(self, key: str) -> range:
        """The numbers of the lines of an option."""
        first, last = self._spans.get(key, (-1, -2))
        return range(first + 1, last + 2)

    def _line(self, index: int) -> str:
        return self._lines[index].strip() if self._lines else ""


def _toml(text: str) -> tuple[dict[str, tuple[int, int]], list[int]]:
    document = TomlText(text)
    found = {}
    for value in document.values:
        if value.path[:-1] in _TABLES:
            found[str(value.path[-1])] = document.line(value.start) - 1, document.line(value.end) - 1
    return found, [document.line(each.start) - 1 for each in document.headers if each.path in _TABLES]


def _ini(text: str, name: str) -> tuple[dict[str, tuple[int, int]], list[int]]:
    section = "tool:pytest" if name == "setup.cfg" else "pytest"
    entries = [each for each in ini.entries(text, name) if each.section == section]
    found = {each.key: (each.first, each.last) for each in entries if each.key is not None}
    return found, [each.first for each in entries if each.key is None]
