"""Whatever ends, the parent or a worker: no process is left, and nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from multiprocessing import get_all_start_methods
from multiprocessing.context import BaseContext
from pathlib import Path

import pytest

from codemods import source
from codemods.cli import session
from codemods.cli.options import Options
from codemods.config import Settings
from codemods.engine import run as running
from codemods.engine import workers
from codemods.engine.alone import NoOthers
from codemods.engine.run import run
from codemods.engine.task import Task
from codemods.model import Status
from codemods.rules import registrations
from codemods.selection import Selection
from codemods.semantics.later import Later
from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
from codemods.semantics.pytest.projects.project import Project
from stuck import Deadly

ROOT = Path(__file__).parents[1]
PATIENCE = 300
LEGACY = b"import time\n\n\nasync def test_sleep():\n    time.sleep(0)\n"
METHODS = [each for each in ("fork", "spawn", "forkserver") if each in get_all_start_methods()]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals")

COMMAND = """\
import multiprocessing, sys

def main():
    from stuck import Stuck
    from codemods import api, cli
    from codemods.engine.alone import NoOthers
    from codemods.engine.run import run
    from test_processes import tasks

    def migrate_paths(*_, **__):
        # One process hangs, and the other has nothing more to do.
        def progress(done, total):
            if done == 12:
                print("idle", file=sys.stderr, flush=True)

        run([*tasks(Stuck, "stuck.py"), *tasks(*["test_it.py"] * 15)], NoOthers(), 2, progress)

    api.migrate_paths = migrate_paths
    sys.argv = ["codemods", "check"]
    cli.main()

