"""The commands from outside, through the real entry point."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import pytest

from copied import Copied

ROOT = Path(__file__).parents[1]
LEGACY = """\
import time

import pytest


@pytest.mark.asyncio
async def test_sleep():
    time.sleep(0)


@pytest.mark.asyncio
def test_sync():
    pass
"""
MODERN = """\
import asyncio

import pytest


@pytest.mark.asyncio
async def test_sleep():
    await asyncio.sleep(0)


def test_sync():
    pass
"""
CLEAN = "def test_sync():\n    pass\n"

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


def environment(**extra: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "100", **extra}


def command(*arguments: str) -> Sequence[str]:
    return [sys.executable, "-m", "codemods", *arguments]


@pytest.fixture
def run(tmp_path: Path, program: Copied) -> Run:
    def run(*arguments: str, stdin: bytes = b"", **extra: str) -> subprocess.CompletedProcess[bytes]:
        return program.run(arguments, tmp_path, environment(**extra), stdin)

    return run


def start(folder: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process that Python starts for it."""
    return subprocess.run(command(*arguments), cwd=folder, capture_output=True, env=environment(**extra), check=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = strict\nasyncio_default_fixture_loop_scope = function\n"
    )
    (tmp_path / "test_legacy.py").write_text(LEGACY)
    (tmp_path / "test_clean.py").write_text(CLEAN)
    return tmp_path


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, input=stdin, capture_output=True, check=True)


def commit(folder: Path) -> None:
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "before")


@pytest.mark.usefixtures("project")
def test_check_lists_findings(run: Run) -> None:
    done = run("check")
    assert done.returncode == 1
    printed = done.stdout.decode().splitlines()
    assert len(printed) == 2
    assert all(re.fullmatch(r"test_legacy\.py:\d+:\d+: PAM\d{3} \[safe\] .+", line) for line in printed)
    assert [line.split()[1] for line in printed] == ["PAM401", "PAM102"]
    assert done.stderr.decode().splitlines() == [
        "2 findings in 1 of 2 files: 2 safe, 0 review, 0 manual.",
        "2 can be fixed: `codemods diff` shows the changes, `codemods apply` makes them.",
    ]


@pytest.mark.usefixtures("project")
def test_check_of_clean_files(run: Run) -> None:
    done = run("check", "test_clean.py")
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr == b"Nothing to migrate in 1 file.\n"


@pytest.mark.usefixtures("project")
def test_the_flags_come_back_in_the_next_step(run: Run) -> None:
    done = run("check", "--select", "PAM102,PAM4", "--unsafe", "test_legacy.py")
    assert b"`codemods apply --select=PAM102,PAM4 --unsafe test_legacy.py`" in done.stderr


def test_check_writes_nothing(run: Run, project: Path) -> None:
    for name in ("check", "diff"):
        run(name)
        run(name, "--format", "json")
    assert (project / "test_legacy.py").read_text() == LEGACY


def test_diff_is_a_patch_that_git_takes(run: Run, project: Path) -> None:
    commit(project)
    done = run("diff")
    assert done.returncode == 1
    assert done.stdout.startswith(b"diff --git a/test_legacy.py b/test_legacy.py\n--- a/test_legacy.py\n")
    assert b"\x1b" not in done.stdout
    assert b"Make these changes: `codemods apply`." in done.stderr
    git(project, "apply", stdin=done.stdout)
    assert (project / "test_legacy.py").read_text() == MODERN


@pytest.mark.usefixtures("project")
def test_diff_of_clean_files(run: Run) -> None:
    done = run("diff", "test_clean.py")
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr == b"Nothing to change in 1 file.\n"


@pytest.mark.usefixtures("project")
def test_colours(run: Run) -> None:
    assert b"\x1b[32m+    await asyncio.sleep(0)\x1b[0m\n" in run("diff", "--color", "always").stdout
    assert b"\x1b[36mPAM401\x1b[0m" in run("check", "--color", "always").stdout
    assert b"\x1b" not in run("check", "--color", "never").stdout


