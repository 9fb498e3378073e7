"""What is written: what belongs together in all of its files or in none, and nothing called done that isn't."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from codemods import (
    FileError,
    FileResult,
    Finding,
    Fix,
    Report,
    Safety,
    Settings,
    Span,
    Status,
    UsageError,
    journal,
    migrate_paths,
    recovery,
    replacing,
    source,
    write_changes,
)  # fmt: skip
from codemods.cli.session import exit_code
from codemods.folders import journal_of
from codemods.verify import verify_paths

NAMES = ("conftest.py", "tests/test_a.py", "tests/test_b.py", "tests/test_c.py", "tests/test_d.py")
OLD = {name: f"old {name}\n".encode() for name in NAMES}
NEW = {name: f"new {name}, longer\n".encode() for name in NAMES}
TOGETHER = "isn't written: it would change together with "


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for name, data in OLD.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def finding(*paths: str) -> Finding:
    fix = Fix((), other_files={path: Fix(()) for path in paths[1:]})
    return Finding("XXX001", "x", "", Safety.SAFE, paths[0], Span(1, 1, 1, 2), fix, id=" ".join(paths))


def report(root: Path, *together: tuple[str, ...], follows: dict[str, tuple[str, ...]] | None = None) -> Report:
    """A report that changes all files, with a finding for each that is in no group and one for each group."""
    alone = [(name,) for name in NAMES if not any(name in each for each in together)]
    findings = [finding(*paths) for paths in (*together, *alone)]
    results = []
    for name in NAMES:
        own = tuple(each for each in findings if each.path == name)
        results.append(
            FileResult(
                name,
                Status.WOULD_CHANGE,
                own,
                OLD[name],
                NEW[name],
                applied=tuple(each.id for each in own),
                follows=(follows or {}).get(name, ()),
            )
        )
    return Report(root, tuple(results))


def write(root: Path, *together: tuple[str, ...], **options: bool) -> Report:
    return write_changes(report(root, *together), allow_dirty=True, **options)


def errors(written: Report) -> dict[str, str]:
    return {each.path: each.error or "" for each in written.files if each.status is Status.FAILED}


def assert_new(root: Path, new: Iterable[str]) -> None:
    for name in NAMES:
        assert (root / name).read_bytes() == (NEW if name in new else OLD)[name], name


def protect(monkeypatch: pytest.MonkeyPatch, *paths: Path) -> None:
    """Take away the right to write files, also from root, who has it whatever the mode is."""
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) not in paths)


def no_journal(root: Path) -> bool:
    with journal.pending(root) as found:
        return found is None


def test_all_is_written(root: Path) -> None:
    written = write(root, NAMES[:2])
    assert {each.status for each in written.files} == {Status.CHANGED}
    assert_new(root, NAMES)
    assert no_journal(root)


def test_what_belongs_to_a_protected_file_is_not_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    protect(monkeypatch, root / "tests/test_a.py")
    written = write(root, ("conftest.py", "tests/test_a.py"))
    assert_new(root, NAMES[2:])
    assert errors(written) == {
        "conftest.py": f"{TOGETHER}tests/test_a.py",
        "tests/test_a.py": "can't be written: permission denied",
    }
    assert [each.path for each in written.applied] == [*NAMES[2:]]
    assert [each.path for each in written.left_alone] == ["conftest.py"]
    assert exit_code(written) == 3
    assert no_journal(root)


def test_findings_that_share_a_file_belong_together(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    protect(monkeypatch, root / NAMES[3])
    written = write(root, NAMES[:2], NAMES[1:3], (NAMES[3], NAMES[2]))
    assert set(errors(written)) == {*NAMES[:4]}
    assert_new(root, NAMES[4:])


def test_a_finding_that_changes_other_files_only(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    protect(monkeypatch, root / NAMES[1])
    own = finding("tests/clean.py", NAMES[1])
    clean = FileResult("tests/clean.py", Status.CLEAN, (own,), b"", b"", applied=(own.id,))
    before = report(root)
    written = write_changes(Report(root, (*before.files, clean)), allow_dirty=True)
    assert own in written.left_alone
    assert written.files[-1].status is Status.CLEAN
    assert_new(root, {*NAMES} - {NAMES[1]})


def test_what_follows_a_file_needs_it_but_not_the_other_way_round(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    follows = {NAMES[0]: (NAMES[1], NAMES[2])}
    protect(monkeypatch, root / NAMES[1])
    written = write_changes(report(root, follows=follows), allow_dirty=True)
    assert set(errors(written)) == {*NAMES[:2]}
    assert_new(root, NAMES[2:])
    protect(monkeypatch, root / NAMES[0])
    again = Report(root, tuple(each for each in report(root, follows=follows).files if each.path in NAMES[:2]))
    assert set(errors(write_changes(again, allow_dirty=True))) == {NAMES[0]}
    assert_new(root, NAMES[1:])


def gone(path: Path) -> None:
    path.unlink()


def folder_gone(path: Path) -> None:
    path.parent.rename(path.parent.with_name("moved"))


def folder_is_a_link(path: Path) -> None:
    folder_gone(path)
    path.parent.symlink_to("moved")


def folder_is_a_link_outside(path: Path) -> None:
    outside = path.parents[2] / "outside"
    path.parent.rename(outside)
    path.parent.symlink_to(outside)


def file_is_a_link(path: Path) -> None:
    path.rename(path.with_name("real.py"))
    path.symlink_to("real.py")


def file_is_a_looping_link(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def file_is_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def file_is_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def edited(path: Path) -> None:
    path.write_bytes(b"mine\n")


CHANGES = [gone, file_is_a_looping_link, file_is_a_folder, file_is_a_pipe, edited]
FOLDERS = [folder_gone, folder_is_a_link_outside]


def contents(root: Path) -> dict[str, bytes]:
    files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("change", [*CHANGES, *FOLDERS])
def test_what_is_no_longer_as_it_was_is_seen_before_anything_is_written(
    root: Path, change: Callable[[Path], None]
) -> None:
    change(root / NAMES[3])
    before = contents(root.parent)
    written = write(root, (NAMES[0], NAMES[3]))
    assert {NAMES[0], NAMES[3]} <= errors(written).keys()
    assert errors(written)[NAMES[0]] == f"{TOGETHER}{NAMES[3]}"
    if change not in FOLDERS:
        assert contents(root) == {**before_of(before, root), **{name: NEW[name] for name in (*NAMES[1:3], NAMES[4])}}
    else:
        assert contents(root.parent) == before
    assert no_journal(root)


def before_of(before: dict[str, bytes], root: Path) -> dict[str, bytes]:
    return {name.removeprefix(f"{root.name}/"): data for name, data in before.items()}


@pytest.mark.parametrize("change", [*CHANGES, *FOLDERS, folder_is_a_link, file_is_a_link])
def test_what_changes_while_the_others_are_written_is_seen(
    root: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]
) -> None:
    """The last of a group fails after the first was written, which is then taken back."""
    real, calls = source.replace, []

    def replace(target: Path, data: bytes) -> None:
        real(target, data)
        calls.append(target)
        if len(calls) == 1:
            change(root / NAMES[3])

    monkeypatch.setattr(source, "replace", replace)
    written = write(root, (NAMES[0], NAMES[3]))
    assert {NAMES[0], NAMES[3]} <= errors(written).keys()
    assert errors(written)[NAMES[0]] == f"{TOGETHER}{NAMES[3]}"
    assert (root / NAMES[0]).read_bytes() == OLD[NAMES[0]]
    if change not in (*FOLDERS, folder_is_a_link):
        assert [(root / name).read_bytes() for name in NAMES[1:3]] == [NEW[name] for name in NAMES[1:3]]
    changed = {name for name, data in contents(root.parent).items() if data.startswith(b"new")}
    assert not {name for name in changed if name.startswith(("outside", f"{root.name}/moved"))}
    assert no_journal(root)


def fail_at(monkeypatch: pytest.MonkeyPatch, *numbers: int) -> None:
    """Let calls that write fail, by their numbers, which begin at 1."""
    real, calls = replacing.put, []

    def put(target: Path, data: bytes, before: os.stat_result | None) -> None:
        calls.append(target)
        if len(calls) in numbers:
            raise OSError(28, "No space left on device")
        real(target, data, before)

    monkeypatch.setattr(replacing, "put", put)


def test_a_disk_that_is_full_for_one_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_at(monkeypatch, 3)
    written = write(root, (NAMES[0], NAMES[2]), backup=True)
    assert errors(written) == {NAMES[0]: f"{TOGETHER}{NAMES[2]}", NAMES[2]: "can't be written: no space left on device"}
    assert_new(root, {*NAMES} - {NAMES[0], NAMES[2]})
    kept = {path.relative_to(root).as_posix() for path in root.rglob("*.orig")}
    assert kept == {f"{NAMES[number]}.orig" for number in (1, 3, 4)}
    assert no_journal(root)


def test_a_file_that_cannot_be_taken_back_is_said_to_be_and_the_journal_stays(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_at(monkeypatch, 3, 4)
    written = write(root, (NAMES[0], NAMES[2]))
    assert errors(written)[NAMES[0]] == (
        f"{TOGETHER}{NAMES[2]}; can't be taken back: can't be written: no space left on device; see `codemods recover`"
    )
    assert_new(root, {*NAMES} - {NAMES[2]})
    with pytest.raises(UsageError, match="a run was interrupted when it had written 4 of 5 files"):
        migrate_paths([root])
    with journal.pending(root) as found:
        assert found is not None
        assert recovery.undo(root, found) == []
    assert_new(root, ())


def test_whole_writes_all_or_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_at(monkeypatch, 3)
    with pytest.raises(UsageError, match=r"^nothing written: tests/test_b\.py: can't be written: no space left on dev"):
        write(root, whole=True, backup=True)
    assert_new(root, ())
    assert not list(root.rglob("*.orig"))
    assert no_journal(root)


@pytest.mark.parametrize("number", [1, 3, 5])
def test_an_interrupt_takes_all_back(root: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    real, calls = replacing.put, []

    def put(target: Path, data: bytes, before: os.stat_result | None) -> None:
        calls.append(target)
        real(target, data, before)
        if len(calls) == number:
            raise KeyboardInterrupt

    monkeypatch.setattr(replacing, "put", put)
    with pytest.raises(KeyboardInterrupt):
        write(root)
    assert_new(root, ())
    assert no_journal(root)


def test_a_second_interrupt_leaves_the_journal(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = replacing.put, []

    def put(target: Path, data: bytes, before: os.stat_result | None) -> None:
        calls.append(target)
        if len(calls) in (3, 4):
            raise KeyboardInterrupt
        real(target, data, before)

    monkeypatch.setattr(replacing, "put", put)
    with pytest.raises(KeyboardInterrupt):
        write(root)
    with journal.pending(root) as found:
        assert found is not None
        assert recovery.undo(root, found) == []
    assert_new(root, ())


def test_two_results_of_one_file(root: Path) -> None:
    (root / "link.py").symlink_to(NAMES[0])
    before = report(root)
    link = FileResult("link.py", Status.WOULD_CHANGE, (), OLD[NAMES[0]], b"else\n")
    written = write_changes(Report(root, (*before.files, link)), allow_dirty=True)
    assert errors(written) == {"link.py": "is the same file as conftest.py"}
    assert_new(root, NAMES)


def test_a_link_inside_the_project_is_written_at_its_target(root: Path) -> None:
    (root / "real.txt").write_bytes(OLD[NAMES[0]])
    (root / NAMES[0]).unlink()
    (root / NAMES[0]).symlink_to("real.txt")
    assert errors(write(root)) == {}
    assert (root / NAMES[0]).is_symlink()
    assert (root / "real.txt").read_bytes() == NEW[NAMES[0]]


@pytest.mark.parametrize("undo", [False, True])
def test_a_hard_linked_file_that_a_kill_tore_is_recovered(root: Path, undo: bool) -> None:
    top, outside = root / NAMES[0], root.parent / "else.py"
    os.link(top, outside)
    with journal.begin(root, [journal.Entry(name, OLD[name], NEW[name]) for name in NAMES]):
        pass
    top.write_bytes(NEW[NAMES[0]][:5] + OLD[NAMES[0]][5:])
    with journal.pending(root) as found:
        assert found is not None
        assert (recovery.undo if undo else recovery.finish)(root, found) == []
    assert_new(root, () if undo else NAMES)
    assert os.path.samefile(top, outside)


def test_a_torn_file_without_other_links_is_the_users(root: Path) -> None:
    """Only a file with several links is written in its place; any other is replaced whole, so somebody edited it."""
    with journal.begin(root, [journal.Entry(name, OLD[name], NEW[name]) for name in NAMES]):
        pass
    mixed = NEW[NAMES[0]][:5] + OLD[NAMES[0]][5:]
    (root / NAMES[0]).write_bytes(mixed)
    with journal.pending(root) as found:
        assert found is not None
        assert recovery.finish(root, found) == [(NAMES[0], "changed since: left as it is")]
    assert (root / NAMES[0]).read_bytes() == mixed


def test_of_two_runs_the_second_refuses(root: Path) -> None:
    message = rf"another run of codemods \(process {os.getpid()}\) is writing this project: let it end first"
    with journal.begin(root, []) as held:
        for call in (lambda: write(root), lambda: migrate_paths([root])):
            with pytest.raises(UsageError, match=message):
                call()
        with pytest.raises(UsageError, match=message), journal.begin(root, []):
            pass
        with pytest.raises(UsageError, match=message), journal.pending(root):
            pass
        held.end()
    assert_new(root, ())
    assert errors(write(root)) == {}


def test_two_may_look_at_a_journal_at_once(root: Path) -> None:
    with journal.begin(root, []):
        pass
    with journal.pending(root, shared=True), pytest.raises(UsageError, match="interrupted"):
        journal.refuse_pending(root)
    with (
        journal.pending(root, shared=True),
        pytest.raises(UsageError, match="another run"),
        journal.pending(root),
    ):
        pass


def test_a_journal_where_there_are_no_hard_links(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    with journal.begin(root, []), pytest.raises(UsageError, match="another run"):
        journal.refuse_pending(root)
    with pytest.raises(UsageError, match="interrupted"), journal.begin(root, []):
        pass


def test_a_journal_where_there_are_no_locks(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "fcntl", None)
    with journal.begin(root, []), pytest.raises(UsageError, match="interrupted"):
        journal.refuse_pending(root)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="files have no owners")
def test_a_journal_of_somebody_else_is_not_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with journal.begin(root, []):
        pass
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    with pytest.raises(UsageError, match="journals: belongs to somebody else; CODEMODS_STATE_DIR may name another"):
        write(root)
    with pytest.raises(UsageError, match="journals: belongs to somebody else"), journal.pending(root):
        pass
    assert_new(root, ())


def test_without_a_home_nothing_is_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codemods.folders.state_folder", lambda: Path("~/.local/state/codemods"))
    with pytest.raises(UsageError, match="nothing written: there is no folder of the user's for the journal; CODEMODS"):
        write(root)
    assert_new(root, ())


@pytest.mark.skipif(os.name == "nt", reason="folders have no modes")
def test_the_folder_of_journals_is_the_users_alone(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEMODS_STATE_DIR", str(tmp_path / "some" / "state"))
    with journal.begin(root, [journal.Entry("a", b"", b"")]):
        place = journal_of(root)
        assert place.is_relative_to(tmp_path / "some" / "state")
        assert (place.parent.stat().st_mode & 0o777, place.stat().st_mode & 0o777) == (0o700, 0o600)
        assert [each.name for each in place.parent.iterdir()] == [place.name]


def test_a_journal_that_cannot_be_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(replacing, "temporary", full)
    with pytest.raises(
        UsageError, match=r"^nothing written: .*\.json: can't be written: no space left on device; CODE"
    ):
        write(root)
    assert_new(root, ())


def test_verify_does_not_run_a_suite_for_what_it_could_not_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "test_a.py").write_text("import time\n\n\nasync def test_a():\n    time.sleep(0)\n")
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != journal_of(tmp_path).parent)
    monkeypatch.setattr("codemods.verify.api.find_interpreter", None)
    with pytest.raises(UsageError, match=r"nothing written: .*journals: can't be written: permission denied; CODEMODS"):
        verify_paths([tmp_path], write=True)


LOOP = """
import asyncio

