"""Which lines differ between two versions of a file, cheaply even where the file is long.

``difflib`` compares everything with everything; here it only sees what lies between lines that both sides
have once, which is how patience diff begins (https://bramcohen.livejournal.com/73318.html).
"""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TypeVar

Text = TypeVar("Text", str, bytes)
_LONG = 150
"""With more lines than this between two anchors there have to be more anchors: ``difflib`` takes the square of them."""
_TOO_LONG = 1000
"""With more lines than this between two anchors ``difflib`` takes shortcuts: right, but not minimal."""


@dataclass(frozen=True, slots=True)
class Change:
    """The old lines from ``start`` to ``end`` become the new ones; counted from 0, the ends exclusive."""

    start: int
    end: int
    new_start: int
    new_end: int


def changes(old: Sequence[Text], new: Sequence[Text]) -> list[Change]:
    """Return the differences between two lists of lines, from the top down, never two that touch."""
    top: int = _shared(old, new)
    bottom = _shared(old[top:][::-1], new[top:][::-1])
    old_end, new_end = len(old) - bottom, len(new) - bottom
    anchors: list[tuple[int, int]] = _anchors(old[top:old_end], new[top:new_end])
    found: list[Change] = []
    start, new_start = top, top
    for line, new_line in [*((top + i, top + j) for i, j in anchors), (old_end, new_end)]:
        for gap in _divided(old, new, Change(start, line, new_start, new_line)):
            found += _between(old, new, gap)
        start, new_start = line + 1, new_line + 1
    return found


def _divided(old: Sequence[Text], new: Sequence[Text], gap: Change) -> Iterator[Change]:
    """Divide a long gap at the lines that both sides have as often, though more than once: blank lines, mostly."""
    lines, new_lines = old[gap.start : gap.end], new[gap.new_start : gap.new_end]
    start, new_start = gap.start, gap.new_start
    for line, new_line in _as_often(lines, new_lines) if min(len(lines), len(new_lines)) > _LONG else ():
        yield Change(start, gap.start + line, new_start, gap.new_start + new_line)
        start, new_start = gap.start + line + 1, gap.new_start + new_line + 1
    yield Change(start, gap.end, new_start, gap.new_end)


def _as_often(old: Sequence[Text], new: Sequence[Text]) -> list[tuple[int, int]]:
    places, new_places = _places(old), _places(new)
    both = ((each, new_places.get(line, [])) for line, each in places.items())
    pairs = (pair for each, others in both if len(each) == len(others) for pair in zip(each, others, strict=True))
    return _rising(sorted(pairs))


def _places(lines: Sequence[Text]) -> dict[Text, list[int]]:
    found: defaultdict[Text, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        found[line].append(number)
    return found


def _shared(old: Sequence[Text], new: Sequence[Text]) -> int:
    """Count the lines that both begin with."""
    for count, (line, new_line) in enumerate(zip(old, new)):  # noqa: B905  (they may differ in length)
        if line != new_line:
            return count
    return min(len(old), len(new))


def _between(old: Sequence[Text], new: Sequence[Text], gap: Change) -> Iterator[Change]:
    lines, new_lines = old[gap.start : gap.end], new[gap.new_start : gap.new_end]
    if not lines or not new_lines:
        if lines or new_lines:
            yield gap
        return
    matcher = SequenceMatcher(None, lines, new_lines, autojunk=min(len(lines), len(new_lines)) > _TOO_LONG)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            first, new_first = gap.start, gap.new_start
            yield Change(first + start, first + end, new_first + new_start, new_first + new_end)


def _once(lines: Sequence[Text]) -> dict[Text, int]:
    """Return the lines that occur once, with their numbers."""
    found: dict[Text, int] = {}
    again: set[Text] = set()
    for number, line in enumerate(lines):
        if line in found:
            again.add(line)
        found[line] = number
    return {line: number for line, number in found.items() if line not in again}


def _anchors(old: Sequence[Text], new: Sequence[Text]) -> list[tuple[int, int]]:
    """Return the longest rising chain of the lines that both sides have once."""
    new_numbers = _once(new)
    return _rising([(number, new_numbers[line]) for line, number in _once(old).items() if line in new_numbers])


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest chain of pairs of which both numbers rise; the first ones do so already."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for index, (_, number) in enumerate(pairs):
        length = bisect(ends, number)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        last[length : length + 1] = [index]
    return _chain(pairs, before, last[-1] if last else -1)


def _chain(pairs: Sequence[tuple[int, int]], before: Sequence[int], index: int) -> list[tuple[int, int]]:
    chain: list[tuple[int, int]] = []
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]
