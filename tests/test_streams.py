"""Closed and full streams: what can't be printed is an error, and nobody takes it for a finding."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LEGACY = "import time\n\n\nasync def test_sleep():\n    time.sleep(0)\n"
PATIENCE = 300
FULL = "/dev/full"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a POSIX shell closes the streams")
needs_full = pytest.mark.skipif(not os.path.exists(FULL), reason="no /dev/full")

COMMANDS = [
    (["check"], 1), (["check", "--format", "json"], 1), (["check", "--statistics"], 1), (["diff"], 1),
    (["diff", "--color", "always"], 1), (["apply", "-"], 0), (["apply", "--allow-dirty"], 0), (["rules"], 0),
    (["rules", "--format", "json"], 0), (["explain", "PAM401"], 0), (["--help"], 0), (["--version"], 0),
    (["check", "-h"], 0), (["verify", "--help"], 0),
]  # fmt: skip
FEW = [COMMANDS[0], COMMANDS[3], COMMANDS[10]]
MANY = [each for each in COMMANDS if each not in FEW]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "test_it.py").write_text(LEGACY)
    return tmp_path


def run(project: Path, arguments: Sequence[str], streams: str) -> subprocess.CompletedProcess[bytes]:
    line = f"exec {shlex.join([sys.executable, '-m', 'codemods', *arguments])} {streams}"
    return subprocess.run(
        ["sh", "-c", line], cwd=project, input=LEGACY.encode(), capture_output=True, check=False, timeout=PATIENCE,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )  # fmt: skip


def no_result(done: subprocess.CompletedProcess[bytes], reason: str) -> None:
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 3, lines
    assert done.stdout == b""
    assert lines[-1].startswith(f"error: the result can't be printed: {reason}")
    assert len(lines) == 1


def each(commands: Sequence[tuple[list[str], int]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("words", "code"), commands, ids=[" ".join(words) for words, _ in commands])


def closed_output(project: Path, words: list[str]) -> None:
    no_result(run(project, words, ">&-"), "bad file descriptor")


def closed_errors(project: Path, words: list[str], code: int) -> None:
    """Closed or full, nothing of the results changes."""
    streams = ["2>&-", f"2>{FULL}" if os.path.exists(FULL) else "2>&-"]
    done = [run(project, words, stream) for stream in streams]
    assert [(one.returncode, one.stderr) for one in done] == [(code, b"")] * 2
    assert done[0].stdout
    if "apply" not in words:
        assert done[0].stdout == done[1].stdout


@each(FEW)
def test_closed_output(project: Path, words: list[str], code: int) -> None:
    closed_output(project, words)


@each(FEW)
def test_closed_errors(project: Path, words: list[str], code: int) -> None:
    closed_errors(project, words, code)


@pytest.mark.process
@each(MANY)
def test_closed_output_of_each_command(project: Path, words: list[str], code: int) -> None:
    closed_output(project, words)


@pytest.mark.process
@each(MANY)
def test_closed_errors_of_each_command(project: Path, words: list[str], code: int) -> None:
    closed_errors(project, words, code)


@needs_full
@pytest.mark.process
@each(MANY)
def test_full_output_of_each_command(project: Path, words: list[str], code: int) -> None:
    no_result(run(project, words, f">{FULL}"), "no space left on device")


@pytest.mark.process
@each(COMMANDS)
def test_all_streams_are_closed(project: Path, words: list[str], code: int) -> None:
    done = run(project, words, "<&- >&- 2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (3, b"", b"")


@needs_full
def test_what_is_written_is_said_where_the_result_cannot_be(project: Path) -> None:
    done = run(project, ["apply"], f">{FULL}")
    no_result(done, "no space left on device; 1 file written")
    assert "await asyncio.sleep(0)" in (project / "test_it.py").read_text()


def test_closed_input(project: Path) -> None:
    done = run(project, ["check", "-"], "<&-")
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"error: test_stdin.py: standard input can't be read: bad file descriptor\n" in done.stderr


def test_nothing_is_printed_of_what_was_closed_into_files_that_are_opened(project: Path) -> None:
    """A file that is opened gets the first free number, which is that of a closed stream."""
    before = (project / "test_it.py").read_bytes()
    done = run(project, ["check", "nothing.py"], "<&- >&- 2>&-")
    assert done.returncode == 2
    assert (project / "test_it.py").read_bytes() == before


@pytest.mark.process
@pytest.mark.parametrize("words", [["check"], ["--help"], ["rules"], ["explain", "PAM401"]], ids=" ".join)
def test_nobody_reads(project: Path, words: list[str]) -> None:
    line = shlex.join([sys.executable, "-m", "codemods", *words])
    read, wrote = os.pipe()
    os.close(read)
    done = subprocess.run(
        ["sh", "-c", f"exec {line}"], cwd=project, stdout=wrote, stderr=subprocess.PIPE, check=False,
        timeout=PATIENCE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    os.close(wrote)
    assert (done.returncode, done.stderr) == (141, b"")
