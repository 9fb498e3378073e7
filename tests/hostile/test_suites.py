"""Suites that write what only the recorder may write, and suites whose verify is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import indent

import pytest
from hostile_verify import FORGED, INI, QUIET, SCRATCH, TEST
from living import LIVING, Pipe

from codemods.errors import UsageError
from codemods.verify.running.outcomes import Outcome, SuiteRun
from codemods.verify.running.suite_runner import Launch, SuiteRunner

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "pytest.ini").write_text("[pytest]\n")
    return tmp_path / "project"


def runner(folder: Path, test: str) -> SuiteRunner:
    (folder / "test_it.py").write_text(test)
    environment = {**os.environ, **QUIET, "PYTEST_PLUGINS": ""}
    scratch = folder.parent / "scratch"
    arguments = ("-p", "no:cacheprovider")
    return SuiteRunner(
        Launch(Path(sys.executable), arguments, folder, folder, Path("/nowhere"), scratch, environment), 60
    )


def outcomes(run: SuiteRun) -> dict[str, Outcome]:
    return {test: seen.outcome for test, seen in run.tests.items()}


HEAD = "import os, sys\nfrom pathlib import Path\n"


def test_what_a_suite_forges_is_passed_over(folder: Path) -> None:
    body = indent(SCRATCH + FORGED, "    ")
    run = runner(folder, f"{HEAD}\ndef test_forging():\n{body}\ndef test_after():\n    assert 0\n").run("before")
    assert outcomes(run) == {
        "test_it.py::test_forging": Outcome.PASSED,
        "test_it.py::test_after": Outcome.FAILED,
    }
    assert run.exit == 1


def test_nothing_that_a_suite_leaves_between_the_programs_counts_in_the_next_run(folder: Path) -> None:
    (folder.parent / "kept").mkdir(mode=0o750)
    body = (
        "kept = scratch.parent / 'kept'\n"
        "for name in ('plan.json', 'events', 'codemods_recorder.py', 'output'):\n"
        "    (scratch / name).unlink()\n"
        "os.mkfifo(scratch / 'output')\n"
        "os.symlink(kept / 'plan', scratch / 'plan.json')\n"
        "(scratch / 'codemods_recorder.py').mkdir()\n"
        "os.symlink(kept, scratch / 'events')\n"
    )
    suite = runner(folder, f"{HEAD}\ndef test_it():\n{indent(SCRATCH + body, '    ')}")
    suite.run("before")
    (folder / "test_it.py").write_text("def test_it():\n    pass\n")
    assert outcomes(suite.run("after")) == {"test_it.py::test_it": Outcome.PASSED}
    assert list((folder.parent / "kept").iterdir()) == []


def test_the_folder_between_the_programs_is_a_link_by_now(folder: Path) -> None:
    kept = folder.parent / "kept"
    (kept / "scratch").mkdir(parents=True)
    (kept / "scratch" / "file").write_text("")
    suite = runner(folder, "def test_it():\n    pass\n")
    (folder.parent / "scratch").symlink_to(kept / "scratch")
    assert outcomes(suite.run("before")) == {"test_it.py::test_it": Outcome.PASSED}
    assert [each.name for each in (kept / "scratch").iterdir()] == ["file"]
    (folder.parent / "linked").symlink_to(kept)
    launch = Launch(Path(sys.executable), (), folder, folder, folder, folder.parent / "linked" / "scratch", {})
    with pytest.raises(UsageError, match="the suite moved"):
        SuiteRunner(launch, 60).run("before")
    assert [each.name for each in (kept / "scratch").iterdir()] == ["file"]


def test_verify_is_killed_while_a_test_waits(tmp_path: Path) -> None:
    """The suite, a child of it and a daemon with a session and an environment of its own all end."""
    project, temporary = tmp_path / "project", tmp_path / "temporary"
    project.mkdir()
    temporary.mkdir()
    pipe = Pipe(tmp_path / "pipe")
    session = sys.platform.startswith("linux")
    body = indent(
        LIVING.format(pipe=str(pipe.path)) + f"forks(session=False); forks(session={session}); lives(b'p')", "    "
    )
    (project / "pytest.ini").write_text(INI)
    (project / "test_it.py").write_text(f"{TEST}\n\ndef test_waits():\n{body}")
    environment = {**os.environ, **QUIET, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)}
    verify = subprocess.Popen(
        [sys.executable, "-m", "codemods", "verify"], cwd=project, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        pipe.wait_for(b"pcc")
    finally:
        verify.kill()
        verify.wait()
    pipe.wait_for_the_end()
    pipe.close()
