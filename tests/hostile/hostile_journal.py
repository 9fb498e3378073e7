"""Journals that somebody made, and folders for them that aren't the user's: nothing of them is believed."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

from hostile_case import LEGACY, Case, Make, write

from codemods.folders import journal_of

WRONG = "isn't a journal of this version of codemods; remove it to go on"


def document(at: Path, /, *files: tuple[object, bytes, bytes], **other: object) -> dict[str, object]:
    """Return a journal as the tool writes it."""
    listed = [
        {"path": path, "before": b64encode(before).decode(), "after": b64encode(after).decode()}
        for path, before, after in files
    ]
    return {"version": 2, "root": os.path.realpath(at), "process": 1, "files": listed} | other


def plant(root: Path, content: str) -> None:
    """Put a journal where the one of a project would lie."""
    place = journal_of(root)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.write_text(content)


def _nothing(_: Path) -> None:
    pass


def _planted(path: str | Callable[[Path], str], before: bytes, after: bytes, extra: Make) -> Make:
    def make(folder: Path) -> None:
        project = folder / "project"
        write(folder, {"victim.py": "old\n", "project/pytest.ini": "[pytest]\n", "project/test_a.py": "old\n"})
        write(folder, {"project/sub/test_b.py": "old\n", "project/.git/config": "old\n", "project/sub/.git": "old\n"})
        write(folder, {"project/.venv/x.py": "old\n", "project/node_modules/x.py": "old\n"})
        extra(project)
        plant(project, json.dumps(document(project, (path if isinstance(path, str) else path(folder), before, after))))

    return make


def _link(name: str, target: str) -> Make:
    return lambda project: (project / name).symlink_to(target)


def _pipe(project: Path) -> None:
    os.mkfifo(project / "pipe.py")


LINK = "isn't written: its path leads through a link, or isn't plain"
OUTSIDE = "isn't written: it really lies outside the project"
ENTRIES: dict[str, tuple[str | Callable[[Path], str], Make, str]] = {
    "absolute": (lambda folder: str(folder / "victim.py"), _nothing, OUTSIDE),
    "absolute-inside": (lambda folder: str(folder / "project/test_a.py"), _nothing, LINK),
    "above": ("../victim.py", _nothing, OUTSIDE),
    "above-by-a-folder": ("sub/../../victim.py", _nothing, OUTSIDE),
    "there-and-back": ("../project/test_a.py", _nothing, LINK),
    "dotted": ("./test_a.py", _nothing, LINK),
    "two-slashes": ("sub//test_b.py", _nothing, LINK),
    "the-root": (".", _nothing, OUTSIDE),
    "no-name": ("", _nothing, OUTSIDE),
    "git": (".git/config", _nothing, "it really lies in .git"),
    "a-git-file": ("sub/.git", _nothing, "it really lies in .git"),
    "git-in-capitals": (".GIT/config", _nothing, "it really lies in .GIT"),
    "environment": (".venv/x.py", _nothing, "it really lies in .venv"),
    "node-modules": ("node_modules/x.py", _nothing, "it really lies in node_modules"),
    "link-outside": ("link.py", _link("link.py", "../victim.py"), OUTSIDE),
    "link-inside": ("link.py", _link("link.py", "test_a.py"), LINK),
    "link-to-git": ("link.py", _link("link.py", ".git/config"), "it really lies in .git"),
    "folder-link-outside": ("linked/victim.py", _link("linked", ".."), OUTSIDE),
    "folder-link-inside": ("linked/test_b.py", _link("linked", "sub"), LINK),
    "looping-link": ("loop.py", _link("loop.py", "loop.py"), "error: project/loop.py: "),
    "a-folder": ("sub", _nothing, "not a regular file"),
    "a-pipe": ("pipe.py", _pipe, "not a regular file"),
    "missing": ("gone.py", _nothing, "can't be read: no such file"),
    "missing-folder": ("gone/test_a.py", _nothing, "can't be read: no such file"),
    "a-file-as-a-folder": ("test_a.py/x.py", _nothing, "can't be read: not a directory"),
    "a-long-name": ("x" * 300, _nothing, "can't be read: file name too long"),
}


def _entries() -> Iterator[Case]:
    for name, (path, extra, says) in ENTRIES.items():
        messages = (says, "Make them what they should be, and remove the journal: ")
        finish, undo = ("recover", "project"), ("recover", "--undo", "project")
        yield Case(f"journal-finish-{name}", _planted(path, b"old\n", b"new\n", extra), finish, 3, messages)
        yield Case(f"journal-undo-{name}", _planted(path, b"new\n", b"old\n", extra), undo, 3, messages)
        yield Case(
            f"journal-check-{name}", _planted(path, b"old\n", b"new\n", extra), ("check", "project"), 2,
            ("a run was interrupted when it had written 0 of 1 files",),
        )  # fmt: skip


def _with(content: Callable[[Path], str]) -> Make:
    def make(folder: Path) -> None:
        write(folder, {"test_a.py": LEGACY, "pytest.ini": "[pytest]\n"})
        plant(folder, content(folder))

    return make


def _changed(**other: object) -> Callable[[Path], str]:
    return lambda folder: json.dumps(document(folder, ("test_a.py", LEGACY.encode(), b"new\n"), **other))


CONTENTS: dict[str, Callable[[Path], str]] = {
    "empty": lambda _: "",
    "garbage": lambda _: "\0garbage",
    "null": lambda _: "null",
    "a-list": lambda _: "[]",
    "deep": lambda _: "[" * 200_000,
    "a-long-number": lambda _: "1" * 20_000,
    "half": lambda folder: _changed()(folder)[:-20],
    "of-another-version": _changed(version=1),
    "of-another-root": _changed(root="/"),
    "without-root": _changed(root=None),
    "files-are-a-number": _changed(files=7),
    "files-are-numbers": _changed(files=[7]),
    "path-is-a-list": _changed(files=[{"path": ["test_a.py"], "before": "", "after": ""}]),
    "path-with-nul": _changed(files=[{"path": "a\0", "before": "", "after": ""}]),
    "path-is-no-text": _changed(files=[{"path": "\ud800", "before": "", "after": ""}]),
    "content-is-no-base64": _changed(files=[{"path": "test_a.py", "before": "!", "after": "?"}]),
    "without-content": _changed(files=[{"path": "test_a.py"}]),
}


def _contents() -> Iterator[Case]:
    for name, content in CONTENTS.items():
        for command in ("recover", "check", "apply"):
            yield Case(f"journal-{name}-{command}", _with(content), (command, "."), 2, (WRONG,))


def _instead(put: Callable[[Path], None]) -> Make:
    def make(folder: Path) -> None:
        _with(lambda _: "")(folder)
        journal_of(folder).unlink()
        put(journal_of(folder))

    return make


def _linked(place: Path) -> None:
    place.with_suffix(".else").write_text("{}")
    place.symlink_to(place.with_suffix(".else"))


PLACES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a-folder": (Path.mkdir, "isn't a regular file, so it is no journal"),
    "a-pipe": (os.mkfifo, "isn't a regular file, so it is no journal"),
    "a-link": (_linked, "isn't a regular file, so it is no journal"),
    "a-broken-link": (lambda place: place.symlink_to("nowhere"), "isn't a regular file, so it is no journal"),
    "a-device": (lambda place: place.symlink_to("/dev/zero"), "isn't a regular file, so it is no journal"),
}


def _places() -> Iterator[Case]:
    for name, (put, says) in PLACES.items():
        for command in ("recover", "check", "apply"):
            yield Case(f"journal-is-{name}-{command}", _instead(put), (command, "."), 2, (says,))


def _state(put: Callable[[Path], None]) -> Make:
    def make(folder: Path) -> None:
        write(folder, {"test_a.py": LEGACY, "pytest.ini": "[pytest]\n"})
        put(folder)

    return make


def _open_to_others(folder: Path) -> None:
    (folder / "state/journals").mkdir(parents=True)
    (folder / "state/journals").chmod(0o777)


def _folder_is_a_link(folder: Path) -> None:
    (folder / "state").mkdir()
    (folder / "elsewhere").mkdir(mode=0o700)
    (folder / "state/journals").symlink_to("../elsewhere")


def _folder_is_a_pipe(folder: Path) -> None:
    (folder / "state").mkdir()
    os.mkfifo(folder / "state/journals")


FOLDERS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a-file": (lambda folder: write(folder, {"state": ""}), "nothing written: "),
    "a-file-inside": (lambda folder: write(folder, {"state/journals": ""}), "isn't a folder; remove it to go on"),
    "a-broken-link": (lambda folder: (folder / "state").symlink_to("nowhere/at/all"), "nothing written: "),
    "a-looping-link": (lambda folder: (folder / "state").symlink_to("state"), "nothing written: "),
    "a-link-inside": (_folder_is_a_link, "isn't a folder; remove it to go on"),
    "a-pipe-inside": (_folder_is_a_pipe, "isn't a folder; remove it to go on"),
    "open-to-others": (_open_to_others, "others may write in it"),
}


def _folders() -> Iterator[Case]:
    environment = {"CODEMODS_STATE_DIR": "state"}
    for name, (put, says) in FOLDERS.items():
        messages = (says, "CODEMODS_STATE_DIR may name another folder")
        yield Case(f"state-folder-{name}-apply", _state(put), ("apply",), 2, messages, environment=environment)
        yield Case(f"state-folder-{name}-check", _state(put), ("check",), 1, environment=environment)


OLD = {"test_a.py": LEGACY, "setup.py": "", ".codemods-journal": '{"version": 1, "files": []}'}


def _of_the_parent(folder: Path) -> None:
    write(folder, {"setup.py": "", "below/setup.py": "", "below/test_a.py": LEGACY})
    plant(folder, json.dumps(document(folder, ("below/test_a.py", b"", b"new\n"))))


CASES = [
    *_entries(),
    *_contents(),
    *_places(),
    *_folders(),
    Case("journal-in-the-project-check", OLD, ("check",), 1),
    Case("journal-in-the-project-apply", OLD, ("apply",), 0, changes=frozenset(("test_a.py",))),
    Case("journal-in-the-project-recover", OLD, ("recover",), 0, ("Nothing to recover",)),
    Case("journal-of-the-parent-check", _of_the_parent, ("check", "below"), 1),
    Case("journal-of-the-parent-apply", _of_the_parent, ("apply", "below"), 0, changes=frozenset(("below/test_a.py",))),
    Case("journal-of-the-parent-recover", _of_the_parent, ("recover", "below"), 0, ("Nothing to recover",)),
    Case("recover-a-file", OLD, ("recover", "test_a.py"), 2, ("test_a.py: no such folder",)),
    Case("recover-nowhere", OLD, ("recover", "gone"), 2, ("gone: no such folder",)),
]
