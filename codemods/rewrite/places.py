"""Where a new option goes among the others, and how it is written: like its neighbours."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codemods.errors import ConfigurationError


def end_of_lines(text: str) -> str:
    """The line end of a text's first line."""
    found = re.search(r"\r\n|\n|\r", text)
    return found[0] if found else "\n"


def new_section(text: str, header: str, line: str) -> str:
    """A text with a section of one line behind it; where the last line had no end it still has none."""
    newline = end_of_lines(text)
    if text and not text.endswith(("\n", "\r")):
        return f"{text}{newline}{newline}{header}{newline}{line}"
    return f"{text}{newline if text else ''}{header}{newline}{line}{newline}"


def spot(keys: Sequence[str], key: str) -> int | None:
    """The index of the option that a new one follows: the last of its family, else the last; None if there is none."""
    return neighbour(keys, key) if keys else None


def neighbour(keys: Sequence[str], key: str) -> int:
    """The index of the last key that begins with the same word, else of the last."""
    family = [index for index, each in enumerate(keys) if each.partition("_")[0] == key.partition("_")[0]]
    return (family or [len(keys) - 1])[-1]


def text_of(value: object) -> str:
    """A value as INI says it; raises ``ConfigurationError`` if it has several lines."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int)) and not {"\n", "\r"} & set(str(value)):
        return str(value)
    raise ConfigurationError(f"{value!r} isn't a value of one line")


def places_of(
    places: Sequence[tuple[int, int]], words: Sequence[str], key: str, old: Sequence[str], new: Sequence[str]
) -> list[tuple[int, int, str]]:
    """The places of the ``old`` words, each with the new word.

    Raises:
        ConfigurationError: The old words aren't there just once.
    """
    starts = [index for index in range(len(words)) if list(words[index : index + len(old)]) == list(old)]
    if len(starts) != 1 or len(old) != len(new):
        raise ConfigurationError(f"`{' '.join(old)}` doesn't stand once in {key}")
    return [(*places[starts[0] + index], word) for index, word in enumerate(new)]
