"""Files that are hard to replace: links, names, what lies beside them, and what must not be written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from hostile_case import LEGACY, Case, Make, write

NOTE = "nothing brings the old content back (--backup keeps "
LONGEST = f"test_{'a' * 247}.py"
"""255 bytes, which is what most file systems allow."""
WIDEST = f"test_{'é' * 123}a.py"


def _laid(files: dict[str, str | bytes], *steps: Callable[[Path], object]) -> Make:
    def make(folder: Path) -> None:
        write(folder, {"setup.py": "", **files})
        for step in steps:
            step(folder)

    return make


def _link(name: str, target: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).symlink_to(target)


def _twin(name: str, target: str) -> Callable[[Path], object]:
    return lambda folder: os.link(folder / target, folder / name)


def _pipe(name: str) -> Callable[[Path], object]:
    return lambda folder: os.mkfifo(folder / name)


def _mode(name: str, mode: int) -> Callable[[Path], object]:
    return lambda folder: (folder / name).chmod(mode)


def _outside(folder: Path) -> None:
    write(folder.parent, {"test_else.py": LEGACY})


ONE: dict[str, str | bytes] = {"test_a.py": LEGACY}


def _written() -> Iterator[Case]:
    """What is written, though it is odd."""
    for name, make, changes in (
        ("name-of-255-bytes", _laid({LONGEST: LEGACY}), {LONGEST}),
        ("name-of-255-bytes-not-ascii", _laid({WIDEST: LEGACY}), {WIDEST}),
        ("name-with-newline", _laid({"test_a\nb.py": LEGACY}), {"test_a\nb.py"}),
        ("name-with-blanks", _laid({"test_ a.py": LEGACY}), {"test_ a.py"}),
        ("name-with-a-dash", _laid({"sub/-test/test_a.py": LEGACY}), {"sub/-test/test_a.py"}),
        ("name-with-a-star", _laid({"test_[*]?.py": LEGACY}), {"test_[*]?.py"}),
        ("link-inside", _laid({"data/x.txt": LEGACY}, _link("test_a.py", "data/x.txt")), {"data/x.txt"}),
        ("link-by-links", _laid({"data/x.txt": LEGACY}, _link("y.py", "data/x.txt"), _link("test_a.py", "y.py")),
         {"data/x.txt"}),
        ("hard-link-outside", _laid({}, _outside, _twin("test_a.py", "../test_else.py")), {"test_a.py"}),
        ("hard-link-inside", _laid(ONE, _twin("data.txt", "test_a.py")), {"test_a.py", "data.txt"}),
        ("hard-links-all-found", _laid(ONE, _twin("test_b.py", "test_a.py")), {"test_a.py", "test_b.py"}),
        ("empty-neighbours", _laid({**ONE, ".codemods-x": "", ".test_a.py.codemods-x": ""}), {"test_a.py"}),
        ("folder-that-is-called-so", _laid({**ONE, ".codemods-0/x": ""}), {"test_a.py"}),
        ("executable", _laid(ONE, _mode("test_a.py", 0o755)), {"test_a.py"}),
        ("set-user-id", _laid(ONE, _mode("test_a.py", 0o4755)), {"test_a.py"}),
        ("open-to-all", _laid(ONE, _mode("test_a.py", 0o666)), {"test_a.py"}),
        ("sticky-folder", _laid({"tests/test_a.py": LEGACY}, _mode("tests", 0o1777)), {"tests/test_a.py"}),
    ):  # fmt: skip
        yield Case(f"write-{name}", make, ("apply",), 0, (NOTE,), changes=frozenset(changes))


def _refused() -> Iterator[Case]:
    """What isn't written, while the others are."""
    outside, inside = "which lies outside the project", "where nothing is of the project"
    for name, steps, link, says in (
        ("link-outside", (_outside, _link("test_x.py", "../test_else.py")), "test_x.py", outside),
        ("link-to-git", (_link("test_x.py", ".git/test_x.py"),), "test_x.py", f"which lies in .git, {inside}"),
        ("link-to-environment", (_link("test_x.py", ".venv/x.py"),), "test_x.py", f"which lies in .venv, {inside}"),
        ("link-to-node-modules", (_link("test_x.py", "node_modules/x.py"),), "test_x.py", "lies in node_modules"),
    ):  # fmt: skip
        hidden: dict[str, str | bytes] = {".venv/x.py": LEGACY, "node_modules/x.py": LEGACY}
        files = {**ONE, **hidden, **({".git/test_x.py": LEGACY} if "git" in name else {})}
        yield Case(
            f"refuse-{name}", _laid(files, *steps), ("apply", "--allow-dirty", "test_a.py", link), 3,
            (f"error: {link}: ", says), changes=frozenset(("test_a.py",)),
        )  # fmt: skip
    broken = _laid(ONE, _link("test_x.py", "nowhere.py"))
    yield Case("pass-over-broken-link", broken, ("apply",), 0, (NOTE,), changes=frozenset(("test_a.py",)))


def _backups() -> Iterator[Case]:
    backup = ("apply", "--backup")
    for name, make, new in (
        ("none-there", _laid(ONE), "test_a.py.orig"),
        ("one-there", _laid({**ONE, "test_a.py.orig": "old"}), "test_a.py.orig.1"),
        ("two-there", _laid({**ONE, "test_a.py.orig": "old", "test_a.py.orig.1": "old"}), "test_a.py.orig.2"),
        ("a-folder-there", _laid({**ONE, "test_a.py.orig/x": "old"}), "test_a.py.orig.1"),
        ("a-link-there", _laid({**ONE, "victim": "old"}, _link("test_a.py.orig", "victim")), "test_a.py.orig.1"),
        ("a-broken-link-there", _laid(ONE, _link("test_a.py.orig", "nowhere")), "test_a.py.orig.1"),
        ("a-looping-link-there", _laid(ONE, _link("test_a.py.orig", "test_a.py.orig")), "test_a.py.orig.1"),
        ("a-pipe-there", _laid(ONE, _pipe("test_a.py.orig")), "test_a.py.orig.1"),
    ):
        changes = frozenset(("test_a.py", new))
        yield Case(f"backup-{name}", make, backup, 0, ("1 file, ",), (NOTE,), changes=changes)
    for name, long in (("ascii", LONGEST), ("other", WIDEST)):
        says = ("isn't written: its backup can't be: file name too long", "0 findings fixed")
        yield Case(f"backup-name-too-long-{name}", _laid({long: LEGACY}), backup, 3, says)
        also = _laid({long: LEGACY, "test_a.py": LEGACY})
        changes = frozenset(("test_a.py", "test_a.py.orig"))
        yield Case(f"backup-name-too-long-{name}-and-another", also, backup, 3, says[:1], changes=changes)
    linked = _laid({"data/x.txt": LEGACY}, _link("test_a.py", "data/x.txt"))
    yield Case("backup-of-a-link", linked, backup, 0, changes=frozenset(("data/x.txt", "data/x.txt.orig")))
    nothing = _laid({"test_a.py": "def test_a():\n    pass\n"})
    yield Case("backup-of-nothing", nothing, backup, 0, says_not=(NOTE,))


CASES = [*_written(), *_refused(), *_backups()]
