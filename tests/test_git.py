from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from codemods.errors import UsageError
from codemods.git import dirty, toplevel

IDENTITY = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *IDENTITY, "-C", str(folder), *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository where ``committed.py`` and ``a/[b] c.py`` are committed and ``out/`` is ignored."""
    root = tmp_path / "repo"
    (root / "a").mkdir(parents=True)
    (root / "out").mkdir()
    for name in ("committed.py", "a/[b] c.py", "out/x.py", "untracked.py", "é.py"):
        (root / name).write_text("")
    (root / ".gitignore").write_text("out/\n")
    git(root, "init", "-q")
    git(root, "add", "committed.py", "a", ".gitignore")
    git(root, "commit", "-qm", "first")
    return root


def states(root: Path, *names: str) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): state for path, state in dirty([root / name for name in names])}


def test_committed_files_are_clean(repository: Path) -> None:
    assert states(repository, "committed.py", "a/[b] c.py") == {}


def test_changed_staged_and_untracked_files_are_dirty(repository: Path) -> None:
    (repository / "committed.py").write_text("x")
    (repository / "a/[b] c.py").write_text("x")
    git(repository, "add", "a")
    assert states(repository, "committed.py", "a/[b] c.py", "untracked.py", "é.py", "out/x.py") == {
        "a/[b] c.py": "has uncommitted changes",
        "committed.py": "has uncommitted changes",
        "out/x.py": "is untracked",
        "untracked.py": "is untracked",
        "é.py": "is untracked",
    }


def test_only_the_given_files_are_looked_at(repository: Path) -> None:
    (repository / "committed.py").write_text("x")
    assert states(repository, "a/[b] c.py") == {}
    assert dirty([]) == []


def test_a_link_is_as_dirty_as_its_target(repository: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.py"
    link.symlink_to(repository / "untracked.py")
    assert dirty([link]) == [(link, "is untracked")]


def test_files_of_several_repositories_and_of_none(repository: Path, tmp_path: Path) -> None:
    other = repository / "a" / "nested"
    other.mkdir()
    git(other, "init", "-q")
    (other / "x.py").write_text("")
    (tmp_path / "free.py").write_text("")
    found = dirty([repository / "untracked.py", other / "x.py", tmp_path / "free.py"])
    assert [path for path, _ in found] == [other / "x.py", repository / "untracked.py"]


def test_many_files_take_several_commands(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codemods.git._ARGUMENTS", 30)
    new = [f"new_{number}.py" for number in range(20)]
    for name in new:
        (repository / name).write_text("")
    assert sorted(states(repository, *new, "committed.py")) == sorted(new)


def test_the_environment_of_a_hook_misleads_nobody(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    assert states(repository, "committed.py", "untracked.py") == {"untracked.py": "is untracked"}


def test_without_git_nothing_is_known(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(UsageError, match="git can't tell whether there are uncommitted changes: git can't be run: "):
        dirty([repository / "committed.py"])


def test_a_refusal_of_git_is_passed_on(repository: Path) -> None:
    (repository / ".git" / "config").write_text("[broken\n")
    with pytest.raises(UsageError, match=r"git can't tell whether there are uncommitted changes: .*bad config"):
        dirty([repository / "committed.py"])


def test_toplevel(repository: Path, tmp_path: Path) -> None:
    assert toplevel(repository / "a") == repository
    assert toplevel(repository) == repository
    assert toplevel(tmp_path) is None
