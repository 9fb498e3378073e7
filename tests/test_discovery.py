from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from codemods import migrate_paths, walking
from codemods.discovery import discover, find_root
from codemods.errors import UsageError
from codemods.walking import NEVER_ENTERED

Tree = Callable[..., Path]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Makes a folder with the named files, all empty."""

    def make(*names: str) -> Path:
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text("")
        return tmp_path

    return make


def names(root: Path, paths: Iterable[Path] = ()) -> list[str]:
    found = discover(list(paths) or [root], root)
    return [each.path.relative_to(root).as_posix() for each in found if each.is_file]


def noted(root: Path, *paths: Path) -> dict[str, str | None]:
    found = discover(list(paths) or [root], root)
    return {each.path.relative_to(root).as_posix(): each.note or each.error for each in found if not each.is_file}


def write(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def test_finds_python_files_sorted_by_their_folders(tree: Tree) -> None:
    root = tree("b.py", "a/z.py", "a-b.py", "a/b/c.py", "a.py", "readme.md", "a/x.pyc", "a/y.pyi")
    assert names(root) == ["a/b/c.py", "a/z.py", "a-b.py", "a.py", "b.py"]


def test_a_file_is_found_once_however_it_is_asked_for(tree: Tree) -> None:
    root = tree("a/b.py", "c.py")
    assert names(root, [root / "a", root, root / "a" / "b.py", root / "a" / ".." / "c.py"]) == [
        "a/b.py",
        "c.py",
    ]


def test_a_named_file_is_found_whatever_it_is(tree: Tree) -> None:
    root = tree(".venv/script", "ignored.py", ".gitignore")
    write(root / ".gitignore", "ignored.py")
    found = discover([root / ".venv/script", root / "ignored.py", root], root)
    assert [(each.path.name, each.named) for each in found] == [("script", True), ("ignored.py", True)]


@pytest.mark.parametrize("name", [*sorted(NEVER_ENTERED), "x.egg-info", "env", "conda"])
def test_some_folders_are_never_entered(tree: Tree, name: str) -> None:
    tree("env/pyvenv.cfg", "conda/conda-meta/history")
    root = tree(f"{name}/a.py", f"tests/{name}/lib/b.py", "build/c.py", "dist/d.py", "venv/e.py")
    (root / "tests" / name / "pyvenv.cfg").write_text("")
    assert names(root) == ["build/c.py", "dist/d.py", "venv/e.py"]


def test_ignore_files_hold_below_their_folder(tree: Tree) -> None:
    root = tree("a/x.py", "a/y.py", "a/b/x.py", "x.py", "out/z.py", "c/out.py")
    write(root / ".gitignore", "out/", "*.egg")
    write(root / "a" / ".gitignore", "/x.py")
    assert names(root) == ["a/b/x.py", "a/y.py", "c/out.py", "x.py"]


def test_nothing_is_taken_back_from_an_ignored_folder(tree: Tree) -> None:
    root = tree("a/b.py", "a/.gitignore", "c/d.py", "c/e.py")
    write(root / ".gitignore", "a/", "!a/b.py", "c/*", "!c/d.py")
    write(root / "a" / ".gitignore", "!b.py")
    assert names(root) == ["c/d.py"]


def test_the_innermost_ignore_file_decides(tree: Tree) -> None:
    root = tree("a/b.py", "c/b.py")
    write(root / ".gitignore", "b.py")
    write(root / "a" / ".gitignore", "!b.py")
    assert names(root) == ["a/b.py"]


def test_ignore_files_above_the_folder_hold_up_to_the_top_of_the_repository(tree: Tree) -> None:
    root = tree("repo/a/b/x.py", "repo/a/b/y.py", "repo/a/b/z.py", "repo/.git/info/exclude")
    write(root / ".gitignore", "z.py")
    write(root / "repo" / ".gitignore", "x.py")
    write(root / "repo" / ".git" / "info" / "exclude", "/a/b/y.py")
    assert names(root / "repo", [root / "repo/a/b"]) == ["a/b/z.py"]
    assert names(root) == ["repo/a/b/z.py"]


def test_a_worktree_has_the_exclude_file_of_its_repository(tree: Tree) -> None:
    root = tree("main/.git/worktrees/w/HEAD", "w/x.py", "w/y.py")
    write(root / "main/.git/worktrees/w/commondir", "../..")
    write(root / "main/.git/info/exclude", "x.py")
    write(root / "w/.git", f"gitdir: {root}/main/.git/worktrees/w")
    assert names(root / "w") == ["y.py"]


def test_a_named_folder_is_walked_though_it_is_ignored(tree: Tree) -> None:
    root = tree("a/b/x.py", ".git/HEAD")
    write(root / ".gitignore", "a/")
    assert names(root, [root / "a" / "b"]) == ["a/b/x.py"]
    assert names(root) == []


def test_a_broken_pattern_spoils_no_other(tree: Tree) -> None:
    root = tree("a.py", "b.py")
    write(root / ".gitignore", "!", "/", "[", "a.py")
    assert names(root) == ["b.py"]


def test_links_to_folders_are_not_followed(tree: Tree) -> None:
    root = tree("a/b.py")
    (root / "a" / "loop").symlink_to(root)
    (root / "again").symlink_to(root / "a")
    assert names(root) == ["a/b.py"]


def test_a_link_to_a_file_counts_only_where_the_target_is_not_found(tree: Tree) -> None:
    root = tree("project/a.py", "project/cases.txt", "outside.py")
    (root / "project/0_a.py").symlink_to(root / "project/a.py")
    (root / "project/cases.py").symlink_to(root / "project/cases.txt")
    (root / "project/outside.py").symlink_to(root / "outside.py")
    (root / "project/dead.py").symlink_to(root / "nowhere.py")
    assert names(root / "project") == ["a.py", "cases.py"]
    outside, nowhere = root / "outside.py", root / "nowhere.py"
    assert noted(root / "project") == {
        "dead.py": f"left alone: it is a link to {nowhere}, which isn't there",
        "outside.py": f"left alone: it is a link to {outside}, which lies outside the project",
    }


def test_a_missing_path_is_named_with_what_looks_like_it(tree: Tree) -> None:
    root = tree("tests/test_a.py")
    with pytest.raises(UsageError, match=r"test/unit: no such file or folder; did you mean 'tests'\?$"):
        discover([root / "test" / "unit"], root)
    with pytest.raises(UsageError, match=r"qqq: no such file or folder$"):
        discover([root / "qqq"], root)


def test_an_unreadable_folder_is_reported_and_the_others_are_walked(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tree("a/b.py", "secret/c.py")
    scandir = os.scandir

    def guarded(path: str) -> object:
        if path.endswith("secret"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    found = discover([root], root)
    assert [each.path.name for each in found] == ["b.py", "secret"]
    assert found[1].error == "can't be read: permission denied"


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Callable[[str, int], Path]]:
    """Makes folders in folders, and removes them: what removes temporary folders calls itself for each."""
    top = tmp_path / "deep"
    made: list[tuple[str, int]] = []

    def make(name: str, depth: int) -> Path:
        made.append((name, depth))
        top.mkdir()
        here = os.open(top, os.O_RDONLY)
        for _ in range(depth):
            os.mkdir(name, dir_fd=here)
            below = os.open(name, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(os.open("z.py", os.O_CREAT | os.O_WRONLY, dir_fd=here))
        os.close(here)
        return top

    yield make
    name, depth = made[0]
    folders = [os.open(top, os.O_RDONLY)]
    for _ in range(depth):
        folders.append(os.open(name, os.O_RDONLY, dir_fd=folders[-1]))
        if len(folders) > 2:
            os.close(folders.pop(0))
    os.unlink("z.py", dir_fd=folders[-1])
    for _ in range(depth):
        above = os.open("..", os.O_RDONLY, dir_fd=folders[-1])
        os.rmdir(name, dir_fd=above)
        os.close(folders.pop())
        folders.append(above)
    for each in folders:
        os.close(each)


needs_dir_fd = pytest.mark.skipif(os.open not in os.supports_dir_fd, reason="folders can't be made so deep here")


@needs_dir_fd
@pytest.mark.parametrize("repository", [False, True])
def test_a_folder_1500_deep(deep: Callable[[str, int], Path], *, repository: bool) -> None:
    root = deep("d", 1500)
    if repository:
        subprocess.run(["git", "init", "-q", str(root)], check=True)
    assert names(root) == ["d/" * 1500 + "z.py"]
    if repository:
        shutil.rmtree(root / ".git")


@needs_dir_fd
@pytest.mark.parametrize("repository", [False, True])
def test_a_path_that_is_longer_than_the_system_allows(deep: Callable[[str, int], Path], *, repository: bool) -> None:
    root = deep("d" * 200, 40)
    (root / "a.py").write_text("")
    if repository:
        subprocess.run(["git", "init", "-q", str(root)], check=True)
    assert names(root) == ["a.py"]
    assert set(noted(root).values()) == {"can't be read: file name too long"}
    if repository:
        shutil.rmtree(root / ".git")


def test_git_is_asked_once_a_repository(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree("a/x.py", "b/y.py")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    asked: list[Path] = []
    listed = walking.listed_files

    def counted(top: Path, never_entered: Iterable[str]) -> dict[str, bool]:
        asked.append(top)
        return listed(top, never_entered)

    monkeypatch.setattr(walking, "listed_files", counted)
    migrate_paths([root / "a", root / "b"])
    assert asked == [root]
    discover([root / "a/x.py"], root)
    assert asked == [root]  # what is named needs no git


def test_without_git_what_is_tracked_is_ignored_like_the_rest(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree("a.py", "b.py")
    write(root / ".gitignore", "b.py")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    subprocess.run(["git", "-C", str(root), "add", "-f", "b.py"], check=True)
    assert names(root) == ["a.py", "b.py"]
    monkeypatch.setenv("PATH", "")
    assert names(root) == ["a.py"]


@pytest.mark.parametrize("exponential", [False, True])
def test_an_old_git_is_not_asked_about_patterns_that_it_does_not_end_with(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, *, exponential: bool
) -> None:
    root = tree("a.py", "b.py", "c/d.py")
    write(root / ("c" if exponential else ".") / ".gitignore", ("*a" * 20 if exponential else "*a") + "z.py", "b.py")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    monkeypatch.setattr(walking, "ends_with_any_pattern", lambda _: False)
    listings = walking.Listings()
    assert (listings.below(str(root)) is None) == exponential


def test_agrees_with_git(tree: Tree) -> None:
    files = [
        "a/x.py",
        "a/b/x.py",
        "a/b/y.py",
        "a/c/x.py",
        "b/x.py",
        "build/lib/z.py",
        "c d.py",
        "x.py",
        "é.py",
    ]
    root = tree(*files)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    write(root / ".gitignore", "# comment", "/b/", "build", "a/*", "!a/b", "\\#x", "c\\ d.py", "**/y.py")
    write(root / "a" / ".gitignore", "!c/", "b/x.*")
    write(root / ".git/info/exclude", "/é.py")
    command = ["git", "-C", str(root), "ls-files", "-z", "--others", "--exclude-standard", "*.py"]
    listed = subprocess.run(command, check=True, capture_output=True).stdout
    assert names(root) == sorted(filter(None, listed.decode().split("\0"))) == ["a/c/x.py", "x.py"]


def test_the_root_is_the_top_of_the_repository(tree: Tree) -> None:
    root = tree("repo/.git/HEAD", "repo/pkg/setup.py", "repo/pkg/tests/a.py")
    assert find_root([root / "repo/pkg/tests"]) == root / "repo"
    assert find_root([root / "repo/pkg/tests/a.py", root / "repo/pkg"]) == root / "repo"


@pytest.mark.parametrize("mark", ["pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini", "setup.py"])
def test_else_the_root_is_the_nearest_configured_folder(tree: Tree, mark: str) -> None:
    root = tree(f"project/{mark}", "project/tests/a/x.py", "project/tests/b/y.py")
    assert find_root([root / "project/tests/a/x.py", root / "project/tests/b"]) == root / "project"


def test_paths_that_share_nothing_have_no_root(tree: Tree) -> None:
    root = tree("work/x.py")
    with pytest.raises(UsageError, match="name one project at a time"):
        find_root([root / "work", Path(os.path.abspath(os.sep), "usr")])


def test_else_the_root_is_what_the_paths_share(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree("work/a/x.py", "work/b/y.py", "other/z.py")
    monkeypatch.chdir(root / "work")
    assert find_root([Path("a")]) == root / "work/a"
    assert find_root([Path("a"), Path("b")]) == root / "work"
    assert find_root([]) == root / "work"
    assert find_root([root / "other/z.py"]) == root / "other"


def test_a_conftest_between_makes_its_folder_the_root(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree("conftest.py", "work/suite/conftest.py", "work/suite/a/conftest.py", "work/suite/a/b/x.py")
    monkeypatch.chdir(root / "work")
    assert find_root([Path("suite/a/b")]) == root / "work/suite"
