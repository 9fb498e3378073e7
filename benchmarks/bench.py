"""How fast `codemods` is, as ratios to ruff, django-upgrade, LibCST and itself, on real repositories.

    python benchmarks/bench.py FOLDER [--only LINE ...] [--runs 3] [--files 1000]

FOLDER holds repositories. Whatever is compared takes turns, so that what else the machine does hits both alike; the
median of the ratios counts. Time is CPU time, of user and system, of all processes. Nothing is written into FOLDER.
A run of all lines writes `benchmarks/README.md`.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from speed.checks import first_check, next_check, start, two_processes
from speed.corpora import Repositories
from speed.keeping import report
from speed.rows import Bench, Line, Row, table
from speed.rules import shares
from speed.sizes import lines, peaks
from speed.whole import changed_files, diffs, folder_of_large, hook

LINES: dict[str, Line] = {
    "cold": first_check,
    "again": next_check,
    "changed": changed_files,
    "diff": diffs,
    "hook": hook,
    "folder": folder_of_large,
    "rules": shares,
    "memory": peaks,
    "jobs": two_processes,
    "growth": lines,
    "start": start,
}
"""What can be measured, by its name."""
KEEPING = "prefilter"
"""The name of what isn't a figure: which rule keeps which files."""
RESULTS = Path(__file__).with_name("README.md")
COMPARED = ("ruff", "django-upgrade", "libcst")
PAGE = """\
# How fast it is

{table}

The corpus has {files:,} test files of {repositories} repositories. Figures without a unit are medians of n ratios, each
of two runs one after the other; but for `-j`, time is CPU time, of user and system, of all processes. ruff is
`ruff check --select ASYNC,PT,RUF006 --no-cache`. The share of a rule is what it takes beside all others: what several
need is in none, and a file that it alone keeps is in its own. Those below 0.5 % are left out.

Measured with Python {python}, {tools}, on {cores} cores.

To measure again, with FOLDER for one that holds repositories, such as unpacked source distributions:

```
make bench SUITES=FOLDER      # all of it, and writes this page
.venv/bin/python benchmarks/bench.py FOLDER --only cold rules --runs 5 --files 300
```
"""


def measured(bench: Bench, names: Iterable[str]) -> Iterator[Row]:
    """Yield the lines of these names, and print each as soon as it is there."""
    for name in names:
        begin = time.monotonic()
        for row in LINES[name](bench):
            print(row, flush=True)
            yield row
        print(f"  ({name} took {time.monotonic() - begin:.0f} s)", flush=True)


def page(bench: Bench, rows: Iterable[Row]) -> str:
    """What is written about a run of all lines."""
    return PAGE.format(
        table="\n".join(table(rows)), files=bench.files, repositories=len(bench.repositories.sizes),
        python=".".join(map(str, sys.version_info[:3])),
        tools=", ".join(f"{name} {version(name)}" for name in COMPARED), cores=os.cpu_count(),
    )  # fmt: skip


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="holds repositories")
    parser.add_argument(
        "--only", nargs="+", choices=[*LINES, KEEPING], metavar="LINE", help=", ".join([*LINES, KEEPING])
    )
    parser.add_argument("--runs", type=int, default=3, help="how many pairs (default: 3)")
    parser.add_argument(
        "--files", type=int, default=1000, help="files of the corpus (default: 1000); others go with it"
    )
    parser.add_argument("--suites", nargs="+", default=[], metavar="NAME", help="repositories on which diff runs")
    found = parser.parse_args(arguments)
    if not any(found.folder.glob("*/**/*.py")):
        parser.error(f"no repositories in {found.folder}")
    return found


def main() -> None:
    """Measure, print, and write what there is of a whole run."""
    asked = options()
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(
            Repositories(asked.folder.resolve(), Path(scratch).resolve()), asked.runs, asked.files, (*asked.suites,)
        )
        names = asked.only or [*LINES, KEEPING]
        rows = list(measured(bench, (name for name in names if name in LINES)))
        if KEEPING in names:
            print(*report(bench), sep="\n")
        if not asked.only:
            RESULTS.write_text(page(bench, rows), encoding="utf-8")


if __name__ == "__main__":
    main()
