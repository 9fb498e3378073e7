"""What `codemods verify` costs above the pytest runs themselves and the copy, a test.

    python benchmarks/verify_overhead.py [--tests 5000] [--runs 5]

A suite is made up: files of 100 tests, every fifth of them async and in need of a marker. Plain pytest and verify take
turns, so that what else the machine does hits them alike; the median counts.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from codemods import Settings, migrate_paths, write_changes
from codemods.verify.running.working_copy import WorkingCopy

HEAD = "import asyncio\nimport time\n\nimport pytest\n"
ASYNC = "\n\nasync def test_{}():\n    time.sleep(0)\n    assert await asyncio.sleep(0, {}) == {}\n"
SYNC = "\n\ndef test_{}():\n    assert {} == {}\n"
SETTINGS = Settings(select=("PAM1", "PAM4"))


def make_suite(folder: Path, tests: int) -> None:
    """Write the suite."""
    folder.mkdir()
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    for first in range(0, tests, 100):
        bodies = (
            ((SYNC if number % 5 else ASYNC).format(number, number, number)) for number in range(first, first + 100)
        )
        (folder / f"test_{first:06}.py").write_text(HEAD + "".join(bodies))


def plain_pytest(folder: Path) -> float:
    """Seconds of pytest alone."""
    begin = monotonic()
    command = [sys.executable, "-m", "pytest", "--continue-on-collection-errors"]
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return monotonic() - begin


def verified(folder: Path) -> tuple[float, float]:
    """Seconds of a whole verification, and those of its further pytest runs: the failures before, again."""
    begin = monotonic()
    command = [sys.executable, "-m", "codemods", "verify", "--select=PAM1,PAM4", "--format=json", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=True)
    whole = monotonic() - begin
    runs = json.loads(done.stdout)["runs"]
    return whole, sum(run["seconds"] for run in runs if run["phase"] not in ("before", "after"))


def copied(folder: Path) -> float:
    """Seconds that copying takes."""
    begin = monotonic()
    with WorkingCopy(folder):
        return monotonic() - begin


def measure(scratch: Path, tests: int, runs: int) -> list[float]:
    """Milliseconds a test, one figure a run."""
    before, after = scratch / "before", scratch / "after"
    make_suite(before, tests)
    make_suite(after, tests)
    write_changes(migrate_paths([after], SETTINGS))
    figures = []
    for _ in range(runs):
        alone = plain_pytest(before) + plain_pytest(after)
        (whole, again), copying = verified(before), copied(before)
        figures.append((whole - copying - again - alone) * 1000 / tests)
        parts = f"the copy {copying:.2f} s, failures again {again:.2f} s"
        print(f"pytest {alone:.2f} s; verify {whole:.2f} s, of it {parts}: {figures[-1]:.3f} ms a test", flush=True)
    return figures


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the median."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--tests", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        figures = measure(Path(scratch), options.tests, options.runs)
    print(f"median: {statistics.median(figures):.3f} ms a test")


if __name__ == "__main__":
    main()
