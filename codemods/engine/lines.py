"""Where the lines of a rewritten text, and with them its findings, stood in the original."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from codemods.hunks import Change, changes
from codemods.model import Finding, Span
from codemods.source import split_lines


class LineMap:
    """The way from a text back to the one that it was made from."""

    def __init__(self, before: str, after: str) -> None:
        """Compare the texts, when first asked."""
        self._before = before
        self._after = after

    @cached_property
    def _changes(self) -> list[Change]:
        return changes(split_lines(self._before), split_lines(self._after))

    def original(self, line: int) -> int:
        """Return the line of the original that became ``line``, or the one at which it was put in; both from 1."""
        index = bisect_right(self._changes, line - 1, key=lambda change: change.new_start) - 1
        if index < 0:
            return line
        change = self._changes[index]
        if line - 1 >= change.new_end:
            return line - change.new_end + change.end
        return min(change.start + line - 1 - change.new_start, max(change.end - 1, change.start)) + 1


def in_original(findings: Iterable[Finding], before: str, now: str, number: int) -> list[Finding]:
    """Return the findings of a later round with the lines that the file had ``before``."""
    lines = LineMap(before, now)
    return [replace(each, round=number, span=_moved(each.span, lines)) for each in findings]


def _moved(span: Span, lines: LineMap) -> Span:
    line = lines.original(span.line)
    return replace(span, line=line, end_line=line + span.end_line - span.line)
