"""Verifications of what was changed already, against a revision of git."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from codemods import Settings, UsageError
from codemods.errors import GitError
from codemods.git import contents_at
from codemods.verify import Verification, verify_paths
from waiting import LONG

pytestmark = pytest.mark.usefixtures("no_environment")
FILES = {
    "pytest.ini": "[pytest]\n",
    "helper.py": "VALUE = 1\n",
    "test_same.py": "from helper import VALUE\n\ndef test_same(): pass\n",
    "test_worse.py": "from helper import VALUE\n\ndef test_worse(): assert VALUE == 1\n",
    "test_gone.py": "def test_gone(): pass\n",
    "test_fixed.py": "from helper import VALUE\n\ndef test_fixed(): assert VALUE == 2\n",
    "sub/deep name.py": "x = 'é'\n",
    "bytes.bin": "\x00\n\r\n",
}


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, check=True, text=True).stdout


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text.encode())
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "before")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setattr("codemods.verify.running.suite_runner._SHORTEST", LONG)
    return tmp_path


def verify(root: Path, revision: str = "HEAD", *, write: bool = False) -> Verification:
    return verify_paths([root], Settings(), against=revision, write=write)


def verdicts(found: Verification) -> dict[str, str]:
    return {each.test: each.verdict.value for each in found.comparisons}


def change(root: Path) -> None:
    (root / "helper.py").write_text("VALUE = 2\n")
    (root / "test_gone.py").unlink()
    (root / "test_new.py").write_text("def test_new(): pass\n")
    git(root, "add", ".")


def test_what_was_changed_is_proven(root: Path) -> None:
    change(root)
    files = {path: path.read_bytes() for path in root.glob("*.py")}
    found = verify(root)
    assert verdicts(found) == {
        "test_same.py::test_same": "same",
        "test_worse.py::test_worse": "regressed",
        "test_gone.py::test_gone": "regressed",
        "test_fixed.py::test_fixed": "fixed",
        "test_new.py::test_new": "now runs",
    }
    assert [run.phase for run in found.runs] == ["before", "before, again", "after", "after, again"]
    assert (found.taken_back, found.against) == ((), "HEAD")
    assert {path: path.read_bytes() for path in root.glob("*.py")} == files


@pytest.mark.process
def test_what_was_committed_is_proven_against_an_earlier_revision(root: Path) -> None:
    change(root)
    git(root, "commit", "-qm", "after")
    assert verify(root, "HEAD").runs == ()
    assert verdicts(verify(root, "HEAD~1"))["test_worse.py::test_worse"] == "regressed"


@pytest.mark.process
def test_a_test_that_is_flaky_has_not_regressed(root: Path) -> None:
    flag = root.parent / "flag"
    (root / "test_worse.py").write_text(
        f"import os\n\ndef test_worse():\n    known = os.path.exists({str(flag)!r})\n"
        f"    open({str(flag)!r}, 'w').close()\n    assert known\n"
    )
    assert verdicts(verify(root))["test_worse.py::test_worse"] == "flaky"


def test_a_file_that_git_does_not_track_is_new(root: Path) -> None:
    (root / "conftest.py").write_text("raise ValueError('new')\n")
    found = verify(root)
    assert found.regressed
    assert found.unproven is None
    (root / ".gitignore").write_text("conftest.py\n")
    assert set(contents_at(root, "HEAD")) == {".gitignore"}


@pytest.mark.process
def test_a_file_that_became_a_folder_and_back(root: Path) -> None:
    (root / "helper.py").unlink()
    (root / "helper.py").mkdir()
    (root / "helper.py" / "inside.py").write_text("")
    (root / "sub" / "deep name.py").unlink()
    (root / "sub").rmdir()
    (root / "sub").write_text("")
    assert verdicts(verify(root))["test_same.py::test_same"] == "regressed"


@pytest.mark.skipif(os.name == "nt", reason="scripts")
def test_the_old_environment_runs_what_was_there_then(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    old = tmp_path_factory.mktemp("old") / "python"
    old.write_text(f'#!/bin/sh\nIS_OLD=1 exec "{sys.executable}" "$@"\n')
    old.chmod(0o755)
    then = "import os\n\ndef test_same(): assert 'IS_OLD' in os.environ\n"
    (root / "test_same.py").write_text(then)
    git(root, "commit", "-qam", "then")
    (root / "test_same.py").write_text(then.replace("IS_OLD", "NOWHERE"))
    found = verify_paths([root], Settings(), against="HEAD", before=old)
    assert verdicts(found)["test_same.py::test_same"] == "lost"


@pytest.mark.parametrize("revision", ["nothing", "--help", "HEAD:helper.py", ""])
def test_a_revision_that_is_none(root: Path, revision: str) -> None:
    with pytest.raises(UsageError, match=f"--against: {revision}: "):
        verify(root, revision)


def test_nothing_is_written(root: Path) -> None:
    change(root)
    with pytest.raises(UsageError, match="there is nothing for --write to write"):
        verify(root, write=True)


def test_a_folder_that_is_in_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "test_a.py").write_text("def test_a(): pass\n")
    with pytest.raises(UsageError, match="--against: HEAD: "):
        verify(tmp_path)


def test_the_contents_at_a_revision(root: Path) -> None:
    assert contents_at(root, "HEAD") == {}
    (root / "helper.py").write_text("")
    (root / "sub" / "deep name.py").write_text("")
    (root / "bytes.bin").unlink()
    (root / "test_same.py").rename(root / "test_moved.py")
    git(root, "add", "-N", "test_moved.py")
    expected = {name: FILES[name].encode() for name in ("bytes.bin", "helper.py", "sub/deep name.py", "test_same.py")}
    assert contents_at(root, "HEAD") == {**expected, "test_moved.py": None}
    assert contents_at(root / "sub", "HEAD") == {"deep name.py": FILES["sub/deep name.py"].encode()}


@pytest.mark.skipif(os.name == "nt", reason="links")
def test_links_are_left_out(root: Path) -> None:
    (root / "link").symlink_to("helper.py")
    git(root, "add", ".")
    git(root, "commit", "-qm", "link")
    (root / "link").unlink()
    (root / "helper.py").unlink()
    assert contents_at(root, "HEAD") == {"helper.py": FILES["helper.py"].encode()}


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    with pytest.raises(GitError):
        contents_at(tmp_path, "HEAD")
