"""Findings as lines for people."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from codemods.model import Finding, Safety
from codemods.report.colour import BOLD, CYAN, GREEN, RED, YELLOW, Paint
from codemods.report.quoting import quoted

_NAMED = 3
"""How many of the files that a finding changes its line names."""
_COLOURS = {Safety.SAFE: GREEN, Safety.REVIEW: YELLOW, Safety.MANUAL: RED}


def shown_path(root: Path, path: str) -> str:
    """Return the path of a file of the project at ``root`` as seen from the working directory, quoted."""
    try:
        return quoted(os.path.relpath(root / path))
    except ValueError:  # on another drive
        return quoted(str(root / path))


def finding_lines(root: Path, findings: Iterable[Finding], paint: Paint) -> Iterator[str]:
    """Yield one line for each finding, like ``path:line:column: PAM101 [safe] message``."""
    for finding in findings:
        span = finding.span
        place = paint(shown_path(root, finding.path), BOLD) + f":{span.line}:{span.column}"
        label = finding.safety.value
        if not finding.fixable and finding.safety is not Safety.MANUAL:
            label += ", no fix"
        colour = _COLOURS[finding.safety]
        says = f"{finding.message}{_other_files(root, finding)}"
        yield f"{place}: {paint(finding.code, CYAN)} {paint(f'[{label}]', colour)} {quoted(says)}"


def _other_files(root: Path, finding: Finding) -> str:
    """Name the other files that the fix changes."""
    others = [shown_path(root, each) for each in finding.paths[1:]]
    more = f" and {counted(len(others) - _NAMED, 'other file')}" if len(others) > _NAMED else ""
    return f" (changes {', '.join(others[:_NAMED])}{more} too)" if others else ""


def count_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield how many findings each rule has, the most first."""
    counts = Counter((finding.code, finding.name) for finding in findings)
    for (code, name), number in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield f"{number:>6}  {code}  {name}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, like ``1 file`` or ``2 files``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def columns(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield the rows of a table, each column as wide as its widest cell."""
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