def test_apply_makes_the_changes(run: Run, project: Path) -> None:
    commit(project)
    done = run("apply")
    assert done.returncode == 0
    assert (project / "test_legacy.py").read_text() == MODERN
    assert done.stdout.decode().splitlines()[:3] == [
        "Changed 1 of 2 files, 2 findings fixed.",
        "     1  PAM102  remove-marker-from-sync-test",
        "     1  PAM401  " + done.stdout.decode().splitlines()[2].split()[-1],
    ]
    assert b"Next: run the tests" in done.stderr
    again = run("apply")
    assert (again.returncode, again.stdout) == (0, b"Changed 0 of 2 files, 0 findings fixed.\n")


def test_apply_outside_of_git(run: Run, project: Path) -> None:
    assert run("apply").returncode == 0
    assert (project / "test_legacy.py").read_text() == MODERN


def test_apply_refuses_dirty_files(run: Run, project: Path) -> None:
    git(project, "init", "-q")
    done = run("apply")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"test_legacy.py" in done.stderr
    assert b"--allow-dirty" in done.stderr
    assert (project / "test_legacy.py").read_text() == LEGACY
    assert run("apply", "test_clean.py").returncode == 0
    assert run("apply", "--allow-dirty").returncode == 0
    assert (project / "test_legacy.py").read_text() == MODERN


@pytest.mark.usefixtures("project")
def test_apply_lists_what_it_leaves_alone(run: Run) -> None:
    done = run("apply", "--ignore", "PAM102,PAM401")
    assert done.stdout == b"Changed 0 of 2 files, 0 findings fixed.\n"


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_standard_input(run: Run, newline: bytes) -> None:
    legacy, modern = (text.encode().replace(b"\n", newline) for text in (LEGACY, MODERN))
    evidence = ("--stdin-filename", "tests/test_it.py")
    applied = run("apply", "-", *evidence, stdin=legacy)
    assert (applied.returncode, applied.stdout) == (0, modern)
    assert b"2 findings fixed" in applied.stderr
    shown = run("diff", "-", *evidence, stdin=legacy)
    assert shown.returncode == 1
    assert shown.stdout.startswith(b"diff --git a/tests/test_it.py b/tests/test_it.py\n")
    listed = run("check", "-", *evidence, stdin=legacy)
    assert listed.returncode == 1
    assert listed.stdout.startswith(os.path.join("tests", "test_it.py").encode() + b":8:5: PAM401 [safe] ")


def test_clean_standard_input_comes_back_as_it_was(run: Run) -> None:
    done = run("apply", "-", stdin=b"\xef\xbb\xbfx = 1\r\n\x0c\ry = 2")
    assert (done.returncode, done.stdout) == (0, b"\xef\xbb\xbfx = 1\r\n\x0c\ry = 2")


def test_broken_standard_input_comes_back_as_it_was(run: Run) -> None:
    done = run("apply", "-", stdin=b"async def test_(:\n")
    assert (done.returncode, done.stdout) == (3, b"async def test_(:\n")
    assert done.stderr.startswith(b"error: test_stdin.py: ") or b"error: test_stdin.py: " in done.stderr


@pytest.mark.parametrize("name", ["pytest.ini", "pyproject.toml", "requirements.txt"])
def test_standard_input_is_no_configuration(run: Run, name: str) -> None:
    done = run("apply", "-", "--stdin-filename", name, stdin=b"[pytest]\naddopts = --asyncio-mode=legacy\n")
    assert (done.returncode, done.stdout) == (3, b"[pytest]\naddopts = --asyncio-mode=legacy\n")
    assert b"name its folder instead" in done.stderr


def test_the_name_of_standard_input_decides_its_configuration(run: Run, tmp_path: Path) -> None:
    source = b"import pytest_asyncio\n\n\nasync def test_it():\n    pass\n"
    for mode, code in (("auto", 0), ("strict", 1)):
        (tmp_path / mode).mkdir()
        (tmp_path / mode / "pytest.ini").write_text(f"[pytest]\nasyncio_mode = {mode}\n")
        done = run("check", "-", "--stdin-filename", f"{mode}/test_it.py", stdin=source)
        assert done.returncode == code, done.stdout


@pytest.mark.usefixtures("project")
def test_standard_input_stands_alone(run: Run) -> None:
    done = run("check", "-", "test_legacy.py")
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: '-' is standard input")


