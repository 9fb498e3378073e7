"""CPU time of the index's outlines beside `ast.parse` of the same files, as ratios, and the size of their cache.

    python benchmarks/index.py FOLDER [FOLDER ...] [--rounds 5]

All run in one process and take turns, every other round backwards; the median of user and system time counts. Garbage
is collected as usual, trees die at once, and outlines are kept for a round, as a run of the tool keeps them. The files
are read beforehand: that is the same for all.
"""

from __future__ import annotations

import argparse
import ast
import gc
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from codemods.errors import FileError
from codemods.semantics.project.cache import OutlineCache
from codemods.semantics.project.outline import Outline
from codemods.semantics.project.reading import read_outline
from codemods.source import decode

PARSE, BUILD, WRITE, CACHED = "ast.parse", "build", "build and write", "read the cache"


@dataclass(frozen=True, slots=True)
class File:
    """A file that parses."""

    path: Path
    data: bytes
    text: str


def python_files(folder: Path) -> list[File]:
    """Read all files below a folder, but those that aren't Python."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        try:
            data = path.read_bytes()
            found.append(File(path, data, decode(data).text))
            ast.parse(found[-1].text)
        except FileError:
            continue
        except (SyntaxError, ValueError, RecursionError):
            found.pop()
    return found


def parse(files: Sequence[File]) -> None:
    """What the others are compared with."""
    for each in files:
        ast.parse(each.text)


def build(files: Sequence[File]) -> list[Outline]:
    """A run without a cache."""
    return [read_outline(each.text) for each in files]


def build_and_write(files: Sequence[File]) -> list[Outline]:
    """The first run: no file is in the cache, and each is put there."""
    with tempfile.TemporaryDirectory() as folder:
        return fill(OutlineCache(Path(folder)), files)


def fill(cache: OutlineCache, files: Sequence[File]) -> list[Outline]:
    """Look a file up in vain, read it, keep it."""
    found = []
    for each in files:
        if cache.get(each.path, each.data) is None:
            found.append(read_outline(each.text))
            cache.put(each.path, each.data, found[-1])
    return found


def cached(cache: OutlineCache, files: Sequence[File]) -> list[Outline | None]:
    """The second run: all files are in the cache."""
    found = [cache.get(each.path, each.data) for each in files]
    assert all(each is not None for each in found)
    return found


def cpu_seconds(work: Callable[[Sequence[File]], object], files: Sequence[File]) -> float:
    """One turn; what it leaves dies before the next begins."""
    gc.collect()
    before = time.process_time()
    kept = work(files)
    spent = time.process_time() - before
    del kept
    return spent


def medians(files: Sequence[File], folder: Path, rounds: int) -> dict[str, float]:
    """Let all take turns; `folder` becomes the full cache."""
    cache = OutlineCache(folder)
    fill(cache, files)
    works: dict[str, Callable[[Sequence[File]], object]] = {
        PARSE: parse,
        BUILD: build,
        WRITE: build_and_write,
        CACHED: lambda these: cached(cache, these),
    }
    times: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds):
        for name in (*works,) if number % 2 == 0 else (*reversed(works),):
            times[name].append(cpu_seconds(works[name], files))
    return {name: statistics.median(spent) for name, spent in times.items()}


def report(folder: Path, rounds: int) -> str:
    """The ratios of one folder, and what they come from."""
    files = python_files(folder)
    with tempfile.TemporaryDirectory() as scratch:
        times = medians(files, Path(scratch), rounds)
        size = sum(path.stat().st_size for path in Path(scratch).iterdir())
    sources = sum(len(each.data) for each in files)
    lines = sum(each.data.count(b"\n") for each in files)
    head = f"{folder.name}: {len(files)} files, {lines} lines"
    ratios = [f"  {name} / {PARSE} = {times[name] / times[PARSE]:.2f}" for name in times if name != PARSE]
    sizes = f"  cache / sources = {size / sources:.2f} ({size / 1e6:.1f} MB of {sources / 1e6:.1f} MB)"
    seconds = ", ".join(f"{name} {spent:.2f} s" for name, spent in times.items())
    return "\n".join([head, *ratios, sizes, f"  (median CPU of {rounds} rounds: {seconds})"])


def main() -> None:
    """Measure each folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    for folder in options.folders:
        if not any(folder.rglob("*.py")):
            parser.error(f"no Python files in {folder}")
        print(report(folder.resolve(), options.rounds), flush=True)


if __name__ == "__main__":
    main()
