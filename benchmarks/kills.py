"""Kills `codemods apply` and `codemods recover` at random moments and looks at what they leave.

    python benchmarks/kills.py --kills 200 --seed 1

Each round is a new copy of a project of 300 files that change, with findings that span files. The parent gets a
SIGKILL, its workers don't. Then `recover` or `recover --undo` is killed too, until it may end. What has to hold: each
file is byte for byte the old or the new one at any time, in the end all are new, or all are old; no temporary file, no
journal and no process is left. Exits with 1 if anything else was seen.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
APPLY = ("apply", "-j", "2", "--unsafe", "--allow-dirty")
FOLDERS, TESTS, SHARING = 10, 29, 3
"""Packages, each with a conftest file; the test modules of each; in every fifth, those that share a finding with it."""
PATIENCE = 30
"""Seconds after which what still runs is taken for left behind."""
CONFTEST = """import asyncio

import pytest


@pytest.fixture
def event_loop():
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()
"""
SHARES = """import pytest


@pytest.mark.asyncio
async def test_loop(event_loop):
    task = event_loop.create_task(work())
    await task


async def work():
    pass
"""
TEST = """import time


async def test_sleep():
    time.sleep({number})
{filling}"""

Contents = dict[str, bytes]


@dataclass
class Figures:
    """What was seen."""

    kills: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def make(project: Path) -> None:
    """Write the project; its files differ in length."""
    project.mkdir()
    (project / "setup.py").write_text("")
    for folder in range(FOLDERS):
        tests = project / f"package_{folder}" / "tests"
        tests.mkdir(parents=True)
        (tests / "conftest.py").write_text(CONFTEST if folder % 5 == 0 else TEST.format(number=0, filling=""))
        for number in range(TESTS):
            filling = "".join(f"# {each}: a comment\n" for each in range(number * 50))
            text = SHARES if folder % 5 == 0 and number < SHARING else TEST.format(number=number, filling=filling)
            (tests / f"test_{number}.py").write_text(text)


def contents(project: Path) -> Contents:
    """Return all files of the project by path."""
    files = (path for path in project.rglob("*") if path.is_file())
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in files}


class Tool:
    """The commands on one copy of the project, with the user's folders of their own."""

    def __init__(self, project: Path, state: Path, cache: Path) -> None:
        """Prepare."""
        self.project, self.state = project, state
        folders = {"CODEMODS_STATE_DIR": str(state), "CODEMODS_CACHE_DIR": str(cache)}
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT), **folders}

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command in a session of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "codemods", *arguments], cwd=self.project, env=self._environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def run(self, *arguments: str) -> tuple[int, float]:
        """Return the exit code of a command and how long it took, in seconds."""
        began = time.monotonic()
        code = self.start(*arguments).wait()
        return code, time.monotonic() - began

    def journals(self) -> list[Path]:
        """Return what lies in the folder of journals."""
        return list(self.state.glob("journals/*"))

    def wait_for_journal(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until the command begins to write, or ends."""
        while process.poll() is None and not any(each.suffix == ".json" for each in self.journals()):
            time.sleep(0.0005)


def kill(process: subprocess.Popen[bytes], figures: Figures, name: str) -> None:
    """Kill a command, not its workers, and see whether they end."""
    ended = process.poll() is not None
    figures.kills[f"{name}, had ended" if ended else name] += 1
    process.kill()
    process.wait()
    until = time.monotonic() + PATIENCE
    while (left := running(process.pid)) and time.monotonic() < until:
        time.sleep(0.01)
    if left:
        figures.faults.append(f"{name}: {len(left)} processes are left")
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def running(session: int) -> list[int]:
    """Return the processes of a session that run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            state, _, _, of_session = path.read_text().rpartition(")")[2].split()[:4]
            if int(of_session) == session and state not in "ZX":
                found.append(int(path.parent.name))
    return found


@dataclass(frozen=True)
class Expected:
    """What the project was, and what it becomes; how long that takes, in seconds: all, and the writing."""

    before: Contents
    after: Contents
    apply: float
    writing: float
    recover: float


def measure(template: Path, folder: Path) -> Expected:
    """Run the tool once without harm."""
    tool = Tool(Path(shutil.copytree(template, folder / "measured")), folder / "state", folder / "cache")
    before = contents(tool.project)
    began = time.monotonic()
    process = tool.start(*APPLY)
    tool.wait_for_journal(process)
    writes = time.monotonic()
    code, ended = process.wait(), time.monotonic()
    after = contents(tool.project)
    changed = sum(after[name] != data for name, data in before.items())
    if code or changed != len(before) - 1:
        raise SystemExit(f"apply ended with {code} and changed {changed} of {len(before)} files")
    _, recover = tool.run("recover")
    print(f"{changed} files that change; {ended - began:.2f} s, of which writing {ended - writes:.2f} s", flush=True)
    return Expected(before, after, ended - began, ended - writes, recover)


def one_round(template: Path, folder: Path, expected: Expected, chance: random.Random, figures: Figures) -> None:
    """Kill one apply, then its recover some times, and look after each."""
    tool = Tool(Path(shutil.copytree(template, folder / "project")), folder / "state", folder.parent / "cache")
    process = tool.start(*APPLY)
    if chance.random() < 0.25:
        time.sleep(chance.uniform(0, expected.apply))
    else:
        tool.wait_for_journal(process)
        time.sleep(chance.uniform(0, 0.7 * expected.writing))
    kill(process, figures, "apply")
    note_faults(tool, expected, figures, "apply")
    undo = chance.random() < 0.5
    command = ("recover", "--undo") if undo else ("recover",)
    interrupted = any(each.suffix == ".json" for each in tool.journals())
    figures.kills["applies killed while writing"] += interrupted
    for _ in range(chance.randrange(6) if interrupted else 0):
        process = tool.start(*command)
        time.sleep(chance.uniform(0.5, 1.3) * expected.recover)
        kill(process, figures, " ".join(command))
        note_faults(tool, expected, figures, "recover")
    code, _ = tool.run(*command)
    finished = contents(tool.project)
    wanted = [expected.before if undo else expected.after] if interrupted else [expected.before, expected.after]
    if code or finished not in wanted:
        figures.faults.append(f"{' '.join(command)} ended with {code}, {mixture(finished, expected)}")
    left_in_state = [each.name for each in tool.journals() if interrupted or each.suffix == ".json"]
    if left_in_state:
        figures.faults.append(f"left with the journals: {left_in_state}")


def mixture(found: Contents, expected: Expected) -> str:
    """Say how many files are what."""
    old = sum(found.get(name) == data for name, data in expected.before.items())
    new = sum(found.get(name) == data for name, data in expected.after.items())
    return f"{old} files are old, {new} are new, {len(found.keys() - expected.before.keys())} are others"


def note_faults(tool: Tool, expected: Expected, figures: Figures, when: str) -> None:
    """Note files that are neither old nor new, and those that are missing."""
    found = contents(tool.project)
    for name, old in expected.before.items():
        if found.get(name) not in (old, expected.after[name]):
            figures.faults.append(f"after a kill of {when}: {name} is torn")


def main() -> int:
    """Run rounds until there were enough kills."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, figures, rounds = random.Random(options.seed), Figures(), 0
    with tempfile.TemporaryDirectory(prefix="kills-") as name:
        folder = Path(os.path.realpath(name))
        make(folder / "template")
        expected = measure(folder / "template", folder)
        with contextlib.suppress(KeyboardInterrupt):
            while (done := sum(figures.kills[word] for word in COUNTED)) < options.kills:
                print(f"{done} kills, {len(figures.faults)} faults", file=sys.stderr)
                rounds += 1
                one_round(folder / "template", folder / f"round_{rounds}", expected, chance, figures)
                shutil.rmtree(folder / f"round_{rounds}")
    print(f"{rounds} rounds")
    for word, number in sorted(figures.kills.items()):
        print(f"{number:>6}  {word}")
    print(*figures.faults or ["nothing torn, nothing mixed, nothing left"], sep="\n")
    return bool(figures.faults)


COUNTED = ("apply", "recover", "recover --undo")


if __name__ == "__main__":
    raise SystemExit(main())
