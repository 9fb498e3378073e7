"""The copy that the suite runs in: like the project, and nothing that happens in it reaches the project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemods.errors import UsageError
from codemods.verify.running.abandoned import remove_abandoned
from codemods.verify.running.working_copy import WorkingCopy

ROOT = Path(__file__).parents[1]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    root = tmp_path / "a project"
    (root / "tests" / "data").mkdir(parents=True)
    (root / "tests" / "test_it.py").write_text("x = 1\n")
    (root / "tests" / "data" / "empty").mkdir()
    (root / "run.sh").write_text("#!/bin/sh\n")
    (root / "run.sh").chmod(0o755)
    for name in (".venv/bin/python", "node_modules/a.js", ".pytest_cache/v", "env/pyvenv.cfg", "env/a.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")
    return root


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, check=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(project: Path) -> Path:
    (project / ".gitignore").write_text("*.so\n.venv\nenv\nnode_modules\n.pytest_cache\n")
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "first")
    return project


def contents(folder: Path) -> dict[str, bytes]:
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))}
    return {name: path.read_bytes() for name, path in found.items() if path.is_file() and ".git" not in path.parts}


@pytest.fixture
def untouched(project: Path) -> Iterator[None]:
    before = contents(project)
    yield
    assert contents(project) == before


def test_what_is_copied(project: Path) -> None:
    with WorkingCopy(project) as copy:
        assert contents(copy.root) == {"run.sh": b"#!/bin/sh\n", "tests/test_it.py": b"x = 1\n"}
        assert os.access(copy.root / "run.sh", os.X_OK)
        assert (copy.root / "tests" / "data" / "empty").is_dir()
        assert copy.root.name == project.name
        folder = copy.root.parents[1]
    assert not folder.exists()


def test_a_repository_becomes_one_with_all_that_is_not_committed(repository: Path) -> None:
    git(repository, "tag", "v1")
    (repository / "tests" / "test_it.py").write_text("x = 2\n")
    (repository / "new.py").write_text("")
    (repository / "built.so").write_bytes(b"\x7fELF")
    with WorkingCopy(repository) as copy:
        assert git(copy.root, "rev-parse", "HEAD") == git(repository, "rev-parse", "HEAD")
        assert git(copy.root, "status", "--short") == git(repository, "status", "--short")
        assert git(copy.root, "describe", "--tags") == "v1"
        assert git(copy.root, "remote") == ""
        assert (copy.root / "built.so").exists()


def test_what_a_test_does_to_its_repository_stays_there_and_is_taken_back(repository: Path) -> None:
    before = git(repository, "for-each-ref"), (repository / ".git" / "config").read_text()
    with WorkingCopy(repository) as copy:
        for _ in range(2):
            git(copy.root, "checkout", "-q", "-b", "new")
            git(copy.root, "config", "a.b", "c")
            git(copy.root, "commit", "-q", "--allow-empty", "-m", "second")
            copy.reset()
        assert git(copy.root, "branch") == git(repository, "branch")
    assert (git(repository, "for-each-ref"), (repository / ".git" / "config").read_text()) == before


def test_a_linked_worktree(repository: Path) -> None:
    linked = repository.parent / "linked"
    git(repository, "worktree", "add", "-q", str(linked), "-b", "other")
    with WorkingCopy(linked) as copy:
        assert git(copy.root, "branch", "--show-current") == "other"


def test_tracked_files_are_copied_wherever_they_stand(repository: Path) -> None:
    for name in ("data/site-packages/a.py", "node_modules/tracked.js", "venv/pyvenv.cfg"):
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text("")
        git(repository, "add", "-f", name)
    with WorkingCopy(repository) as copy:
        for name in ("data/site-packages/a.py", "node_modules/tracked.js", "venv/pyvenv.cfg"):
            assert (copy.root / name).exists()
        assert not (copy.root / "node_modules" / "a.js").exists()


def test_a_repository_without_a_commit(project: Path) -> None:
    git(project, "init", "-q")
    with WorkingCopy(project) as copy:
        assert (copy.root / "tests" / "test_it.py").exists()


@pytest.mark.usefixtures("untouched")
def test_what_a_run_wrote_is_taken_back(project: Path) -> None:
    with WorkingCopy(project) as copy:
        before = contents(copy.root)
        copy.write({"tests/test_it.py": b"x = 3\n"})
        (copy.root / "tests" / "test_it.py").write_text("x = 4\n")
        (copy.root / "tests" / "new.py").write_text("")
        (copy.root / "build" / "deep").mkdir(parents=True)
        (copy.root / "build" / "deep" / "a").write_text("")
        (copy.root / ".pytest_cache").mkdir()
        (copy.root / ".pytest_cache" / "lastfailed").write_text("")
        (copy.root / "run.sh").unlink()
        (copy.root / "tests" / "data" / "empty").rmdir()
        os.mkfifo(copy.root / "pipe")
        (copy.root / "node_modules" / "deep").mkdir(parents=True)
        copy.reset()
        assert (copy.root / "tests" / "data" / "empty").is_dir()
        assert {each.name for each in copy.root.iterdir()} == {"tests", "run.sh"}
        assert contents(copy.root) == {**before, "tests/test_it.py": b"x = 3\n"}
        assert os.access(copy.root / "run.sh", os.X_OK)
        shutil.rmtree(copy.root / "tests")
        copy.write({})
        assert contents(copy.root) == before


def test_only_what_is_written_differs(project: Path) -> None:
    (project / "tests" / "test_b.py").write_text("")
    with WorkingCopy(project) as copy:
        copy.write({"tests/test_it.py": b"new"})
        copy.write({"tests/test_b.py": b"newer"})
        assert contents(copy.root)["tests/test_it.py"] == b"x = 1\n"
        assert contents(copy.root)["tests/test_b.py"] == b"newer"


def test_no_content_has_the_time_of_another(project: Path) -> None:
    """Python takes compiled code for fresh whose source has the same time, in seconds, and size."""
    with WorkingCopy(project) as copy:
        path, times = copy.root / "tests" / "test_it.py", []
        for data in (b"x = 2\n", b"x = 3\n", None, b"x = 2\n", None):
            copy.write({} if data is None else {"tests/test_it.py": data})
            times.append(int(path.stat().st_mtime))
        assert len(set(times)) == len(times)


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_a_link_is_not_written_through(project: Path) -> None:
    (project / "tests" / "test_link.py").symlink_to(project / "tests" / "test_it.py")
    with WorkingCopy(project) as copy:
        assert (copy.root / "tests" / "test_link.py").is_symlink()
        copy.write({"tests/test_link.py": b"new"})
        assert (copy.root / "tests" / "test_link.py").read_bytes() == b"new"
        copy.write({})
        assert (copy.root / "tests" / "test_link.py").is_symlink()
    assert (project / "tests" / "test_it.py").read_text() == "x = 1\n"


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_a_link_into_the_project_leads_into_the_copy(project: Path) -> None:
    (project / "link").symlink_to(project / "tests")
    (project / "outside").symlink_to(project.parent)
    with WorkingCopy(project) as copy:
        assert (copy.root / "link").resolve() == copy.root / "tests"
        assert (copy.root / "outside").resolve() == project.parent


def test_the_mode_of_a_folder(project: Path) -> None:
    (project / "tests").chmod(0o700)
    with WorkingCopy(project) as copy:
        assert (copy.root / "tests").stat().st_mode & 0o777 == 0o700


def test_a_project_named_like_a_folder_of_ours(project: Path) -> None:
    for name in ("scratch", "copy", "clone"):
        with WorkingCopy(project.rename(project.parent / name)) as copy:
            assert copy.root.name == name
            assert copy.root not in (copy.scratch, *copy.scratch.parents)
        project = project.parent / name


def test_what_cannot_be_copied_is_left_out(project: Path) -> None:
    os.mkfifo(project / "pipe")
    (project / "secret").write_text("")
    (project / "secret").chmod(0)
    with WorkingCopy(project) as copy:
        assert not (copy.root / "pipe").exists()


def test_a_read_only_folder_of_a_test_goes_too(project: Path) -> None:
    with WorkingCopy(project) as copy:
        (copy.root / "locked" / "inside").mkdir(parents=True)
        (copy.root / "locked" / "inside" / "file").write_text("")
        (copy.root / "locked" / "inside").chmod(0o500)
        (copy.root / "locked").chmod(0o500)
        folder = copy.root.parents[1]
    assert not folder.exists()


def test_a_full_disk(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copy2", full)
    with pytest.raises(UsageError, match="can't be copied: no space left on device; TMPDIR"):
        WorkingCopy(project)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_no_folder_for_copies(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(UsageError, match="can't be copied: no such file or directory; TMPDIR"):
        WorkingCopy(project)


def test_the_folder_for_copies_may_lie_in_the_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(project / "tmp"))
    with WorkingCopy(project) as copy:
        assert list((copy.root / "tmp").iterdir()) == []


def test_what_a_killed_run_left_is_removed_by_the_next(repository: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    script = (
        "import os, tempfile; from pathlib import Path; from codemods.verify.running.working_copy import WorkingCopy\n"
        f"tempfile.tempdir = {str(temporary)!r}\nWorkingCopy(Path({str(repository)!r})); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert killed.returncode == -9
    left = list(temporary.iterdir())
    assert len(left) == 1
    remove_abandoned()
    assert list(temporary.iterdir()) == []
