"""Nothing of a suite lives on: neither when it is over, nor when the one who runs it is killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from living import LIVING, PATIENCE, Pipe

from codemods.verify.running.guarded import Guarded

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")

ROOT = Path(__file__).parents[2]
LINUX = sys.platform.startswith("linux")
PROGRAMS = {
    "alone": "lives(b'p')",
    "with a child": "forks(session=False); lives(b'p')",
    "deaf": "[signal.signal(each, signal.SIG_IGN) for each in (2, 15, 1)]; forks(session=False); lives(b'p')",
    "with a daemon": "forks(session=True); lives(b'p')",
}


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Pipe]:
    pipe = Pipe(tmp_path / "pipe")
    yield pipe
    pipe.close()


def start(command: list[str], folder: Path) -> tuple[Guarded, Path]:
    with open(folder / "output", "wb") as output:
        return Guarded(command, folder, os.environ, output), folder / "output"


def python(script: str, pipe: Pipe | None = None) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", (LIVING.format(pipe=str(pipe.path)) if pipe else "") + script]


def over(program: Guarded) -> int | None:
    return program.wait(PATIENCE)


@pytest.mark.parametrize(
    ("script", "code"),
    [("", 0), ("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", -9), ("import os; os.abort()", -6)],
)
def test_how_a_program_ended(tmp_path: Path, script: str, code: int) -> None:
    program, _ = start(python(script), tmp_path)
    assert over(program) == code
    assert program.poll() == code
    program.end(0)


def test_what_a_program_prints(tmp_path: Path) -> None:
    program, output = start(
        python("import os; os.write(1, b'out'); os.write(2, b'err'); print(os.read(0, 9))"), tmp_path
    )
    assert over(program) == 0
    assert output.read_bytes() == b"outerrb''\n"


@pytest.mark.parametrize("program", ["missing", "folder", "file"])
def test_what_can_not_be_run(tmp_path: Path, program: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    started, _ = start([str(tmp_path / program)], tmp_path)
    with pytest.raises((FileNotFoundError, PermissionError)) as caught:
        over(started)
    assert caught.value.filename == str(tmp_path / program)
    started.end(0)


@pytest.mark.parametrize("script", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_all_is_over_when_the_one_who_waits_is_killed(tmp_path: Path, pipe: Pipe, script: str) -> None:
    if "session=True" in script and not LINUX:
        pytest.skip("elsewhere, daemons aren't found")
    waits = (
        f"import os, sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path; from codemods.verify.running.guarded import Guarded\n"
        f"with open({str(tmp_path / 'output')!r}, 'wb') as output:\n"
        f"    Guarded({python(script, pipe)!r}, Path({str(tmp_path)!r}), os.environ, output).wait({PATIENCE})\n"
    )
    waiting = subprocess.Popen([sys.executable, "-c", waits])
    pipe.wait_for(b"pc" if "forks" in script else b"p")
    waiting.kill()
    waiting.wait()
    pipe.wait_for_the_end()


@pytest.mark.parametrize("script", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_all_is_over_when_it_is_ended(tmp_path: Path, pipe: Pipe, script: str) -> None:
    if "session=True" in script and not LINUX:
        pytest.skip("elsewhere, daemons aren't found")
    program, _ = start(python(script, pipe), tmp_path)
    pipe.wait_for(b"pc" if "forks" in script else b"p")
    assert program.poll() is None
    program.end(0.1)
    pipe.wait_for_the_end()


@pytest.mark.skipif(not LINUX, reason="elsewhere, daemons aren't found")
def test_daemons_are_over_when_the_program_is(tmp_path: Path, pipe: Pipe) -> None:
    script = "forks(session=True); forks(session=True); os._exit(5)"
    program, _ = start(python(script, pipe), tmp_path)
    assert over(program) == 5
    assert not [each for each in Path("/proc").glob("[0-9]*/cmdline") if str(pipe.path) in _text(each)]


def _text(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text(errors="replace")
    return ""


def test_orphans_vanish_while_the_program_runs(tmp_path: Path) -> None:
    """A test that ends a daemon waits until there is no such process."""
    script = """
import os, time
pid = os.fork()
if pid == 0:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.write(1, b"%d" % child)
    os._exit(0)
os.waitpid(pid, 0)
os.write(1, b"\\n")
with open("output") as output:
    orphan = int(output.read())
while True:
    try:
        os.kill(orphan, 0)
    except ProcessLookupError:
        break
    time.sleep(0.01)
"""
    program, _ = start(python(script), tmp_path)
    assert over(program) == 0


@pytest.mark.parametrize("word", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_a_program_that_kills_its_parent_ends_itself(tmp_path: Path, pipe: Pipe, word: signal.Signals) -> None:
    program, _ = start(python(f"forks(session=False); os.kill(os.getppid(), {word}); lives(b'p')", pipe), tmp_path)
    assert over(program) == -9
    pipe.wait_for_the_end()


def test_a_program_that_kills_its_parent_at_once(tmp_path: Path, pipe: Pipe) -> None:
    program, _ = start(["/bin/sh", "-c", f"exec 3> '{pipe.path}'; kill -9 $PPID; exec sleep {PATIENCE}"], tmp_path)
    assert over(program) == -9
    pipe.wait_for_the_end()


def test_what_is_not_of_the_program_lives_on(tmp_path: Path, pipe: Pipe) -> None:
    bystander = subprocess.Popen(python("lives(b'b')", pipe), start_new_session=True)
    try:
        program, _ = start(python("forks(session=False); lives(b'p')", pipe), tmp_path)
        pipe.wait_for(b"bpc")
        program.end(0.1)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
    pipe.wait_for_the_end()


def test_the_word_that_a_test_takes_too_long(tmp_path: Path) -> None:
    script = (
        "import os, signal\nsignal.signal(signal.SIGUSR1, lambda *_: os._exit(7))\nos.write(1, b'x')\nsignal.pause()"
    )
    program, output = start(python(script), tmp_path)
    until = monotonic() + PATIENCE
    while not output.read_bytes() and monotonic() < until:
        program.wait(0.01)
    program.time_out()
    assert over(program) == 7


def test_standard_streams_are_not_held(tmp_path: Path) -> None:
    """Who reads what verify prints must see the end of it when verify is killed."""
    waits = (
        f"import os, sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path; from codemods.verify.running.guarded import Guarded\n"
        f"output = open({str(tmp_path / 'output')!r}, 'wb')\n"
        f"Guarded([sys.executable, '-c', 'import time; time.sleep({PATIENCE})'], Path('/'), os.environ, output)\n"
        "os.write(1, b'x')\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", waits], capture_output=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-9, b"x", b"")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with tempfile.TemporaryFile() as output, pytest.raises(FileNotFoundError):
        Guarded([sys.executable], tmp_path / "missing", os.environ, output)
