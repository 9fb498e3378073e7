"""The options of pytest in an INI file, changed line by line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codemods.errors import ConfigurationError, UsageError
from codemods.rewrite.places import end_of_lines, neighbour, new_section, places_of, spot, text_of
from codemods.semantics.pytest.configuration import ini

_SECTIONS = {"pytest.ini": "pytest", ".pytest.ini": "pytest", "tox.ini": "pytest", "setup.cfg": "tool:pytest"}
_PAIR = re.compile(r"(?P<key>[^=:\r\n]*?)(?P<equals>[ \t]*[=:][ \t]*)(?P<value>[^\r\n]*?)(?P<end>\s*)\Z")
_WORD = re.compile(r"[^\s\"']+")
_INNER_COMMENT = re.compile(r"[ \t]+[#;]")


class IniOptions:
    """The section that pytest reads of a file."""

    def __init__(self, name: str, text: str) -> None:
        """Read the file; raises ``ConfigurationError`` if it isn't INI or pytest reads no section of it."""
        if name not in _SECTIONS:
            raise ConfigurationError(f"pytest reads no options from {name}")
        self._name = name
        self._section = _SECTIONS[name]
        self._lines = text.splitlines(keepends=True)
        self._newline = end_of_lines(text)
        try:
            entries = ini.entries(text, name)
        except UsageError as error:
            raise ConfigurationError(str(error)) from None
        self._entries = [each for each in entries if each.section == self._section and each.key is not None]
        self._headers = [each for each in entries if each.section == self._section and each.key is None]
        if len(self._headers) > 1:
            raise ConfigurationError(f"[{self._section}] stands twice in {name}")

    def set_option(self, key: str, value: object) -> str:
        """Write the value behind the key that is there, or a new line like its neighbours."""
        words = text_of(value)
        if entry := self._find(key):
            if entry.first != entry.last:
                raise ConfigurationError(f"the value of {key} has several lines")
            text = self._with_line(entry.first, self._replaced(entry.first, words))
        elif self._headers:
            text = self._inserted(key, self._like_neighbours(key, words))
        else:
            text = self._with_section(f"{key} = {words}")
        return self._checked(text, key, words)

    def replace_words(self, key: str, old: Sequence[str], new: Sequence[str]) -> str:
        """Replace words that are apart by any space, also by the end of a line, and leave that space."""
        entry = self._find(key)
        if entry is None:
            raise ConfigurationError(f"{key} isn't set in {self._name}")
        whole = "".join(self._lines[entry.first : entry.last + 1])
        begin = pair.start("value") if (pair := _PAIR.match(self._lines[entry.first])) else 0
        places = [found.span() for found in _WORD.finditer(whole, begin)]
        words = [whole[start:end] for start, end in places]
        for start, end, word in reversed(places_of(places, words, key, old, new)):
            whole = whole[:start] + word + whole[end:]
        return "".join((*self._lines[: entry.first], whole, *self._lines[entry.last + 1 :]))

    def _find(self, key: str) -> ini.Entry | None:
        found = [each for each in self._entries if each.key == key]
        if len(found) > 1:
            raise ConfigurationError(f"{key} stands twice in {self._name}")
        return found[0] if found else None

    def _replaced(self, line: int, words: str) -> str:
        found = _PAIR.match(self._lines[line])
        if found is None:
            raise ConfigurationError(f"{self._lines[line].strip()!r} isn't understood")
        return f"{found['key']}{found['equals']}{words}{found['end']}"

    def _like_neighbours(self, key: str, words: str) -> str:
        pairs = [(each.key or "", found) for each in self._entries if (found := _PAIR.match(self._lines[each.first]))]
        whole = [pair for pair in pairs if pair[1]["value"]]
        if not whole:
            return f"{key} = {words}"
        found = whole[neighbour([name for name, _ in whole], key)][1]
        equals = found["equals"]
        if len(equals) - len(equals.lstrip()) > 1:  # the values stand in a column
            equals = equals.lstrip().rjust(max(found.end("equals") - len(key), len(equals.lstrip()) + 1))
        return f"{key}{equals}{words}"

    def _with_section(self, line: str) -> str:
        if self._name not in ("pytest.ini", ".pytest.ini"):
            raise ConfigurationError(f"{self._name} has no [{self._section}]")
        text = "".join(self._lines)
        return new_section(text, f"[{self._section}]", line)

    def _with_line(self, number: int, line: str) -> str:
        return "".join((*self._lines[:number], line, *self._lines[number + 1 :]))

    def _inserted(self, key: str, line: str) -> str:
        after = spot([each.key or "" for each in self._entries], key)
        number = (self._headers[0] if after is None else self._entries[after]).last + 1
        while number < len(self._lines) and _INNER_COMMENT.match(self._lines[number]):
            number += 1
        before = "".join(self._lines[:number])
        if before.endswith(("\n", "\r")):
            return f"{before}{line}{self._newline}{''.join(self._lines[number:])}"
        return f"{before}{self._newline}{line}"

    def _checked(self, text: str, key: str, value: str) -> str:
        """Return the text if it says what the old one said but for this option."""
        wanted = ini.parse("".join(self._lines), self._name)
        wanted.setdefault(self._section, {})[key] = value
        if ini.parse(text, self._name) != wanted:
            raise ConfigurationError(f"{key} can't be set in this file without changing what else it says")
        return text
