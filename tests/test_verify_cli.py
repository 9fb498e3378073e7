"""``codemods verify`` from outside, on a suite that the safe rules mend, break, or leave as it is."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from copied import Copied
from waiting import HOLDING, LONG, is_held, until

ROOT = Path(__file__).parents[1]
SUITE = """\
import time

import pytest


@pytest.mark.asyncio
async def test_sleep():
    time.sleep(0)


@pytest.mark.asyncio
async def test_reads_itself():
    time.sleep(0)
    assert "    time.sleep(0)\\n    assert" in open(__file__).read()
"""
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(**extra: str) -> dict[str, str]:
    left_out = ("NO_COLOR", "FORCE_COLOR", "VIRTUAL_ENV", "PYTEST_ADDOPTS")
    kept = {key: value for key, value in os.environ.items() if key not in left_out}
    plugins = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "pytest_asyncio.plugin"}
    return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **plugins, **extra}


PATIENT = f"from codemods.verify.running import suite_runner\nsuite_runner._SHORTEST = {LONG}"
"""Runs before the command, which takes no test for hanging because the machine has other work too."""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", f"{PATIENT}\nfrom codemods.cli import main\nmain()", *arguments]


def without_phases(errors: str) -> str:
    return "".join(each for each in errors.splitlines(keepends=True) if not each.startswith("verify: "))


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def run(project: Path, temporary: Path, program: Copied) -> Run:
    def run(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        done = program.run(arguments, project, environment(TMPDIR=str(temporary), **extra), first=PATIENT)
        errors = without_phases(done.stderr.decode())
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), errors)

    return run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    (folder / "test_it.py").write_text(SUITE)
    return folder


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    return subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, check=True, text=True).stdout


def test_the_report(run: Run, project: Path) -> None:
    done = run("verify")
    assert done.returncode == 0, done.stderr
    table, _, taken_back, last = done.stdout.split("\n\n")
    assert table == "        before  after\npassed       2      2"
    assert "\n\nTests: 0 fixed, 2 same, 0 regressed, 0 now runs, 0 flaky.\n\n" in done.stdout
    title, finding, reason = taken_back.split("\n")
    assert title == "Taken back, since they break tests, 1 finding:"
    assert finding.startswith("test_it.py:13:5: PAM401 [safe] ")
    assert reason.startswith("    test_it.py::test_reads_itself passed, with it failed: AssertionError: ")
    assert last.startswith("5 pytest runs, 1 of them to trace what broke, with Python 3")
    assert done.stderr == "Kept: 1 finding in 1 file, 1 taken back. Make these changes: `codemods verify --write`.\n"
    assert (project / "test_it.py").read_text() == SUITE


def test_json(run: Run) -> None:
    done = run("verify", "--format", "json")
    document = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert document["verdicts"] == {"fixed": 0, "same": 2, "regressed": 0, "lost": 0, "now runs": 0, "flaky": 0}
    assert {each["id"]: each["verdict"] for each in document["tests"]} == {
        "test_it.py::test_sleep": "same",
        "test_it.py::test_reads_itself": "same",
    }
    assert set(document["tests"][0]["before"]) == {"outcome", "seconds", "error"}
    (taken,) = document["taken_back"]
    assert taken["proven"] is True
    assert (taken["path"], taken["line"], taken["code"]) == ("test_it.py", 13, "PAM401")
    assert taken["id"] in {each["id"] for file in document["files"] for each in file["findings"]}
    (broken,) = taken["broken"]
    assert (broken["test"], broken["before"], broken["after"]) == ("test_it.py::test_reads_itself", "passed", "failed")
    assert [each["phase"] for each in document["runs"]] == [
        "before",
        "after",
        "after, again",
        "tracing, 1 of 40",
        "after, without what broke",
    ]
    assert document["runs"][1]["outcomes"] == {"failed": 1, "passed": 1}
    assert document["environment"]["python"] == sys.executable
    assert (document["old_environment"], document["unproven"]) == (None, None)
    assert (document["failures"], document["new_warnings"]) == ([], [])


def test_writing_what_is_proven(run: Run, project: Path) -> None:
    done = run("verify", "--write")
    assert done.returncode == 0
    note = "note: test_it.py lies in no git repository: nothing brings the old content back (--backup keeps it)\n"
    assert done.stderr == f"{note}Written: 1 finding in 1 file.\n"
    text = (project / "test_it.py").read_text()
    assert text.count("await asyncio.sleep(0)") == 1
    assert text.count("    time.sleep(0)\n") == 1


def test_nothing_to_verify(run: Run, project: Path) -> None:
    (project / "test_it.py").write_text("def test_it():\n    pass\n")
    done = run("verify")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Nothing to verify: there is nothing to change.\n", "")
    done = run("verify", "--write")
    assert (done.returncode, done.stderr) == (0, "Nothing written: there is nothing to change.\n")


def test_writing_when_no_test_ran(run: Run, project: Path) -> None:
    (project / "test_it.py").write_text(f"{SUITE}\n\npytestmark = pytest.mark.skip()\n")
    (project / "pytest.ini").write_text("[pytest]\n")
    done = run("verify", "--write")
    assert (project / "pytest.ini").read_text() == "[pytest]\n"
    assert done.returncode == 4
    assert done.stdout.startswith("Nothing is proven: no test ran\n")
    assert done.stderr == "Nothing written: nothing is proven.\n"
    assert "time.sleep(0)" in (project / "test_it.py").read_text()


@pytest.mark.process
@pytest.mark.skipif(os.name == "nt", reason="scripts")
def test_from_an_old_environment(run: Run, project: Path, tmp_path: Path) -> None:
    old = fake(tmp_path, f'IS_OLD=1 exec "{sys.executable}" "$@"')
    lost = "\n\ndef test_lost():\n    import os\n    assert 'IS_OLD' in os.environ\n"
    (project / "test_it.py").write_text(SUITE + lost)
    done = run("verify", "--before", old, "--after", sys.executable)
    assert done.returncode == 1
    assert done.stdout.startswith(
        "        old  before  after\npassed    3       2      2\nfailed    0       1      1\n"
    )
    assert "\nTests: 0 fixed, 2 same, 0 regressed, 1 lost, 0 now runs, 0 flaky.\n" in done.stdout
    assert "\nNot green in the end, 1, 1 of them lost: they pass in the old environment:\n" in done.stdout
    assert f"codemods verify --before={old} --after={sys.executable} --write" in done.stderr
    document = json.loads(run("verify", "--before", old, "--format", "json").stdout)
    assert document["old_environment"]["python"] == old
    assert {each["id"]: each["old"] and each["old"]["outcome"] for each in document["tests"]} == {
        f"test_it.py::{name}": "passed" for name in ("test_sleep", "test_reads_itself", "test_lost")
    }
    (failure,) = document["failures"]
    assert (failure["tests"], failure["near"]) == (["test_it.py::test_lost"], [])


@pytest.mark.skipif(os.name == "nt", reason="scripts")
def test_an_environment_that_is_older_than_the_target(run: Run, project: Path, tmp_path: Path) -> None:
    packages = {"pytest": "9.0.1", "pytest-asyncio": "0.21.1"}
    answer = json.dumps({"version": [3, 12, 1], "packages": packages, "prefix": sys.prefix})
    python = fake(tmp_path, f'case "$1" in -c) echo \'{answer}\';; *) exec "{sys.executable}" "$@";; esac')
    done = run("verify", "--python", python)
    assert done.returncode == 4
    why = "the environment has pytest-asyncio 0.21.1, and the suite is migrated for 1.3 or newer"
    assert done.stdout.startswith(f"Nothing is proven: {why}\n\n")
    assert done.stderr == "Kept: 1 finding in 1 file, 1 taken back.\n"
    done = run("verify", "--python", python, "--write")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: nothing is written, since nothing can be proven: {why}\n"
    assert (project / "test_it.py").read_text() == SUITE


@pytest.mark.parametrize("option", ["--python", "--before", "--after"])
def test_an_environment_of_no_name(run: Run, option: str) -> None:
    done = run("verify", option, "")
    assert (done.returncode, done.stderr) == (2, f"error: {option}: an empty path names no environment\n")


@pytest.mark.skipif(os.name == "nt", reason="scripts")
def test_an_old_environment_without_pytest(run: Run, tmp_path: Path) -> None:
    python = fake(tmp_path, 'echo \'{"version": [3, 12, 1], "packages": {}}\'')
    done = run("verify", "--before", python)
    message = f"error: {python}: has no pytest; name the suite's environment with --before\n"
    assert (done.returncode, done.stderr) == (2, message)


def test_two_names_for_one_environment(run: Run) -> None:
    done = run("verify", "--python", sys.executable, "--after", sys.executable)
    assert (done.returncode, done.stderr) == (2, "error: --python and --after name the same: give one of them\n")


@pytest.mark.process
def test_each_phase_is_told(project: Path, program: Copied) -> None:
    done = program.run(["verify"], project, environment(), first=PATIENT)
    told = [each for each in done.stderr.decode().splitlines() if each.startswith("verify: ")]
    assert told == [
        "verify: looking at the files",
        "verify: copying the project",
        "verify: before",
        "verify: after",
        "verify: after, again",
        "verify: tracing, 1 of 40",
        "verify: after, without what broke",
    ]


def test_dirty_files_are_refused_before_anything_runs(run: Run, project: Path) -> None:
    git(project, "init", "-q")
    done = run("verify", "--write")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--allow-dirty" in done.stderr
    assert run("verify", "--write", "--allow-dirty").returncode == 0


def test_a_repository_is_as_it_was(run: Run, project: Path, temporary: Path) -> None:
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "before")
    assert run("verify").returncode == 0
    assert git(project, "status", "--short") == ""
    assert git(project, "worktree", "list").count("\n") == 1
    assert list(temporary.iterdir()) == []


def test_arguments_for_pytest(run: Run) -> None:
    done = run("verify", ".", "--format", "json", "--", "-k", "sleep", "--tb=no")
    assert {each["id"] for each in json.loads(done.stdout)["tests"]} == {"test_it.py::test_sleep"}
    done = run("verify", "--", "--bogus")
    assert done.returncode == 2
    assert "neither before nor after" in done.stderr
    assert "unrecognized arguments: --bogus" in done.stderr


@pytest.mark.process
def test_a_file_that_fails(run: Run, project: Path) -> None:
    (project / "test_broken.py").write_text("async def test_(:\n")
    done = run("verify")
    assert done.returncode == 3
    assert "error: test_broken.py: line 1: " in done.stderr


def fake(folder: Path, script: str) -> str:
    path = folder / "fake"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.skipif(os.name == "nt", reason="scripts")
@pytest.mark.parametrize(
    ("script", "message"),
    [
        (None, "missing: no such file or environment"),
        ("", "isn't a Python from 3.8 on"),
        ("echo garbage", "isn't a Python from 3.8 on"),
        ("echo '[]'", "isn't a Python from 3.8 on"),
        ("exit 9", "isn't a Python from 3.8 on"),
        ('echo \'{"version": [3, 12, 1], "packages": {}}\'', "has no pytest; install it: "),
        ('echo \'{"version": [3, 7, 1], "packages": {"pytest": "7.1"}}\'', "needs Python 3.8 and pytest 6, or newer"),
        ('echo \'{"version": [3, 9, 1], "packages": {"pytest": "5.4"}}\'', "needs Python 3.8 and pytest 6, or newer"),
    ],
)
def test_a_wrong_interpreter(run: Run, tmp_path: Path, script: str | None, message: str) -> None:
    python = str(tmp_path / "missing") if script is None else fake(tmp_path, script)
    done = run("verify", "--python", python)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


def test_an_interpreter_that_cannot_be_run(run: Run, tmp_path: Path) -> None:
    (tmp_path / "python").write_text("")
    done = run("verify", "--python", str(tmp_path / "python"))
    assert done.returncode == 2
    assert "can't be run: permission denied" in done.stderr
    done = run("verify", "--python", str(tmp_path))
    assert done.returncode == 2
    assert "there is no Python in this folder" in done.stderr


@pytest.mark.process
def test_the_environment_may_be_named_by_its_folder(run: Run, project: Path) -> None:
    folder = Path(sys.prefix)
    done = run("verify", "--python", str(folder), "--format", "json")
    assert done.returncode == 0
    assert Path(json.loads(done.stdout)["environment"]["python"]).parent.parent == folder
    (project / ".venv").symlink_to(folder)
    found = json.loads(run("verify", "--format", "json").stdout)["environment"]["python"]
    assert Path(found).is_relative_to(project)


def test_standard_input_has_no_suite(run: Run) -> None:
    done = run("verify", "-")
    assert done.returncode == 2
    assert "not standard input" in done.stderr


WAITS = """
import os, time

