"""Runs commands, in turns, and says what they took."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from unittest.mock import patch

BIN = Path(sys.executable).parent
CODEMODS = (sys.executable, "-m", "codemods")
RUFF = (str(BIN / "ruff"), "check", "--isolated", "--no-cache", "--quiet", "--select", "ASYNC,PT,RUF006")
DJANGO_UPGRADE = (str(BIN / "django-upgrade"), "--target-version", "5.2")
CACHE = "CODEMODS_CACHE_DIR"
FOUND = (0, 1, 3)
"""How `codemods` may end: with nothing, with findings, with files that can't be parsed."""
LAST = 1000
"""How much of an error is shown."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command took, and what it printed."""

    cpu: float
    wall: float
    output: str
    code: int


def run(
    command: Sequence[str],
    folder: Path,
    *,
    kept: Path | None = None,
    fine: Sequence[int] = (0, 1),
    output: bool = False,
) -> Ran:
    """Run a command; CPU time is that of all its processes, and what it keeps is kept in a folder.

    Raises:
        RuntimeError: It ended as it shouldn't.
    """
    stdout = subprocess.PIPE if output else subprocess.DEVNULL
    before, begin = _children(), time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=environment(kept), stdout=stdout, stderr=subprocess.PIPE, check=False
    )
    cpu, wall = _children() - before, time.perf_counter() - begin
    if done.returncode not in fine:
        raise RuntimeError(ended(command, done.returncode, done.stderr))
    return Ran(cpu, wall, (done.stdout or b"").decode("utf-8", "replace"), done.returncode)


def ended(command: Sequence[str], code: int, errors: bytes) -> str:
    """What to say of a command that ended as it shouldn't."""
    return f"{' '.join(command)[:LAST]} ended with {code}: {errors[-LAST:].decode('utf-8', 'replace')}"


def environment(kept: Path | None = None) -> Mapping[str, str]:
    """What commands run in: no virtual environment is active."""
    own = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return {**own, CACHE: str(kept)} if kept else own


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@cache
def nothing_kept() -> tuple[str, ...]:
    """The flag with which `codemods` keeps nothing, if it has one."""
    described = subprocess.run([*CODEMODS, "check", "--help"], capture_output=True, text=True, check=True)
    return ("--no-cache",) if "--no-cache" in described.stdout else ()


def cold(folder: Path, *words: str, output: bool = False) -> Ran:
    """Run `codemods` with nothing kept: neither before nor afterwards."""
    with tempfile.TemporaryDirectory() as empty:
        command = [*CODEMODS, words[0], *nothing_kept(), *words[1:]]
        return run(command, folder, kept=Path(empty), fine=FOUND, output=output)


def ruff(folder: Path, *paths: str) -> float:
    """CPU seconds of ruff, without configuration and with nothing kept."""
    return run([*RUFF, *(paths or (".",))], folder).cpu


@contextmanager
def nothing_there() -> Iterator[None]:
    """Let what runs in this process find nothing that was kept, and no virtual environment."""
    with tempfile.TemporaryDirectory() as empty, patch.dict(os.environ, {CACHE: empty}):
        os.environ.pop("VIRTUAL_ENV", None)
        yield


@dataclass(frozen=True, slots=True)
class Pairs:
    """What two took in turns."""

    first: Sequence[float]
    second: Sequence[float]

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return median(first / second for first, second in zip(self.first, self.second, strict=True))

    @property
    def n(self) -> int:
        """How many pairs there are."""
        return len(self.first)

    def medians(self, first: str, second: str) -> str:
        """What the ratio comes from."""
        return f"{first} {median(self.first):.4g} s, {second} {median(self.second):.4g} s"


def pairs(first: Callable[[], float], second: Callable[[], float], runs: int, *, warm: bool = True) -> Pairs:
    """Let two take turns, so that what else the machine does hits them alike; if warm, the first turn isn't counted."""
    taken = [(first(), second()) for _ in range(runs + warm)][int(warm) :]
    return Pairs([each for each, _ in taken], [each for _, each in taken])