def test_failed_files_dont_stop_the_others(run: Run, project: Path) -> None:
    (project / "test_broken.py").write_text("async def test_(:\n")
    (project / "test_nul.py").write_bytes(b"async def test_a(): time.sleep(\0)\n")
    assert run("check").returncode == 3
    assert run("diff").returncode == 3
    done = run("apply")
    assert done.returncode == 3
    errors = [line for line in done.stderr.decode().splitlines() if line.startswith("error: ")]
    assert [line.split(": ")[1] for line in errors] == ["test_broken.py", "test_nul.py"]
    assert (project / "test_legacy.py").read_text() == MODERN


def test_refusing_goes_before_failing(run: Run, project: Path) -> None:
    git(project, "init", "-q")
    (project / "test_broken.py").write_text("async def test_(:\n")
    assert run("apply").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "--bogus"], "--bogus"),
        (["chekc"], "No such command 'chekc'"),
        (["check", "missing.py"], "error: missing.py: no such file or folder"),
        (["check", "--select", "PAM999"], "error: select: unknown rule or prefix 'PAM999'"),
        (["check", "--select", "PAN101"], "did you mean 'PAM101'?"),
        (["check", "--format", "yaml"], "--format"),
        (["check", "-j", "0"], "--jobs"),
        (["explain", "PAM999"], "error: unknown rule 'PAM999'"),
        (["explain", "add-asyncio-marks"], "did you mean 'add-asyncio-marker'?"),
        (["explain"], "CODE"),
    ],
)
@pytest.mark.usefixtures("project")
def test_wrong_usage(run: Run, arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert message in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_wrong_configuration(run: Run, project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.codemods]\nselekt = ['PAM1']\n")
    done = run("apply")
    assert done.returncode == 2
    assert b"unknown key 'tool.codemods.selekt'; did you mean 'select'?" in done.stderr
    assert (project / "test_legacy.py").read_text() == LEGACY


def test_configuration_and_flags(run: Run, project: Path) -> None:
    def codes(*flags: str) -> list[str]:
        return [line.split()[1].decode() for line in run("check", *flags).stdout.splitlines()]

    assert codes("--select", "PAM102", "--select", "PAM401") == ["PAM401", "PAM102"]
    assert codes("--select", "PAM1") == ["PAM102"]
    assert codes("--ignore", "PAM4") == ["PAM102"]
    (project / "pyproject.toml").write_text("[tool.codemods]\nignore = ['PAM102']\n")
    assert codes() == ["PAM401"]
    assert codes("--extend-select", "PAM102") == ["PAM401", "PAM102"]


DRIVEN = """\
import asyncio

import pytest_asyncio


async def go():
    pass


def test_it():
    asyncio.run(go())
"""


def test_a_full_code_does_not_accept_review(run: Run, project: Path) -> None:
    (project / "test_legacy.py").write_text(DRIVEN)
    done = run("diff", "--select", "PAM511")
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"1 needs review: `codemods diff --select=PAM511 --unsafe`." in done.stderr
    assert run("diff", "--select", "PAM511", "--unsafe").returncode == 1


def test_the_configuration_names_the_rules_whose_review_is_done(run: Run, project: Path) -> None:
    (project / "test_legacy.py").write_text(DRIVEN)
    (project / "pyproject.toml").write_text('[tool.codemods]\nextend-safe = ["PAM51"]\n')
    assert b"1 can be fixed: " in run("check").stderr
    done = run("diff")
    assert done.returncode == 1
    assert b"+    await go()\n" in done.stdout
    assert run("diff", "--select", "PAM511").stdout == done.stdout
    (project / "pyproject.toml").write_text('[tool.codemods]\nextend-safe = ["PAM999"]\n')
    done = run("diff")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"extend-safe: unknown rule or prefix 'PAM999'" in done.stderr


@pytest.mark.parametrize(
    ("name", "status"), [("check", "would-change"), ("diff", "would-change"), ("apply", "changed")]
)
def test_json(run: Run, project: Path, name: str, status: str) -> None:
    (project / "test_broken.py").write_text("async def test_(:\n")
    done = run(name, "--format", "json", "--statistics")
    parsed = json.loads(done.stdout)
    assert done.returncode == 3
    assert done.stderr.startswith(b"error: test_broken.py: ")
    assert done.stderr.count(b"error: ") == 1
    statuses = {each["path"]: each["status"] for each in parsed["files"]}
    assert statuses == {"test_broken.py": "failed", "test_clean.py": "clean", "test_legacy.py": status}
    assert parsed["summary"]["by_rule"] == {"PAM102": 1, "PAM401": 1}
    assert parsed["summary"]["by_status"]["failed"] == 1


@pytest.mark.usefixtures("project")
def test_statistics(run: Run) -> None:
    assert run("check", "--statistics").stdout.splitlines()[2].split()[:2] == [b"1", b"PAM102"]
    done = run("diff", "--statistics")
    assert b"     1  PAM102  remove-marker-from-sync-test\n" in done.stderr
    assert done.stdout == run("diff").stdout


def test_paths_are_those_of_the_working_directory(run: Run, project: Path) -> None:
    commit(project)
    (project / "below").mkdir()
    done = subprocess.run(
        command("check", ".."), cwd=project / "below", capture_output=True, env=environment(), check=False
    )
    assert done.stdout.startswith(os.path.join("..", "test_legacy.py").encode())
    assert json.loads(run("check", "--format", "json").stdout)["files"][-1]["path"] == "test_legacy.py"


def test_rules(run: Run) -> None:
    done = run("rules")
    assert done.returncode == 0
    header, *rows = done.stdout.decode().splitlines()
    assert header.split()[:2] == ["CODE", "NAME"]
    parsed = json.loads(run("rules", "--format", "json").stdout)
    assert [row.split()[:2] for row in rows] == [[each["code"], each["name"]] for each in parsed["rules"]]
    assert set(parsed["rules"][0]) == {"code", "name", "safety", "default", "fixable", "summary"}


def test_explain(run: Run) -> None:
    done = run("explain", "PAM101", "remove-marker-from-sync-test")
    assert done.returncode == 0
    text = done.stdout.decode()
    assert text.startswith("# PAM101 add-asyncio-marker\n")
    assert "# PAM102 remove-marker-from-sync-test\n" in text
    assert "\n+@pytest.mark.asyncio\n async def" in text
    assert run("explain", "pam101").stdout.decode() == text[: text.index("# PAM102")]


def test_version(tmp_path: Path) -> None:
    done = start(tmp_path, "--version")
    assert (done.returncode, done.stdout.decode()) == (0, f"codemods {version('pytest-asyncio-codemods')}\n")


def test_help(run: Run) -> None:
    assert run("-h").returncode == 0
    assert b"--stdin-filename" in run("check", "--help").stdout


def test_any_encoding_of_the_terminal_will_do(project: Path) -> None:
    (project / "test_legacy.py").write_text(LEGACY.replace("test_sync", "test_ümläut"), encoding="utf-8")
    done = start(project, "check", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert b"test_\\xfcml\\xe4ut" in done.stdout


def many_findings(folder: Path) -> None:
    test = "@pytest.mark.asyncio\ndef test_{}():\n    pass\n\n\n"
    body = "import pytest\n\n\n" + "".join(map(test.format, range(3000)))
    (folder / "test_many.py").write_text(body)


@pytest.mark.parametrize("flags", [[], ["--color", "never"]])
def test_a_broken_pipe_is_quiet(project: Path, flags: list[str]) -> None:
    many_findings(project)
    process = subprocess.Popen(
        command("check", *flags),
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout
    assert process.stderr
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 141


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_an_interrupt_is_quiet(project: Path) -> None:
    many_findings(project)
    process = subprocess.Popen(
        command("check"), cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    )
    assert process.stdout
    process.stdout.read(1)  # From here on it waits for the pipe to be read.
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert (process.returncode, errors) == (130, b"")


def imported(arguments: Sequence[str], folder: Path) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "codemods", *arguments],
        cwd=folder,
        capture_output=True,
        env=environment(),
        check=False,
    )
    lines = done.stderr.decode().splitlines()
    return {line.split("|")[-1].strip().partition(".")[0] for line in lines if line.startswith("import time:")}


def test_a_run_over_clean_files_loads_nothing_heavy(project: Path) -> None:
    assert not imported(["check", "test_clean.py"], project) & {"libcst", "rich", "typer", "asyncio"}
    assert not imported(["check", "--unsafe", "test_clean.py"], project) & {"libcst", "rich"}
