"""Where things stand in the text of a TOML document, which the parsers of TOML don't say.

The document has to be valid: ``tomllib`` is asked first. What is in it, it says too; here are only places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from codemods import toml

Path = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\r\n]*)*")
_REST = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?:\r?\n|\Z)")
_KEY = re.compile(r"""[ \t]*("(?:[^"\\\r\n]|\\.)*"|'[^'\r\n]*'|[A-Za-z0-9_-]+)[ \t]*""")
_STRING = re.compile(r'''"""(?:[^\\]|\\[\s\S])*?"{3,5}|\'\'\'[\s\S]*?'{3,5}|"(?:[^"\\]|\\.)*"|'[^']*\'''')
_SCALAR = re.compile(r"[^,\]}#\r\n]*[^,\]}#\s]")


@dataclass(frozen=True, slots=True)
class Header:
    """The line that begins a table; a table of an array has ``[]`` for its place in it."""

    path: Path
    start: int
    end: int
    """Behind its line."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its value, at the top of a table."""

    path: Path
    key: str
    """As it is written, with its dots."""
    start: int
    value: int
    value_end: int
    end: int
    """Behind its last line."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value anywhere, also inside arrays and inline tables; ``string`` is what it says, if it is a string."""

    path: Path
    start: int
    end: int
    string: str | None


class TomlText:
    """The headers, the entries and the values of a document, each with its place."""

    def __init__(self, text: str) -> None:
        """Take a valid document."""
        self.text = text
        self.headers: list[Header] = []
        self.entries: list[Entry] = []
        self.values: list[Value] = []
        self._position = 0
        self._read()

    def at(self, *path: str | int) -> Value | None:
        """Return the value at a path."""
        return next((each for each in self.values if each.path == path), None)

    def below(self, *path: str) -> Iterator[Value]:
        """Yield the values below a path."""
        return (each for each in self.values if len(each.path) > len(path) and each.path[: len(path)] == path)

    def line(self, position: int) -> int:
        """Return the line of a place, from 1."""
        return self.text.count("\n", 0, position) + 1

    def _read(self) -> None:
        table: Path = ()
        while (start := self._skip(_BLANK)) < len(self.text):
            if self.text[start] != "[":
                self._entry(table)
                continue
            brackets = 2 if self.text.startswith("[[", start) else 1
            self._position += brackets
            table = (*self._key(), *(("[]",) if brackets == 2 else ()))
            self._position += brackets
            self.headers.append(Header(table, start, self._skip(_REST)))

    def _entry(self, table: Path) -> None:
        start = self._position
        path = (*table, *self._key())
        key = self.text[start : self._position].rstrip()
        self._position += 1
        value = self._skip(_SPACE)
        self._value(path)
        value_end = self._position
        self.entries.append(Entry(path, key, start, value, value_end, self._skip(_REST)))

    def _key(self) -> Path:
        names: list[str] = []
        while match := _KEY.match(self.text, self._position):
            quoted = match[1][0] in "\"'"
            names.append(_string(match[1]) if quoted else match[1])
            self._position = match.end()
            if not self.text.startswith(".", self._position):
                break
            self._position += 1
        return tuple(names)

    def _value(self, path: Path) -> None:
        start = self._position
        string = None
        if self.text[start] == "[":
            self._array(path)
        elif self.text[start] == "{":
            self._inline_table(path)
        elif match := _STRING.match(self.text, start):
            string, self._position = _string(match[0]), match.end()
        elif match := _SCALAR.match(self.text, start):
            self._position = match.end()
        self.values.append(Value(path, start, self._position, string))

    def _array(self, path: Path) -> None:
        index = 0
        while self._next("]"):
            self._value((*path, index))
            index += 1

    def _inline_table(self, path: Path) -> None:
        while self._next("}"):
            key = self._key()
            self._position += 1
            self._skip(_BLANK)
            self._value((*path, *key))

    def _next(self, closing: str) -> bool:
        """Go behind an opening bracket, or a value and its comma, to the next value; say whether there is one."""
        self._skip(_BLANK)
        if self.text[self._position] in "[{,":
            self._position += 1
            self._skip(_BLANK)
        if self.text[self._position] != closing:
            return True
        self._position += 1
        return False

    def _skip(self, pattern: re.Pattern[str]) -> int:
        if match := pattern.match(self.text, self._position):
            self._position = match.end()
        return self._position


def _string(text: str) -> str:
    if "\\" not in text and not text.startswith(('"""', "'''")):
        return text[1:-1]
    return str(toml.loads(f"x = {text}")["x"])
