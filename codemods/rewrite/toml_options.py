"""The options of pytest in a TOML file, changed in its text."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from codemods import toml
from codemods.errors import ConfigurationError
from codemods.rewrite.places import end_of_lines, neighbour, new_section, places_of, spot, text_of
from codemods.semantics.pytest.configuration.toml_text import Entry, TomlText, Value

_NATIVE = ("pytest.toml", ".pytest.toml")
_WORD = re.compile(r"[^\s\"']+")


class TomlOptions:
    """The table that pytest reads of a file."""

    def __init__(self, name: str, text: str) -> None:
        """Read the file; raises ``ConfigurationError`` if it isn't TOML or pytest reads no table of it."""
        if name not in (*_NATIVE, "pyproject.toml"):
            raise ConfigurationError(f"pytest reads no options from {name}")
        try:
            self._content = toml.loads(text)
        except ValueError as error:
            raise ConfigurationError(f"{name} isn't valid TOML: {error}") from None
        self._document = TomlText(text)
        self._text = text
        self._newline = end_of_lines(text)
        self._table = ("pytest",) if name in _NATIVE else self._pyproject_table()
        self._native = self._table[-1] != "ini_options"
        self._entries = [each for each in self._document.entries if each.path[:-1] == self._table]

    def _pyproject_table(self) -> tuple[str, ...]:
        table = toml.table(self._content, "tool", "pytest")
        if isinstance(table, dict) and "ini_options" not in table:
            return "tool", "pytest"
        return "tool", "pytest", "ini_options"

    def set_option(self, key: str, value: object) -> str:
        """Write the value of the key that is there, or a new entry like its neighbours."""
        content = value if self._native or isinstance(value, list) else text_of(value)
        written = self._written(content)
        if found := self._value(key):
            return self._checked(self._text[: found.start] + written + self._text[found.end :], key, content)
        if (after := spot([str(each.path[-1]) for each in self._entries], key)) is not None:
            entry = self._entries[after]
            prefix = entry.key.rpartition(".")[0]
            line = f"{self._indent(entry)}{prefix}{'.' if prefix else ''}{key}{self._equals(key)}{written}"
            return self._checked(self._inserted(entry.end, line), key, content)
        line = f"{key} = {written}"
        for header in self._document.headers:
            if header.path == self._table:
                return self._checked(self._inserted(header.end, line), key, content)
        return self._checked(self._with_table(line), key, content)

    def replace_words(self, key: str, old: Sequence[str], new: Sequence[str]) -> str:
        """Replace words within one string, or strings that follow each other in a list."""
        value = self._value(key)
        if value is None:
            raise ConfigurationError(f"{key} isn't set")
        places = self._words(value)
        words = [self._text[start:end] for start, end in places]
        text = self._text
        for start, end, word in reversed(places_of(places, words, key, old, new)):
            text = text[:start] + word + text[end:]
        return text

    def _words(self, value: Value) -> list[tuple[int, int]]:
        strings = [each for each in self._document.values if each.string is not None]
        inside = [each for each in strings if value.start <= each.start < value.end]
        return [found.span() for each in inside for found in _WORD.finditer(self._text, each.start, each.end)]

    def _value(self, key: str) -> Value | None:
        return self._document.at(*self._table, key)

    def _written(self, value: object) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            return f"'{value}'" if self._prefers_single() and "'" not in value else json.dumps(value)
        if isinstance(value, list):
            return f"[{', '.join(map(self._written, value))}]"
        return str(value)

    def _prefers_single(self) -> bool:
        quotes = [self._text[each.start] for each in self._document.below(*self._table) if each.string is not None]
        return quotes.count("'") > quotes.count('"')

    def _equals(self, key: str) -> str:
        entry = self._entries[neighbour([str(each.path[-1]) for each in self._entries], key)]
        between = self._text[entry.start + len(entry.key) : entry.value]
        if len(between) - len(between.lstrip()) > 1:  # the values stand in a column
            column = len(entry.key) + len(between)
            own = len(entry.key) - len(str(entry.path[-1])) + len(key)
            return between.lstrip().rjust(max(column - own, len(between.lstrip()) + 1))
        return between

    def _indent(self, entry: Entry) -> str:
        return self._text[self._text.rfind("\n", 0, entry.start) + 1 : entry.start]

    def _inserted(self, position: int, line: str) -> str:
        before = self._text[:position]
        if before.endswith("\n"):
            return f"{before}{line}{self._newline}{self._text[position:]}"
        return f"{before}{self._newline}{line}"

    def _with_table(self, line: str) -> str:
        table = toml.table(self._content, *self._table)
        if table is not None:
            raise ConfigurationError(f"[{'.'.join(self._table)}] isn't written as a table")
        return new_section(self._text, f"[{'.'.join(self._table)}]", line)

    def _checked(self, text: str, key: str, value: object) -> str:
        """Return the text if it says what the old one said but for this option."""
        wanted = self._content
        table: Any = wanted
        for name in self._table:
            table = table.setdefault(name, {})
        table[key] = value
        try:
            same = toml.loads(text) == wanted
        except ValueError:
            same = False
        if not same:
            raise ConfigurationError(f"{key} can't be set in this file without changing what else it says")
        return text
