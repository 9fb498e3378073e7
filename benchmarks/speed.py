"""CPU time of `codemods check` beside ruff and LibCST's own codemod tool on the same files, as ratios.

    python benchmarks/speed.py FOLDER [FOLDER ...] [--runs 3]

The tools take turns, so that what else the machine does hits them alike; the median of user and system
time counts, child processes included. Nothing is written: LibCST's codemod changes nothing.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

RUFF = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff") or "ruff"
TOOLS = {
    "codemods": [sys.executable, "-m", "codemods", "check"],
    "ruff": [RUFF, "check", "--select", "ASYNC,PT", "--no-cache"],
    "libcst": [sys.executable, "-m", "libcst.tool", "codemod", "--hide-progress", "noop.NOOPCommand"],
}
FINE = {"codemods": (0, 1, 3), "ruff": (0, 1), "libcst": (0, 1)}  # findings, or a file that can't be parsed


def children() -> float:
    """CPU seconds of all child processes so far."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def cpu_seconds(tool: str, folder: Path) -> float:
    """One run, from the file system's root, so that no configuration but the folder's own is read."""
    before = children()
    command = [*TOOLS[tool], str(folder)]
    done = subprocess.run(command, cwd=folder.anchor, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    spent = children() - before
    if done.returncode not in FINE[tool]:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-1000:].decode()}")
    return spent


def medians(folder: Path, tools: Sequence[str], runs: int) -> dict[str, float]:
    """Let the tools take turns."""
    times: dict[str, list[float]] = {tool: [] for tool in tools}
    for _ in range(runs):
        for tool in tools:
            times[tool].append(cpu_seconds(tool, folder))
    return {tool: statistics.median(spent) for tool, spent in times.items()}


def size(folder: Path) -> tuple[int, int]:
    """Files and lines."""
    files = list(folder.rglob("*.py"))
    return len(files), sum(path.read_bytes().count(b"\n") for path in files)


def report(folder: Path, times: dict[str, float]) -> str:
    """The ratios, and what they come from."""
    files, lines = size(folder)
    head = f"{folder.parent.name}/{folder.name}: {files} files, {lines} lines"
    first = next(iter(times))
    rest = [f"  {first} / {tool} = {times[first] / times[tool]:.2f}" for tool in times if tool != first]
    seconds = ", ".join(f"{tool} {spent:.2f} s" for tool, spent in times.items())
    return "\n".join([head, *rest, f"  (median CPU: {seconds})"])


def main() -> None:
    """Measure each folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--tools", nargs="+", choices=list(TOOLS), default=list(TOOLS), help="the first is compared")
    options = parser.parse_args()
    for folder in options.folders:
        if not any(folder.rglob("*.py")):
            parser.error(f"no Python files in {folder}")
        print(report(folder, medians(folder.resolve(), options.tools, options.runs)), flush=True)


if __name__ == "__main__":
    main()
