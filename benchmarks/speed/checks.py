"""The lines about `codemods check` on the corpus: cold, again, by one process and by two; and how it starts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from speed.rows import Bench, Row
from speed.running import CODEMODS, FOUND, cold, pairs, ruff, run


def first_check(bench: Bench) -> Iterator[Row]:
    """`check` with nothing kept, beside ruff."""
    corpus = bench.corpus
    taken = pairs(lambda: cold(corpus, "check", ".").cpu, lambda: ruff(corpus), bench.runs)
    yield Row("cold `check` ÷ ruff", taken.ratio, taken.n, 8, medians=taken.medians("codemods", "ruff"))


def next_check(bench: Bench) -> Iterator[Row]:
    """`check` when it has been here before, beside ruff."""
    corpus, kept = bench.corpus, bench.scratch("kept_again")
    taken = pairs(lambda: warm(corpus, kept), lambda: ruff(corpus), bench.runs)
    line = "`check` again, nothing changed ÷ ruff"
    yield Row(line, taken.ratio, taken.n, 0.1, medians=taken.medians("codemods", "ruff"))


def warm(folder: Path, kept: Path, path: str = ".") -> float:
    """CPU seconds of `check` with what is kept."""
    return run([*CODEMODS, "check", path], folder, kept=kept, fine=FOUND).cpu


def two_processes(bench: Bench) -> Iterator[Row]:
    """What a second process is worth, in seconds of the clock."""
    corpus = bench.corpus
    taken = pairs(lambda: seconds(corpus, 1), lambda: seconds(corpus, 2), bench.runs)
    line = "`-j 1` ÷ `-j 2`, wall"
    yield Row(line, taken.ratio, taken.n, 1.6, least=True, medians=taken.medians("-j 1", "-j 2"))


def seconds(folder: Path, jobs: int) -> float:
    """Seconds of `check` with so many processes."""
    return cold(folder, "check", "-j", str(jobs), ".").wall


def start(bench: Bench) -> Iterator[Row]:
    """What it takes to say which version it is."""
    folder = bench.scratch("empty")
    taken = pairs(
        lambda: run([*CODEMODS, "--version"], folder).cpu, lambda: run([sys.executable, "-c", "pass"], folder).cpu,
        max(bench.runs, 9),
    )  # fmt: skip
    medians = taken.medians("codemods", "python")
    yield Row("`codemods --version` ÷ `python -c pass`", taken.ratio, taken.n, medians=medians)
