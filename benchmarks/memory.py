"""The most memory that `codemods check` and `codemods diff --unsafe` take, all of their processes together.

    python benchmarks/memory.py [FOLDER ...] [--files 1000 6000] [--jobs N]

Without a folder the projects are generated, as large as ``--files`` says, from the examples of the rules. Memory is
looked at some times a second, as the sum of what the processes have for themselves and of their shares in what they
have together (PSS); where the system doesn't tell, it is the largest process instead. Nothing is written.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path

from codemods.rules import Example, all_rules
from speed.running import ended

COMMANDS = (("check",), ("diff", "--unsafe"))
FINE = (0, 1, 3)  # findings, or a file that can't be parsed
IN_A_FOLDER = 40
MIB = 1024 * 1024


def generate(folder: Path, files: int) -> None:
    """Write that many test files."""
    python = [each for rule in all_rules() for each in rule.examples if each.path.endswith(".py")]
    for number, example in enumerate(islice(cycle(python), files)):
        path = folder / "tests" / f"part_{number // IN_A_FOLDER}" / name(example, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(example.before, encoding="utf-8")


def name(example: Example, number: int) -> str:
    """The name of the file of an example; each conftest is alone in its folder."""
    return f"own_{number}_conftest/test_it.py" if example.path.endswith("conftest.py") else f"test_{number}.py"


def processes(session: int) -> Iterator[int]:
    """The processes of a session."""
    for each in os.listdir("/proc"):
        with contextlib.suppress(OSError, ValueError):
            if os.getsid(int(each)) == session:
                yield int(each)


def proportional(process: int) -> int:
    """The bytes that a process has, shared ones in part."""
    with contextlib.suppress(OSError, StopIteration), open(f"/proc/{process}/smaps_rollup") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss:")) * 1024
    return 0


def peak(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> int:
    """The most bytes that a command takes."""
    most = 0
    with open(os.devnull, "w") as nothing, tempfile.TemporaryFile() as errors:
        running = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=nothing, stderr=errors, start_new_session=True
        )
        while running.poll() is None:
            if Path("/proc/self/smaps_rollup").exists():
                most = max(most, sum(map(proportional, processes(running.pid))))
            time.sleep(0.05)
        if running.returncode not in FINE:
            errors.seek(0)
            raise RuntimeError(ended(command, running.returncode, errors.read()))
    return most or resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


def report(folder: Path, jobs: int | None) -> None:
    """Print what the commands take for a folder."""
    files = sum(1 for _ in folder.rglob("*.py"))
    for words in COMMANDS:
        flags = ["--jobs", str(jobs)] if jobs else []
        taken = peak([sys.executable, "-m", "codemods", *words, *flags, str(folder)], folder) / MIB
        print(
            f"{' '.join(words)}, {folder.name}, {files} files: {taken:.0f} MiB, {taken / files:.3f} MiB a file",
            flush=True,
        )


def main() -> None:
    """Measure each project."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--files", type=int, nargs="+", default=[1000, 6000])
    parser.add_argument("--jobs", type=int)
    options = parser.parse_args()
    for folder in options.folders:
        report(folder.resolve(), options.jobs)
    for number in [] if options.folders else options.files:
        with tempfile.TemporaryDirectory() as made:
            generate(Path(made), number)
            report(Path(made), options.jobs)


if __name__ == "__main__":
    main()
