"""How the CPU time of `check` and of `diff --unsafe` grows with a file, as ratios.

    python benchmarks/growth.py [--smallest 100] [--largest 800] [--only TEXT ...] [--examples | --no-examples]

Each shape (a long function of sleeps, many tests with mocks, a chain of conftest.py files, the example of each rule
again and again, ...) is made in two sizes. What counts is the CPU time of a line in the large one beside that of a line
in the small one: 1 is what it should be, and the ratio of the sizes is what work for each line at every line would
make of it. The worst shapes come first. The seconds say how much the ratio weighs, nothing else.
"""

from __future__ import annotations

import argparse
import gc
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from codemods.api import migrate_paths
from codemods.config import Settings
from codemods.report.diff import patch
from growing import SHAPES, Files, Shape, example_shapes

ALL = Settings(select=("ALL",), unsafe=True, jobs=1)


@dataclass(frozen=True, slots=True)
class Growth:
    """How a command grew with a shape; the seconds are CPU time of the large size."""

    shape: str
    command: str
    ratio: float
    seconds: float


def check(folder: Path) -> None:
    """All that `codemods check` does but to print."""
    migrate_paths([folder], ALL, first_round=True)


def diff(folder: Path) -> None:
    """All that `codemods diff --unsafe` does but to print."""
    for _ in patch(migrate_paths([folder], ALL)):
        pass


COMMANDS: dict[str, Callable[[Path], None]] = {"check": check, "diff": diff}


def write(files: Files, folder: Path) -> int:
    """Write a project and count its lines."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    (folder / "pyproject.toml").write_text('[project]\nname = "grown"\ndependencies = ["pytest-asyncio"]\n')
    return sum(text.count("\n") for text in files.values())


def cpu_seconds(command: Callable[[Path], None], folder: Path) -> float:
    """One run."""
    gc.collect()
    before = time.process_time()
    command(folder)
    return time.process_time() - before


def a_line(shape: Shape, size: int, command: Callable[[Path], None], runs: int) -> tuple[float, float]:
    """CPU seconds of a line and of the whole, at best."""
    with tempfile.TemporaryDirectory() as scratch:
        lines = write(shape(size), Path(scratch))
        whole = min(cpu_seconds(command, Path(scratch)) for _ in range(runs))
    return whole / lines, whole


def measured(name: str, shape: Shape, sizes: tuple[int, int]) -> list[Growth]:
    """Both commands."""
    found = []
    for command, run in COMMANDS.items():
        small, _ = a_line(shape, sizes[0], run, 3)
        large, seconds = a_line(shape, sizes[1], run, 1)
        found.append(Growth(name, command, large / small, seconds))
    return found


def main() -> None:
    """Measure the shapes, then print them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--smallest", type=int, default=100, help="how many there are at first (default: 100)")
    parser.add_argument("--largest", type=int, default=800, help="how many there are at last (default: 800)")
    parser.add_argument("--only", nargs="+", default=[""], metavar="TEXT", help="only shapes with this in their names")
    parser.add_argument(
        "--examples", action=argparse.BooleanOptionalAction, default=True, help="the rules' examples too"
    )
    options = parser.parse_args()
    shapes = [*SHAPES.items(), *(example_shapes() if options.examples else ())]
    chosen = {name: shape for name, shape in shapes if any(each in name for each in options.only)}
    found: list[Growth] = []
    with tempfile.TemporaryDirectory() as cache:
        os.environ["CODEMODS_CACHE_DIR"] = cache
        check_all = (
            each
            for name, shape in chosen.items()
            for each in measured(name, shape, (options.smallest, options.largest))
        )
        found = sorted(check_all, key=lambda each: each.ratio, reverse=True)
    print(f"CPU time of a line, {options.largest} beside {options.smallest}:")
    for each in found:
        print(f"  {each.ratio:5.2f}  {each.command:5}  {each.shape}  ({each.seconds:.2f} s)")


if __name__ == "__main__":
    main()
