from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from codemods.errors import UsageError
from codemods.git import dirty, environment, is_below_repository, toplevel

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


def test_a_repository_of_somebody_else_is_refused_in_gits_words(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {**environment(), "GIT_TEST_ASSUME_DIFFERENT_OWNER": "1", "HOME": str(repository)}
    monkeypatch.setattr("codemods.git.environment", lambda: other)
    with pytest.raises(UsageError, match=r"git can't tell .*: fatal: detected dubious ownership in repository at"):
        dirty([repository / "committed.py"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
@pytest.mark.parametrize("name", ["config", "info/attributes"])
def test_a_git_that_waits_for_a_pipe_is_given_up(repository: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (repository / "committed.py").touch()
    pipe = repository / ".git" / "pipe"
    os.mkfifo(pipe)
    (repository / ".git" / name).unlink(missing_ok=True)
    (repository / ".git" / "info").mkdir(exist_ok=True)
    (repository / ".git" / name).symlink_to(pipe)
    monkeypatch.setattr("codemods.git._PATIENCE", 1)
    with pytest.raises(UsageError, match="git gave no answer in 1 seconds"):
        dirty([repository / "committed.py"])


def test_what_git_is_not_asked_about_is_not_clean(repository: Path) -> None:
    """Only what git knows and watches is clean: of a file in a folder that it takes for a submodule it says nothing."""
    nested = repository / "a" / "nested"
    nested.mkdir()
    git(nested, "init", "-q")
    (nested / "x.py").write_text("")
    git(nested, "add", "x.py")
    git(nested, "commit", "-qm", "first")
    git(repository, "add", "a/nested")
    git(repository, "commit", "-qm", "second")
    assert dirty([nested / "x.py"]) == []
    (nested / ".git").rename(repository.parent / "elsewhere")
    assert dirty([nested / "x.py"]) == [(nested / "x.py", "is untracked")]


def test_no_variable_of_git_is_passed_on_but_those_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    local = subprocess.check_output(["git", "rev-parse", "--local-env-vars"], text=True).split()
    for name in (*local, "GIT_ANYTHING", "GIT_CONFIG_GLOBAL"):
        monkeypatch.setenv(name, "x")
    ours = {"GIT_NO_LAZY_FETCH", "GIT_ALLOW_PROTOCOL", "GIT_TERMINAL_PROMPT", "GIT_OPTIONAL_LOCKS"}
    assert {name for name in environment() if name.startswith("GIT_")} == {*ours, "GIT_CONFIG_GLOBAL"}


def test_a_git_that_stands_above_counts_whatever_it_is(tmp_path: Path) -> None:
    assert not is_below_repository(tmp_path / "a" / "x.py")
    (tmp_path / ".git").symlink_to("nowhere")
    assert toplevel(tmp_path / "a") == tmp_path
    assert is_below_repository(tmp_path / "a" / "x.py")
