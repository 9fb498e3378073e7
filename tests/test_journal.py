"""A write that is killed at any moment: each file is the old one or the new one, and the next command says so."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from codemods import FileResult, Report, Status, UsageError, journal, migrate_paths, source, write_changes

ROOT = Path(__file__).parents[1]
NAMES = ("test_a.py", "tests/test_b.py", "tests/test_c.py")
OLD = {name: f"old {name}\n".encode() * 200 for name in NAMES}
NEW = {name: f"new {name}\n".encode() * 300 for name in NAMES}

KILLED_AT = """
import os, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import test_journal

count = 0

def deadly(name, function):
    def call(*arguments, **options):
        global count
        count += 1
        if count == {moment}:
            if name == "write":
                function(arguments[0], arguments[1][:7])
            os.kill(os.getpid(), 9)
        return function(*arguments, **options)
    return call

import tempfile
for module, name in ((os, "replace"), (os, "fsync"), (os, "chmod"), (os, "unlink"), (tempfile, "mkstemp")):
    setattr(module, name, deadly(name, getattr(module, name)))
test_journal.write(Path({root!r}))
"""
MOMENTS = 3 + 4 * len(NAMES) + 1
"""The journal's calls, those of each file, and the removal of the journal; the first too many kills nothing."""


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
    return tmp_path


def contents(root: Path) -> dict[str, bytes]:
    found = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in sorted(found.items()) if name != "pytest.ini"}


def kill_at(root: Path, moment: int) -> int:
    script = KILLED_AT.format(tests=str(Path(__file__).parent), moment=moment, root=str(root))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-c", script], env=environment, check=False).returncode


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "codemods", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.skipif(os.name == "nt", reason="kills by signal")
@pytest.mark.parametrize("undo", [False, True])
@pytest.mark.parametrize("moment", range(1, MOMENTS + 2))
def test_killed_at_every_call_that_writes(root: Path, moment: int, undo: bool) -> None:
    code = kill_at(root, moment)
    assert code == (0 if moment > MOMENTS else -9)
    now = contents(root)
    assert all(now[name] in (OLD[name], NEW[name]) for name in NAMES)
    interrupted = (root / journal.NAME).exists()
    if not interrupted:
        assert {name: now[name] for name in NAMES} in (OLD, NEW)
        return
    assert not (journal.undo if undo else journal.finish)(root)
    assert contents(root) == (OLD if undo else NEW)


def interrupt(root: Path) -> None:
    assert kill_at(root, 3 + 4 + 1) == -9
    assert [contents(root)[name] == NEW[name] for name in NAMES] == [True, False, False]


@pytest.mark.skipif(os.name == "nt", reason="kills by signal")
def test_the_next_command_says_so(root: Path) -> None:
    interrupt(root)
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
    ("flags", "expected", "said"),
    [((), NEW, "Finished: 3 files as migrated.\n"), (("--undo",), OLD, "Undone: 3 files as before.\n")],
)
def test_recovering(root: Path, flags: tuple[str, ...], expected: dict[str, bytes], said: str) -> None:
    interrupt(root)
    done = run("recover", *flags)
    assert (done.returncode, done.stdout) == (0, said)
    assert contents(root) == expected
    assert run("recover").stderr == "Nothing to recover: no write was interrupted here.\n"


@pytest.mark.skipif(os.name == "nt", reason="kills by signal")
def test_a_file_that_was_changed_since_is_left_to_its_user(root: Path) -> None:
    interrupt(root)
    (root / NAMES[1]).write_bytes(b"mine\n")
    done = run("recover")
    assert (done.returncode, done.stdout) == (3, "Finished: 2 files as migrated.\n")
    assert f"error: {NAMES[1]}: changed since" in done.stderr.replace(os.sep, "/")
    assert (root / NAMES[1]).read_bytes() == b"mine\n"
    assert (root / journal.NAME).exists()


def test_a_journal_that_is_none(root: Path) -> None:
    paths = [{"version": 1, "files": [{"path": path, "before": "", "after": ""}]} for path in (7, "a\0b", "\ud800")]
    for text in ("garbage", "[]", "[" * 100_000, json.dumps({"version": 99, "files": []}), *map(json.dumps, paths)):
        (root / journal.NAME).write_text(text)
        done = run("recover")
        assert done.returncode == 2
        assert "isn't a journal of this version of codemods; remove it to go on" in done.stderr


def test_an_empty_journal(root: Path) -> None:
    (root / journal.NAME).write_text('{"version": 1, "files": []}')
    assert run("check").returncode == 2
    assert run("recover").returncode == 0
    assert not (root / journal.NAME).exists()


def test_recovering_from_a_folder_of_the_project(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt(root)
    (root / "pytest.ini").unlink()
    monkeypatch.chdir(root / "tests")
    assert run("check").returncode == 2
    assert run("recover").stdout == "Finished: 3 files as migrated.\n"


def test_recovering_nothing_at_all(root: Path) -> None:
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
        if len(written) == 3:
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
    with pytest.raises(UsageError, match=r"nothing written: .*\.codemods-journal: can't be written: no space left"):
        write(root)
    assert contents(root) == OLD


def test_a_file_that_changed_while_the_suite_ran(root: Path) -> None:
    (root / NAMES[2]).write_bytes(b"edited\n")
    with pytest.raises(UsageError, match=r"nothing written: tests/test_c\.py: changed on disk"):
        write(root)
    assert contents(root) == {**OLD, NAMES[2]: b"edited\n"}


def test_temporaries_of_other_files_stay(root: Path) -> None:
    (root / ".test_a.py.codemods-x").write_text("")
    (root / ".test_a.py.swp").write_text("")
    source.remove_temporaries(root / "test_a.py")
    assert {each.name for each in root.glob(".*")} == {".test_a.py.swp"}
