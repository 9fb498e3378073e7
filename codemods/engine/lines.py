"""Where a line of the rewritten text stood in the original."""

from __future__ import annotations

from difflib import SequenceMatcher

from codemods.source import split_lines


def original_line(before: str, after: str, line: int) -> int:
    """Return the line of ``before`` that became ``line`` of ``after``, or the one at which it was put in."""
    matcher = SequenceMatcher(None, split_lines(before), split_lines(after), autojunk=False)
    for _, start, end, new_start, new_end in matcher.get_opcodes():
        if new_start <= line - 1 < new_end:
            return min(start + (line - 1 - new_start), max(end - 1, start)) + 1
    return line
