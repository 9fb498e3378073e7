"""The lines about growth: memory with the files of a project, time with the lines of a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

from growing import SHAPES, Shape
from growth import check, cpu_seconds, write
from memory import MIB, peak
from speed.corpora import count
from speed.rows import Bench, Row
from speed.running import CODEMODS, environment, nothing_kept, nothing_there, pairs

PEAKS = (0.1, 1, 7)
"""The sizes of the projects whose peaks are measured, in corpora."""
JOBS = (1, 2)
ENOUGH = 500
"""From how many files on a larger project is guessed from one."""
GROWN = ("sleeps in a function", "mocks in tests", "unmarked tests")
SMALL, LARGE = 500, 5000


def peaks(bench: Bench) -> Iterator[Row]:
    """The most memory that all processes of `check` take together; a size that may not fit isn't tried."""
    for jobs in JOBS:
        before = 0.0
        for files in (round(bench.files * size) for size in PEAKS):
            corpus = bench.repositories.corpus(files)
            there = count(corpus)
            if before * there > memory() / 2:
                print(f"peak memory, {there:,} files, `-j {jobs}`: not tried, it may take {before * there:.0f} MiB")
                continue
            found = [peak_of(corpus, jobs) for _ in range(bench.runs if files <= bench.files else 1)]
            before = median(found) / there if there >= ENOUGH else 0
            limit = jobs * (150 + 0.02 * there)
            yield Row(f"peak memory, {there:,} files, `-j {jobs}`", median(found), len(found), limit, unit=" MiB")


def memory() -> float:
    """The MiB that the machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / MIB


def peak_of(folder: Path, jobs: int) -> float:
    """The MiB of one run with nothing kept."""
    with tempfile.TemporaryDirectory() as empty:
        command = [*CODEMODS, "check", *nothing_kept(), "-j", str(jobs), "."]
        return peak(command, folder, environment(Path(empty))) / MIB


def lines(bench: Bench) -> Iterator[Row]:
    """The CPU time of a line in a long file, beside one in a shorter one."""
    for name in GROWN:
        taken = pairs(partial(a_line, name, LARGE), partial(a_line, name, SMALL), bench.runs)
        microseconds = f"{median(taken.first) * 1e6:.0f} and {median(taken.second) * 1e6:.0f} µs a line"
        yield Row(f"{name}: a line of {LARGE:,} ÷ of {SMALL}", taken.ratio, taken.n, 1.3, medians=microseconds)


def a_line(name: str, size: int) -> float:
    """CPU seconds of a line, in a file of so many."""
    shape = SHAPES[name]
    with tempfile.TemporaryDirectory() as scratch, nothing_there():
        written = write(shape(times(shape, size)), Path(scratch))
        return cpu_seconds(check, Path(scratch)) / written


def times(shape: Shape, size: int) -> int:
    """How often something has to be there for so many lines."""
    few, more = (sum(text.count("\n") for text in shape(number).values()) for number in (1, 11))
    return round((size - few) * 10 / (more - few)) + 1