import pytest


@pytest.fixture
def event_loop():
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()
"""
USES = """
import pytest


@pytest.mark.asyncio
async def test_it(event_loop):
    task = event_loop.create_task(work())
    await task


async def work():
    pass
"""


def test_what_was_found_because_of_another_change_is_not_written_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fixture may go because the test no longer asks for it: if the test can't be written, it stays."""
    (tmp_path / "setup.py").write_text("")
    (tmp_path / "conftest.py").write_text(LOOP)
    (tmp_path / "test_a.py").write_text(USES)
    found = migrate_paths([tmp_path], Settings(unsafe=True))
    by_path = {each.path: each for each in found.files}
    assert by_path["conftest.py"].status is by_path["test_a.py"].status is Status.WOULD_CHANGE
    assert "test_a.py" in by_path["conftest.py"].follows
    protect(monkeypatch, tmp_path / "test_a.py")
    written = write_changes(found, allow_dirty=True)
    assert errors(written)["conftest.py"] == f"{TOGETHER}test_a.py"
    assert (tmp_path / "conftest.py").read_text() == LOOP


def test_a_failed_replacement_is_no_traceback(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(target: Path, data: bytes) -> None:
        raise FileError("can't be written: for a reason")

    monkeypatch.setattr(source, "replace", fail)
    assert {*errors(write(root)).values()} == {"can't be written: for a reason"}
    assert_new(root, ())
    assert no_journal(root)