def pytest_runtest_setup():
    with open({log!r}, "a") as log:
        log.write("x")
        log.flush()
        waiting = os.getppid()
        while log.tell() == {tests} and os.getppid() == waiting:
            time.sleep(0.02)
"""
"""The test of this number waits until the run is killed."""


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize(
    "tests",
    [
        1,
        *(pytest.param(each, marks=pytest.mark.process) for each in (3, 5, 7)),
        6,
    ],
    ids=["before", "after", "again", "last", "tracing"],
)
@pytest.mark.parametrize(
    "word",
    [signal.SIGKILL, *(pytest.param(each, marks=pytest.mark.process) for each in (signal.SIGINT, signal.SIGTERM))],
)
def test_killed_in_every_phase(run: Run, project: Path, temporary: Path, tests: int, word: signal.Signals) -> None:
    """The project is as it was; an orderly end leaves nothing behind, and after a kill the next run cleans up."""
    log, held = temporary.parent / "log", temporary.parent / "held"
    log.touch()
    (project / "conftest.py").write_text(HOLDING.format(path=str(held)) + WAITS.format(log=str(log), tests=tests))
    before = {path.name: path.read_bytes() for path in project.iterdir()}
    process = subprocess.Popen(
        command("verify", "--write"),
        cwd=project,
        env=environment(TMPDIR=str(temporary)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    until(lambda: process.poll() is not None or log.stat().st_size == tests)
    process.send_signal(word)
    _, errors = process.communicate()
    until(lambda: not is_held(held))
    expected = {signal.SIGKILL: -9, signal.SIGINT: 130, signal.SIGTERM: 143}
    assert (process.returncode, without_phases(errors.decode())) == (expected[word], "")
    assert {path.name: path.read_bytes() for path in project.iterdir()} == before
    assert len(list(temporary.iterdir())) == (word is signal.SIGKILL)
    if word is signal.SIGKILL:
        (project / "conftest.py").write_text("")
        assert run("verify").returncode == 0
        assert list(temporary.iterdir()) == []
