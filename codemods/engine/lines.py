"""Where the lines of a rewritten text stood in the original."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import cached_property

from codemods.source import split_lines


class LineMap:
    """The way from a text back to the one that it was made from."""

    def __init__(self, before: str, after: str) -> None:
        """Compare the texts, when first asked."""
        self._before = before
        self._after = after

    @cached_property
    def _opcodes(self) -> Sequence[tuple[str, int, int, int, int]]:
        matcher = SequenceMatcher(None, split_lines(self._before), split_lines(self._after), autojunk=False)
        return matcher.get_opcodes()

    def original(self, line: int) -> int:
        """Return the line of the original that became ``line``, or the one at which it was put in."""
        if self._before == self._after:
            return line
        for _, start, end, new_start, new_end in self._opcodes:
            if new_start <= line - 1 < new_end:
                return min(start + (line - 1 - new_start), max(end - 1, start)) + 1
        return line
