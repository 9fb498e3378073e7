"""A write that is killed at any moment: each file is the old one or the new one, and the next command says so."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE

import pytest

from codemods import FileResult, Report, Status, UsageError, journal, migrate_paths, recovery, replacing, write_changes
from codemods.folders import journal_of
from copied import Copied

ROOT = Path(__file__).parents[1]
NAMES = ("test_a.py", "tests/test_b.py", "tests/test_c.py")
OLD = {name: f"old {name}\n".encode() * 200 for name in NAMES}
NEW = {name: f"new {name}\n".encode() * 300 for name in NAMES}

KILLED_AT = """
import json, os, sys, tempfile
from pathlib import Path
sys.path.insert(0, {tests!r})
import test_journal

CALLS = (os, "replace"), (os, "fsync"), (os, "chmod"), (os, "unlink"), (os, "link"), (tempfile, "mkstemp")
count = 0

def deadly(name, function, moment):
    def call(*arguments, **options):
        global count
        count += 1
        if count == moment:
            if name == "write":
                function(arguments[0], arguments[1][:7])
            os.kill(os.getpid(), 9)
        return function(*arguments, **options)
    return call

def write(root, state, moment):
    os.environ["CODEMODS_STATE_DIR"] = state
    os.chdir(root)
    for module, name in CALLS:
        setattr(module, name, deadly(name, getattr(module, name), moment))
    test_journal.write(Path(root))