if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    main()
"""


def tasks(*words: type[Task] | str) -> list[Task]:
    """Return a task for each path, of the kind that stands first if any does."""
    kind = words[0] if isinstance(words[0], type) else Task
    selection, facts = Selection(Settings(), registrations()), Later.known(Project(Path()))
    return [
        kind(each, LEGACY, PytestConfig(), facts, selection) for each in words if isinstance(each, str)
    ]  # fmt: skip


@pytest.fixture
def _fresh() -> Iterator[None]:
    running._say.cache_clear()
    yield
    running._say.cache_clear()


def start(folder: Path, method: str) -> subprocess.Popen[bytes]:
    script = folder / "script.py"
    script.write_text(COMMAND)
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", str(script), method], cwd=folder, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}, start_new_session=True,
    )  # fmt: skip


def ends(process: subprocess.Popen[bytes], send: Sequence[object]) -> tuple[int, bytes]:
    """Send a signal when one worker hangs and one is idle; return when nobody has the streams open any more."""
    assert process.stderr is not None
    first = [process.stderr.readline() for _ in range(2)]
    assert sorted(first) == [b"idle\n", b"stuck\n"], first + process.stderr.readlines()
    kill, word = send
    kill(process.pid, word)  # type: ignore[operator]
    out, errors = process.communicate(timeout=PATIENCE)
    assert out == b""
    return process.returncode, errors


def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    assert ends(start(tmp_path, METHODS[0]), (os.kill, signal.SIGKILL)) == (-9, b"")


@pytest.mark.process
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("word", "code"), [("SIGKILL", -9), ("SIGTERM", 143), ("SIGHUP", 129), ("SIGINT", 130)])
def test_workers_end_with_their_parent(tmp_path: Path, method: str, word: str, code: int) -> None:
    assert ends(start(tmp_path, method), (os.kill, getattr(signal, word))) == (code, b"")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.process
def test_an_interrupt_of_all_processes_is_quiet(tmp_path: Path, method: str) -> None:
    assert ends(start(tmp_path, method), (os.killpg, signal.SIGINT)) == (130, b"")


@pytest.mark.usefixtures("_fresh")
def test_a_worker_that_is_ended_loses_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    once = tmp_path / "once"
    once.touch()
    these = [*tasks(*["test_it.py"] * 20), *tasks(Deadly, str(once)), *tasks(*["test_it.py"] * 20)]
    results = run(these, NoOthers(), 2)
    assert [each.path for each in results] == [each.path for each in these]
    assert {each.status for each in results if each.path == "test_it.py"} == {Status.WOULD_CHANGE}
    assert [each.error for each in results if each.error] == []
    assert [each.message.partition(":")[0] for each in caplog.records] == ["the system ended a process"]
    assert not once.exists()


@pytest.mark.usefixtures("_fresh")
def test_what_ends_each_process_fails_alone(caplog: pytest.LogCaptureFixture) -> None:
    deadly = [0, 3, 8, 30]
    these = [tasks(*([Deadly] if number in deadly else []), "test_it.py")[0] for number in range(40)]
    done: list[int] = []
    results = run(these, NoOthers(), 2, lambda number, _: done.append(number))
    failed = [number for number, each in enumerate(results) if each.status is Status.FAILED]
    assert failed == deadly
    assert "ended by the system" in str(results[0].error)
    assert {each.status for number, each in enumerate(results) if number not in deadly} == {Status.WOULD_CHANGE}
    assert len(caplog.records) == 1
    assert done == [*range(1, 41)]


def refused(*_: object) -> None:
    raise BlockingIOError(11, "Resource temporarily unavailable")


@pytest.mark.usefixtures("_fresh")
@pytest.mark.parametrize(("jobs", "warned"), [(4, ["only 0 of 4 processes could be started"]), (None, [])])
def test_where_no_process_can_be_started_it_is_done_here(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, jobs: int | None, warned: list[str]
) -> None:
    monkeypatch.setattr(workers.Process, "start", refused)
    monkeypatch.setattr(running, "_WORTH_A_PROCESS", 8)
    results = run(tasks(*["test_it.py"] * 20), NoOthers(), jobs)
    assert [each.status for each in results] == [Status.WOULD_CHANGE] * 20
    assert [each.message.partition(":")[0] for each in caplog.records] == warned


@pytest.mark.usefixtures("_fresh")
def test_where_few_processes_can_be_started_those_do_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    start, started = workers.Process.start, []

    def at_most_one(process: workers.Process) -> None:
        if started:
            refused()
        started.append(process)
        start(process)

    monkeypatch.setattr(workers.Process, "start", at_most_one)
    assert [each.status for each in run(tasks(*["test_it.py"] * 20), NoOthers(), 3)] == [Status.WOULD_CHANGE] * 20
    assert [each.message.partition(":")[0] for each in caplog.records] == ["only 1 of 3 processes could be started"]


@pytest.mark.usefixtures("_fresh")
def test_a_process_that_ends_before_it_works_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_work", lambda *_: None)
    if isinstance(workers.Process._Popen, BaseContext):  # type: ignore[attr-defined]
        pytest.skip("only a forked process sees what was put in the place of its work")
    assert [each.status for each in run(tasks(*["test_it.py"] * 20), NoOthers(), 3)] == [Status.WOULD_CHANGE] * 20


@pytest.mark.usefixtures("_fresh")
def test_few_files_can_be_opened(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_bytes(LEGACY)
    (tmp_path / "test_b.py").write_bytes(LEGACY)
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24)); "
        "sys.argv = ['codemods', 'check', '-j', '2']; from codemods.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENCE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert done.stdout.count("PAM") >= 2
    assert "only 0 of 2 processes could be started: too many open files\n" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_semaphore_is_needed(tmp_path: Path) -> None:
    """Where there is no /dev/shm, or it is full, none can be made."""
    (tmp_path / "test_a.py").write_bytes(LEGACY)
    (tmp_path / "test_b.py").write_bytes(LEGACY)
    without = (
        "import sys; sys.modules['multiprocessing.synchronize'] = None; "
        "sys.argv = ['codemods', 'check', '-j', '2']; from codemods.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", without], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENCE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, "could be started" in done.stderr) == (1, False), done.stderr


@pytest.mark.parametrize(("word", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_what_was_begun_to_be_written_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, code: int
) -> None:
    for name in ("test_a.py", "test_b.py"):
        (tmp_path / name).write_bytes(LEGACY)
    written: list[bytes] = []
    before = source.replace

    def replace(path: Path, data: bytes) -> None:
        before(path, data)
        written.append(data)
        if len(written) == 1:
            signal.raise_signal(getattr(signal, word))

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(source, "replace", replace)
    handler = signal.getsignal(getattr(signal, word))
    with pytest.raises(SystemExit) as ended:
        sys.exit(session.run_command("apply", Options()))
    assert ended.value.code == code
    assert signal.getsignal(getattr(signal, word)) == handler
    assert [b"await" in each for each in written] == [True, False]
    assert all((tmp_path / name).read_bytes() == LEGACY for name in ("test_a.py", "test_b.py"))


@pytest.mark.usefixtures("_fresh")
def test_a_system_without_processes(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setitem(sys.modules, "codemods.engine.workers", None)
    assert [each.status for each in run(tasks(*["test_it.py"] * 20), NoOthers(), 2)] == [Status.WOULD_CHANGE] * 20
    assert [each.message.partition(":")[0] for each in caplog.records] == ["there can't be more than one process"]


HERE = os.getpid()


def _where() -> str:
    return "here" if os.getpid() == HERE else "elsewhere"


def _end() -> str:
    if os.getpid() != HERE:
        os.kill(os.getpid(), signal.SIGKILL)
    return _where()


def _refuse() -> str:
    if os.getpid() == HERE:
        raise ValueError("no")
    raise KeyError


def test_what_is_done_meanwhile_is_done_in_a_process_of_its_own() -> None:
    with workers.Aside(_where) as aside:
        assert aside.result() == "elsewhere"


def test_what_is_done_meanwhile_is_done_here_if_its_process_is_ended() -> None:
    with workers.Aside(_end) as aside:
        assert aside.result() == "here"


def test_what_is_done_meanwhile_is_done_here_if_no_process_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers.Process, "start", refused)
    with workers.Aside(_where) as aside:
        assert aside.result() == "here"


def test_an_error_meanwhile_is_that_of_who_asked(capfd: pytest.CaptureFixture[str]) -> None:
    with workers.Aside(_refuse) as aside, pytest.raises(ValueError, match="no"):
        aside.result()
    assert capfd.readouterr().err == ""


def test_nothing_is_left_of_what_was_done_meanwhile() -> None:
    with workers.Aside(_where) as aside:
        process = aside.process
    assert process is not None
    assert not process.is_alive


@pytest.mark.parametrize(("names", "jobs", "apart"), [(1, 2, False), (2, 1, False), (2, 2, True), (3, None, False)])
def test_few_files_are_worth_no_further_process(names: int, jobs: int | None, apart: bool) -> None:
    begun: list[bool] = []
    run(tasks(*["test_it.py"] * names), NoOthers(), jobs, meanwhile=lambda: begun.append(True))
    assert bool(begun) is apart


def test_clean_files_are_worth_no_further_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_WORTH_A_PROCESS", 8)
    begun: list[bool] = []
    clean = [replace(each, data=b"def test_it():\n    assert 1\n") for each in tasks(*["test_it.py"] * 100)]
    run(clean, NoOthers(), None, meanwhile=lambda: begun.append(True))
    assert not begun
