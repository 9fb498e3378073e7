"""Whatever links lie in a project, or a test plants in the copy of it: nothing but the copy is written."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hostile_case import snapshot

from codemods.errors import UsageError
from codemods.verify.running.copies import remove_folder
from codemods.verify.running.repository import clone
from codemods.verify.running.working_copy import WorkingCopy

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")

NAME = "tests/test_it.py"
DEEP = 2000


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with another folder beside it; both are as they were in the end."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    for folder in ("project/tests", "beside/tests"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder).chmod(0o750)
        (tmp_path / folder / "test_it.py").write_text("x = 1\n")
    yield tmp_path / "project"
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.fixture
def beside(project: Path) -> Path:
    return project.parent / "beside"


def everything(project: Path) -> dict[str, tuple[object, ...]]:
    found = snapshot(project.parent)
    return {name: what for name, what in found.items() if not name.startswith("temporary")}


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    return subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, check=True, text=True).stdout


OUT: dict[str, tuple[str, str]] = {
    "an absolute link": ("{beside}/tests", "link/test_it.py"),
    "a relative link": ("../beside/tests", "link/test_it.py"),
    "a link to the folder above": ("..", "link/beside/tests/test_it.py"),
    "a way through /proc": ("/proc/self/root{beside}/tests", "link/test_it.py"),
    "two dots": ("tests", "../beside/tests/test_it.py"),
    "two dots on the way": ("tests", "tests/../../beside/tests/test_it.py"),
    "two dots behind a link": ("{beside}/tests", "link/../tests/test_it.py"),
    "an absolute path": ("tests", "{beside}/tests/test_it.py"),
}


@pytest.mark.parametrize(("link", "name"), OUT.values(), ids=OUT.keys())
def test_what_leads_out_of_the_project_is_refused(project: Path, beside: Path, link: str, name: str) -> None:
    (project / "link").symlink_to(link.format(beside=beside))
    before = everything(project)
    with WorkingCopy(project) as copy:
        for refuse in (lambda each: copy.refuse_outside([each]), lambda each: copy.write({each: b"new"})):
            with pytest.raises(UsageError, match=r"lies outside of .*, perhaps behind a link") as caught:
                refuse(name.format(beside=beside))
            assert "\n" not in str(caught.value)
    assert everything(project) == before


@pytest.mark.parametrize(
    "link", ["{project}/tests", "tests", "../project/tests", "{beside}/back/tests", "./tests/../tests"]
)
def test_a_link_that_stays_in_the_project_leads_into_the_copy(project: Path, beside: Path, link: str) -> None:
    (beside / "back").symlink_to(project)
    (project / "link").symlink_to(link.format(beside=beside, project=project))
    before = everything(project)
    with WorkingCopy(project) as copy:
        copy.write({"link/test_it.py": b"new"})
        for _ in range(2):
            copy.reset()
            assert (copy.root / "link" / "test_it.py").read_bytes() == b"new"
            assert (copy.root / NAME).read_bytes() == b"new"
        copy.write({})
        assert (copy.root / NAME).read_bytes() == b"x = 1\n"
    assert everything(project) == before


@pytest.mark.parametrize("link", ["{project}", ".", "../project", "../beside/back"])
def test_a_link_to_the_project_itself_is_one_to_the_copy(project: Path, beside: Path, link: str) -> None:
    (beside / "back").symlink_to(project)
    (project / "link").symlink_to(link.format(project=project))
    with WorkingCopy(project) as copy:
        assert os.path.realpath(copy.root / "link") == str(copy.root)


def test_a_relative_link_out_of_the_project_leads_where_it_led(project: Path, beside: Path) -> None:
    (project / "link").symlink_to("../beside")
    with WorkingCopy(project) as copy:
        assert os.path.realpath(copy.root / "link") == str(beside)


def test_links_that_lead_nowhere(project: Path) -> None:
    (project / "loop").symlink_to("loop")
    (project / "a").symlink_to("b")
    (project / "b").symlink_to("a")
    (project / "gone").symlink_to("/nowhere/at all")
    with WorkingCopy(project) as copy:
        assert {each.name: os.readlink(each) for each in copy.root.iterdir() if each.is_symlink()} == {
            "loop": "loop",
            "a": "b",
            "b": "a",
            "gone": "/nowhere/at all",
        }


Plant = Callable[[Path, Path], None]


def _instead(path: Path, link: Path) -> None:
    remove_folder(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
    path.symlink_to(link)


PLANTED: dict[str, Plant] = {
    "a folder": lambda root, origin: _instead(root / "tests", origin / "tests"),
    "a file": lambda root, origin: _instead(root / NAME, origin / NAME),
    "git's folder": lambda root, origin: _instead(root / ".git", origin / "tests"),
    "compiled code": lambda root, origin: _instead(root / "tests" / "__pycache__", origin / "tests"),
    "a new name": lambda root, origin: (root / "new").symlink_to(origin),
    "a name in a new folder": lambda root, origin: ((root / "new").mkdir(), (root / "new" / "a").symlink_to(origin)),  # type: ignore[dict-item,return-value]
    "a hard link": lambda root, origin: ((root / NAME).unlink(), os.link(origin / NAME, root / NAME)),  # type: ignore[dict-item,return-value]
}


@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED.keys())
def test_a_link_to_the_original_that_a_test_plants_is_gone_after_it(project: Path, plant: Plant) -> None:
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "first")
    before = everything(project)
    with WorkingCopy(project) as copy:
        for contents in ({NAME: b"new"}, {}, {NAME: b"newer"}):
            plant(copy.root, project)
            copy.write(contents)
            assert everything(project) == before
            assert (copy.root / NAME).read_bytes() == contents.get(NAME, b"x = 1\n")
            assert [name for name in ("tests", NAME, "tests/__pycache__") if (copy.root / name).is_symlink()] == []
            assert git(copy.root, "log", "--format=%s") == "first\n"
            assert {each.name for each in copy.root.iterdir()} == {"tests", ".git"}
        plant(copy.root, project)
    assert everything(project) == before


@pytest.mark.parametrize("depth", [0, 1, 2], ids=["the root", "the folder of the root", "all"])
def test_a_link_in_the_place_of_the_copy_is_refused(project: Path, beside: Path, depth: int) -> None:
    before = everything(project)
    with WorkingCopy(project) as copy:
        place = (copy.root, *copy.root.parents)[depth]
        aside = place.rename(project.parent / "temporary" / "aside")
        place.symlink_to(beside if depth else project)
        with pytest.raises(UsageError, match="the suite moved"):
            copy.write({NAME: b"new"})
        with pytest.raises(UsageError, match="the suite moved"):
            copy.reset()
        place.unlink()
        aside.rename(place)
    assert everything(project) == before


def test_a_hard_link_becomes_a_file_of_its_own(project: Path, beside: Path) -> None:
    os.link(project / NAME, beside / "linked.py")
    before = everything(project)
    with WorkingCopy(project) as copy:
        assert (copy.root / NAME).stat().st_nlink == 1
        (copy.root / NAME).write_text("written by a test\n")
        copy.write({NAME: b"new"})
        assert (copy.root / NAME).stat().st_nlink == 1
    assert everything(project) == before


def test_tracked_files_behind_what_is_a_link_by_now_are_not_copied(project: Path, beside: Path) -> None:
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "first")
    remove_folder(project / "tests")
    (project / "tests").symlink_to(beside / "tests")
    before = everything(project)
    with WorkingCopy(project) as copy:
        assert (copy.root / "tests").is_symlink()
    assert everything(project) == before


def test_only_files_folders_and_links_are_copied(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "tracked").write_text("")
    git(project, "init", "-q")
    git(project, "add", ".")
    (project / "tracked").unlink()
    monkeypatch.chdir(project)  # the path of a socket is short
    for name in ("pipe", "tracked", NAME.replace("it", "pipe")):
        os.mkfifo(name)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        with WorkingCopy(project) as copy:
            assert {each.name for each in copy.root.iterdir()} == {"tests"}
            (project / NAME).unlink()
            os.mkfifo(project / NAME)
            (copy.root / NAME).unlink()
            copy.reset()
            assert list((copy.root / "tests").iterdir()) == []


def test_names_that_are_not_utf_8(project: Path) -> None:
    name = os.fsdecode(b"tests/test_\xff\x1b\n.py")
    try:
        (project / name).write_text("x = 1\n")
    except OSError:
        pytest.skip("this file system has no such names")
    with WorkingCopy(project) as copy:
        copy.write({name: b"new"})
        assert (copy.root / name).read_bytes() == b"new"
        copy.write({})
        assert (copy.root / name).read_text() == "x = 1\n"


def _dig(folder: Path, depth: int) -> None:
    """Make folders in each other, deeper than a path can say."""
    here = os.getcwd()
    try:
        os.chdir(folder)
        for _ in range(depth):
            os.mkdir("deep")
            os.chdir("deep")
        Path("bottom").write_text("")
    finally:
        os.chdir(here)


@pytest.mark.process
def test_a_very_deep_project(project: Path) -> None:
    _dig(project, DEEP)
    try:
        with WorkingCopy(project) as copy:
            assert (copy.root / NAME).exists()
    except UsageError as error:
        assert str(error).startswith("the project can't be copied: file name too long; TMPDIR")  # noqa: PT017
    remove_folder(project / "deep")
    assert not (project / "deep").exists()


def test_a_very_deep_folder_of_a_test_is_taken_back(project: Path) -> None:
    with WorkingCopy(project) as copy:
        _dig(copy.root / "tests", DEEP)
        copy.reset()
        assert [each.name for each in (copy.root / "tests").iterdir()] == ["test_it.py"]
        _dig(copy.root / "tests", DEEP)


def test_a_folder_is_removed_whatever_its_modes(tmp_path: Path) -> None:
    (tmp_path / "folder" / "locked" / "inside").mkdir(parents=True)
    (tmp_path / "folder" / "locked" / "inside" / "file").write_text("")
    for name in ("folder/locked/inside", "folder/locked", "folder"):
        (tmp_path / name).chmod(0)
    remove_folder(tmp_path / "folder")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["a link", "a link in it", "a file"])
def test_nothing_is_removed_and_no_mode_set_through_a_link(tmp_path: Path, kind: str) -> None:
    (tmp_path / "kept" / "inside").mkdir(parents=True, mode=0o750)
    (tmp_path / "kept" / "inside" / "file").write_text("")
    (tmp_path / "kept").chmod(0o510)
    before = snapshot(tmp_path / "kept"), stat.S_IMODE((tmp_path / "kept").stat().st_mode)
    folder = tmp_path / "folder"
    if kind == "a link":
        folder.symlink_to(tmp_path / "kept")
    elif kind == "a file":
        folder = tmp_path / "kept" / "inside" / "file"
    else:
        folder.mkdir()
        (folder / "link").symlink_to(tmp_path / "kept")
        folder.chmod(0o500)
    remove_folder(folder)
    assert (snapshot(tmp_path / "kept"), stat.S_IMODE((tmp_path / "kept").stat().st_mode)) == before
    assert folder.is_symlink() == (kind == "a link")
    (tmp_path / "kept").chmod(0o700)


ON_EACH_PUSH = ("fsmonitor", "filters", "a partial clone")
EVIL: dict[str, list[tuple[str, str]]] = {
    "fsmonitor": [("core.fsmonitor", "{program}")],
    "hooks": [("core.hooksPath", "{folder}")],
    "filters": [("filter.evil.clean", "{program}"), ("filter.evil.smudge", "{program}")],
    "upload-pack": [("uploadpack.packObjectsHook", "{program}"), ("remote.origin.uploadpack", "{program}")],
    "alternates": [("core.alternateRefsCommand", "{program}")],
    "a pager": [("core.pager", "{program}"), ("pager.ls-files", "{program}")],
    "an alias": [("alias.init", "!{program}"), ("alias.read-tree", "!{program}")],
    "ssh": [("core.sshCommand", "{program}"), ("remote.origin.url", "ext::{program}")],
    "a partial clone": [
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.url", "file:///nowhere"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.uploadpack", "{program}"),
    ],
    "another work tree": [("core.worktree", "{folder}")],
}


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(settings, id=name, marks=() if name in ON_EACH_PUSH else pytest.mark.process)
        for name, settings in EVIL.items()
    ],
)
def test_nothing_that_a_repository_names_is_run(project: Path, tmp_path: Path, settings: list[tuple[str, str]]) -> None:
    folder = tmp_path / "programs"
    folder.mkdir()
    program = folder / "post-checkout"
    program.write_text(f"#!/bin/sh\necho >> {tmp_path / 'ran'}\nexit 1\n")
    program.chmod(0o755)
    for name in ("post-index-change", "reference-transaction", "post-commit"):
        (folder / name).symlink_to(program)
    git(project, "init", "-q")
    (project / ".gitattributes").write_text("*.py filter=evil\n")
    git(project, "add", ".")
    git(project, "commit", "-qm", "first")
    if "extensions.partialClone" in dict(settings):
        missing = git(project, "rev-parse", f"HEAD:{NAME}").strip()
        (project / ".git" / "objects" / missing[:2] / missing[2:]).unlink()
    for key, value in settings:
        git(project, "config", key, value.format(program=program, folder=folder))
    (project / NAME).write_text("x = 2\n")
    with WorkingCopy(project) as copy:
        assert (copy.root / NAME).read_text() == "x = 2\n"
        copy.reset()
        assert "programs" not in (copy.root / ".git" / "config").read_text()
    assert not (tmp_path / "ran").exists()


BROKEN: dict[str, Callable[[Path], None]] = {
    "an empty folder": lambda path: path.mkdir(),
    "an empty file": lambda path: path.write_text("") and None,
    "a file that names nothing": lambda path: path.write_text("gitdir: /nowhere\n") and None,
    "a pipe": os.mkfifo,
    "a link that loops": lambda path: path.symlink_to(".git"),
}


@pytest.mark.parametrize("make", BROKEN.values(), ids=BROKEN.keys())
def test_without_a_repository_that_git_can_read_there_is_none_in_the_copy(
    project: Path, make: Callable[[Path], None]
) -> None:
    make(project / ".git")
    with WorkingCopy(project) as copy:
        assert {each.name for each in copy.root.iterdir()} == {"tests"}
        copy.reset()


def test_a_repository_of_another_kind(project: Path, tmp_path: Path) -> None:
    git(project, "init", "-q", "--object-format=sha256")
    git(project, "add", ".")
    git(project, "commit", "-qm", "first")
    git(project, "commit", "-q", "--allow-empty", "-m", "second")
    git(project, "tag", "-a", "v1", "-m", "first")
    git(project, "checkout", "-q", "--detach")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{project}", "shallow")
    for number, origin in enumerate((project, tmp_path / "shallow")):
        assert clone(origin, tmp_path / f"clone-{number}")
        assert git(tmp_path / f"clone-{number}", "rev-parse", "HEAD") == git(origin, "rev-parse", "HEAD")
        assert git(tmp_path / f"clone-{number}", "log") == git(origin, "log")
        assert git(tmp_path / f"clone-{number}", "tag") == git(origin, "tag")