for line in sys.stdin:
    child = os.fork()
    if not child:
        write(*json.loads(line))
        sys.exit()
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Writes once for each line that it reads, each time in a process of its own, which is a copy of the first."""
JOURNAL = 5
MOMENTS = JOURNAL + 4 * len(NAMES) + 2 + 1
"""The journal's calls, those of each file, of their two folders, and the removal of the journal; one more kills
nothing."""

KillAt = Callable[[int], int]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def write(root: Path) -> Report:
    files = (FileResult(name, Status.WOULD_CHANGE, before=OLD[name], after=NEW[name]) for name in NAMES)
    return write_changes(Report(root, tuple(files)), whole=True)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, data in OLD.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CODEMODS_STATE_DIR", str(tmp_path.parent / f"{tmp_path.name}-state"))
    return tmp_path


def contents(root: Path) -> dict[str, bytes]:
    found = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in sorted(found.items()) if name != "pytest.ini"}


@pytest.fixture(scope="module")
def killer() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", KILLED_AT.format(tests=str(Path(__file__).parent))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdin=PIPE, stdout=PIPE, text=True) as process:
        yield process


@pytest.fixture
def kill_at(killer: subprocess.Popen[str], root: Path) -> KillAt:
    def kill_at(moment: int) -> int:
        assert killer.stdin
        assert killer.stdout
        killer.stdin.write(json.dumps([str(root), os.environ["CODEMODS_STATE_DIR"], moment]) + "\n")
        killer.stdin.flush()
        return int(killer.stdout.readline())

    return kill_at


@pytest.fixture
def run(program: Copied) -> Run:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        done = program.run(arguments, Path.cwd(), {**os.environ, "PYTHONPATH": str(ROOT)})
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.mark.skipif(os.name == "nt", reason="kills by signal")
@pytest.mark.parametrize("undo", [False, True])
@pytest.mark.parametrize("moment", range(1, MOMENTS + 2))
def test_killed_at_every_call_that_writes(root: Path, kill_at: KillAt, moment: int, undo: bool) -> None:
    code = kill_at(moment)
    assert code == (0 if moment > MOMENTS else -9)
    now = contents(root)
    assert all(now[name] in (OLD[name], NEW[name]) for name in NAMES)
    with journal.pending(root) as found:
        if found is None:
            assert {name: now[name] for name in NAMES} in (OLD, NEW)
            return
        assert not (recovery.undo if undo else recovery.finish)(root, found)
    assert contents(root) == (OLD if undo else NEW)
    assert not list(journal_of(root).parent.iterdir())


@pytest.fixture
def interrupted(root: Path, kill_at: KillAt) -> Path:
    assert kill_at(JOURNAL + 4 + 1) == -9
    assert [contents(root)[name] == NEW[name] for name in NAMES] == [True, False, False]
    return root


@pytest.mark.skipif(os.name == "nt", reason="kills by signal")
def test_the_next_command_says_so(interrupted: Path, run: Run) -> None:
    root = interrupted
    for command in ("check", "diff", "apply", "verify"):
        done = run(command)
        assert (done.returncode, done.stdout) == (2, "")
        assert "a run was interrupted when it had written 1 of 3 files" in done.stderr
        assert "`codemods recover` writes the others, `codemods recover --undo` takes these back" in done.stderr
    with pytest.raises(UsageError, match="interrupted"):
        migrate_paths([root])
    with pytest.raises(UsageError, match="interrupted"):
        write(root)


@pytest.mark.skipif(os.name == "nt", reason="kills by signal")
@pytest.mark.parametrize(
    ("flags", "expected", "printed"),
    [((), NEW, "Finished: 3 files as migrated.\n"), (("--undo",), OLD, "Undone: 3 files as before.\n")],
)
def test_recovering(
    interrupted: Path, run: Run, flags: tuple[str, ...], expected: dict[str, bytes], printed: str
) -> None:
    root = interrupted
    done = run("recover", *flags)
    assert (done.returncode, done.stdout) == (0, printed)
    assert contents(root) == expected
    assert run("recover").stderr == "Nothing to recover: no write was interrupted here.\n"


@pytest.mark.skipif(os.name == "nt", reason="kills by signal")
def test_a_file_that_was_changed_since_is_left_to_its_user(interrupted: Path, run: Run) -> None:
    root = interrupted
    (root / NAMES[1]).write_bytes(b"mine\n")
    done = run("recover")
    assert (done.returncode, done.stdout) == (3, "Finished: 2 files as migrated.\n")
    assert f"error: {NAMES[1]}: changed since" in done.stderr.replace(os.sep, "/")
    assert f"remove the journal: {journal_of(root)}\n" in done.stderr
    assert (root / NAMES[1]).read_bytes() == b"mine\n"
    assert journal_of(root).exists()


def plant(root: Path, text: str) -> Path:
    path = journal_of(root)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text(text)
    return path


def document(root: Path, *paths: object, **other: object) -> str:
    files = [{"path": path, "before": "", "after": ""} for path in paths]
    return json.dumps({"version": 2, "root": str(root), "process": 1, "files": files, **other})


def test_a_journal_that_is_none(root: Path, run: Run) -> None:
    paths = [document(root, path) for path in (7, None, ["a"], "a\0b", "\ud800")]
    others = [document(root, version=99), document(root / "other"), document(root, files=3), document(root, files=[3])]
    for text in ("", "garbage", "[]", "[" * 100_000, *paths, *others):
        path = plant(root, text)
        done = run("recover")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (f"error: {path}: isn't a journal of this version of codemods; remove it to go on\n")


def test_an_empty_journal(root: Path, run: Run) -> None:
    path = plant(root, document(root))
    assert run("check").returncode == 2
    assert run("recover").returncode == 0
    assert not path.exists()


def test_only_the_journal_of_the_project_itself_counts(
    interrupted: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = interrupted
    (root / "tests" / "pytest.ini").write_text("[pytest]\n")
    monkeypatch.chdir(root / "tests")
    assert "interrupted" not in run("check").stderr
    assert run("recover").stderr == "Nothing to recover: no write was interrupted here.\n"
    done = run("check", str(root))
    assert done.returncode == 2
    assert f"`codemods recover {root}` writes the others" in done.stderr
    assert run("recover", "..").stdout == "Finished: 3 files as migrated.\n"


def test_a_journal_in_the_project_is_nobodys(root: Path, run: Run) -> None:
    (root / ".codemods-journal").write_text(document(root, NAMES[0], version=1))
    assert "interrupted" not in run("check").stderr
    assert run("recover").stderr == "Nothing to recover: no write was interrupted here.\n"


def test_recovering_nothing_at_all(root: Path, run: Run) -> None:
    done = run("recover", "missing")
    assert (done.returncode, done.stderr) == (2, "error: missing: no such folder\n")


def test_without_trouble_no_journal_stays(root: Path) -> None:
    report = write(root)
    assert {each.status for each in report.files} == {Status.CHANGED}
    assert contents(root) == NEW


def test_a_disk_that_is_full_in_the_middle(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, written = os.fsync, []

    def full(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) == 4:  # the journal, its folder, the first file
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match=r"nothing written: tests/test_b.py: can't be written: no space left"):
        write(root)
    assert contents(root) == OLD


def test_a_disk_that_is_full_from_the_start(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match=r"nothing written: .*\.json: can't be written: no space left"):
        write(root)
    assert contents(root) == OLD


def test_a_file_that_changed_while_the_suite_ran(root: Path) -> None:
    (root / NAMES[2]).write_bytes(b"edited\n")
    with pytest.raises(UsageError, match=r"nothing written: tests/test_c\.py: changed on disk"):
        write(root)
    assert contents(root) == {**OLD, NAMES[2]: b"edited\n"}


def test_temporaries_of_other_files_stay(root: Path) -> None:
    left = [replacing.temporary(root / name, b"") for name in ("test_a.py", "test_b.py")]
    (root / ".test_a.py.swp").write_text("")
    replacing.remove_temporaries(root / "test_a.py")
    assert {str(each) for each in root.glob(".*")} == {str(root / ".test_a.py.swp"), left[1]}
