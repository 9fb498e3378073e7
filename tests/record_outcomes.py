"""Run the fixtures under pytest and record their outcomes: ``record_outcomes.py [PAM101 ...] [guides]``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from cases import CASES, GUIDES, Case
from outcomes import outcomes


def record(case: Case) -> None:
    found = {"before": outcomes(case, case.before)}
    if not case.is_left_alone:
        found["after"] = outcomes(case, case.after)
    rows = [
        f"{moment} = {{ {', '.join(f'{k} = {v}' for k, v in counts.items())} }}" for moment, counts in found.items()
    ]
    path = case.folder / "case.toml"
    kept = re.sub(r"\n*\[outcomes\][^\[]*", "", path.read_text("utf-8")) if path.exists() else ""
    kept = kept.rstrip() + "\n\n" if kept.strip() else ""
    path.write_text(kept + "[outcomes]\n" + "\n".join(rows) + "\n", encoding="utf-8", newline="\n")


def main(codes: list[str]) -> None:
    for case in (*CASES, *GUIDES):
        if not codes or case.code in codes:
            record(case)
            sys.stdout.write(f"{case}: {Path(case.folder / 'case.toml').read_text('utf-8').partition('[outcomes]')[2]}")


if __name__ == "__main__":
    main(sys.argv[1:])
