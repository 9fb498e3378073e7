"""Record what is said of each case, in ``fixtures/PAMxxx/findings.txt``: ``record_findings.py [PAM101 ...]``.

A difference in these files is a difference in what users read: look at each line.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from cases import CASES, ROOT, Case, migrate_copy
from codemods import Finding, Report

_PYTHONS_OWN = re.compile(r"(\basyncio/\w+\.py):\d+")
"""The lines of what Python itself has, which stands elsewhere in each version."""


def shown(case: Case, report: Report) -> list[str]:
    """Return the lines that say what was found in a case."""
    return [line for each in report.findings for line in _lines(case, each)]


def _lines(case: Case, finding: Finding) -> Iterator[str]:
    later = f", round {finding.round}" if finding.round > 1 else ""
    place = f"{case.folder.name}/{finding.path}:{finding.span.line}:{finding.span.column}"
    message = _PYTHONS_OWN.sub(r"\1", finding.message)
    yield f"{place}: {finding.code} [{finding.safety.value}{later}] {message}"
    for each in finding.evidence:
        is_own = (case.before / each.path).exists()
        yield f"    {each.path}:{each.line}: {each.text}".rstrip() if is_own else f"    {each.path}"


@cache
def recorded(code: str) -> Sequence[str]:
    """Return the lines that are recorded for a rule."""
    path = ROOT / code / "findings.txt"
    return path.read_text("utf-8").splitlines() if path.exists() else []


def recorded_of(case: Case) -> list[str]:
    """Return the lines that are recorded for a case, each finding with its evidence."""
    lines: list[str] = []
    is_own = False
    for line in recorded(case.code):
        is_own = line.startswith(f"{case.folder.name}/") or (is_own and line.startswith("    "))
        lines += [line] if is_own else []
    return lines


def _found(case: Case, folder: Path) -> list[str]:
    target = folder / str(case)
    target.parent.mkdir(parents=True, exist_ok=True)
    return shown(case, migrate_copy(case, target))


def main(codes: Sequence[str]) -> None:
    """Write the files of some rules, by default of all."""
    with tempfile.TemporaryDirectory() as folder:
        for code in codes or sorted({each.code for each in CASES}):
            lines = [line for case in CASES if case.code == code for line in _found(case, Path(folder))]
            text = "".join(f"{line}\n" for line in lines)
            (ROOT / code / "findings.txt").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
