from __future__ import annotations

import os
import random
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from codemods.hunks import changes
from codemods.model import FileResult, Report, Status
from codemods.report.colour import Paint, paint
from codemods.report.diff import patch, quoted, whole_diff
from effort import at_most


def lines(text: str) -> list[bytes]:
    return [letter.encode() for letter in text]


def rebuilt(old: list[bytes], new: list[bytes]) -> list[bytes]:
    result, position = [], 0
    for change in changes(old, new):
        result += old[position : change.start] + new[change.new_start : change.new_end]
        position = change.end
    return result + old[position:]


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = ["git", "-c", "core.autocrlf=false", *arguments]
    return subprocess.run(command, cwd=folder, input=stdin, capture_output=True, check=True)


def result(path: str, before: bytes, after: bytes) -> FileResult:
    return FileResult(path, Status.WOULD_CHANGE, before=before, after=after)


HOSTILE = {
    "plain": (b"a\nb\nc\n", b"a\nB\nc\n"),
    "first line": (b"a\nb\n", b"new\na\nb\n"),
    "last line": (b"a\nb\n", b"a\nb\nnew\n"),
    "to nothing": (b"a\nb\n", b""),
    "from nothing": (b"", b"a\n"),
    "only line": (b"a\n", b"b\n"),
    "crlf": (b"a\r\nb\r\nc\r\n", b"a\r\nB\r\nc\r\n"),
    "crlf to lf": (b"a\r\nb\r\n", b"a\nb\n"),
    "mixed": (b"a\r\nb\nc\r\n", b"a\r\nB\nc\r\n"),
    "lone cr": (b"a\rb\nc\rd\ne\n", b"a\rB\nc\rd\ne\n"),
    "no final newline": (b"a\nb", b"A\nb"),
    "no final newline before": (b"a\nb", b"a\nb\n"),
    "no final newline after": (b"a\nb\n", b"a\nB"),
    "no final newline, last line": (b"a\nb", b"a\nB"),
    "bom": (b"\xef\xbb\xbfa\nb\n", b"\xef\xbb\xbfA\nb\n"),
    "latin-1": (b"# coding: latin-1\n\xe4\nb\n", b"# coding: latin-1\n\xe4\n\xfc\n"),
    "form feeds": (b"a\n\x0c\nb\x0cc\x0b\n\x1c\x85\nd\n", b"a\n\x0c\nB\x0cc\x0b\n\x1c\x85\nd\n"),
    "unicode separators": ("a\u2028b\nc\u0085\nd\n".encode(), "a\u2028B\nc\u0085\nd\n".encode()),
    "trailing blanks": (b"a  \n\t\nb\n", b"a  \n\t\nB \n"),
    "looks like a patch": (b"--- a/x\n+++ b/x\n-- \n@@ -1 +1 @@\n", b"--- a/x\n++ b/x\n-- \n\\ No\n"),
    "two hunks": (b"a\n" + b"x\n" * 20 + b"b\n", b"A\n" + b"x\n" * 20 + b"B\n"),
    "hunks that meet": (b"a\n" + b"x\n" * 6 + b"b\n", b"A\n" + b"x\n" * 6 + b"B\n"),
    "hunks that just don't": (b"a\n" + b"x\n" * 7 + b"b\n", b"A\n" + b"x\n" * 7 + b"B\n"),
}
NAMES = [
    "test_plain.py",
    "with space/test it.py",
    "test_ümläut.py",
    'test_"quote".py',
    "test_back\\slash.py",
    "test_tab\t.py",
    "test_new\nline.py",
    "'single'.py",
    "-dash.py",
    "a b/ü \t.py",
]


@pytest.mark.parametrize("case", HOSTILE)
def test_git_applies_the_patch(case: str, tmp_path: Path) -> None:
    before, after = HOSTILE[case]
    check_applies(tmp_path, "test_it.py", before, after)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
@pytest.mark.parametrize("name", NAMES)
def test_git_applies_the_patch_to_odd_names(name: str, tmp_path: Path) -> None:
    check_applies(tmp_path, name, b"a\nb\nc\n", b"a\nb\nC")


@pytest.mark.skipif(sys.platform != "linux", reason="others take no such names")
def test_git_applies_the_patch_to_a_name_that_is_not_unicode(tmp_path: Path) -> None:
    check_applies(tmp_path, os.fsdecode(b"test_\xff.py"), b"a\n", b"b\n")


def check_applies(folder: Path, name: str, before: bytes, after: bytes) -> None:
    git(folder, "init", "-q")
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(before)
    printed = b"".join(patch(Report(folder, (result(name, before, after),))))
    git(folder, "apply", "--whitespace=nowarn", stdin=printed)
    assert (path.read_bytes() if path.exists() else b"") == after


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
@pytest.mark.parametrize("name", NAMES)
def test_headers_are_those_of_git(name: str, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a\nb\n")
    git(tmp_path, "add", ".")
    path.write_bytes(b"a\nB\n")
    gits = git(tmp_path, "diff", "--no-color").stdout.split(b"\n")
    ours = b"".join(patch(Report(tmp_path, (result(name, b"a\nb\n", b"a\nB\n"),)))).split(b"\n")
    assert ours == [line for line in gits if not line.startswith(b"index ")]


def test_a_patch_begins_at_the_git_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    below = tmp_path / "project" / "tests"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    printed = b"".join(patch(Report(tmp_path / "project", (result("tests/test_a.py", b"a\n", b"b\n"),))))
    assert printed.startswith(b"diff --git a/project/tests/test_a.py b/project/tests/test_a.py\n")


def test_without_git_a_patch_begins_at_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path)
    printed = b"".join(patch(Report(tmp_path / "project", (result("test_a.py", b"a\n", b"b\n"),))))
    assert printed.startswith(b"diff --git a/project/test_a.py b/project/test_a.py\n")


def test_without_git_a_patch_from_elsewhere_begins_at_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    printed = b"".join(patch(Report(tmp_path / "project", (result("test_a.py", b"a\n", b"b\n"),))))
    assert printed.startswith(b"diff --git a/test_a.py b/test_a.py\n")


def test_unchanged_files_have_no_patch(tmp_path: Path) -> None:
    assert list(patch(Report(tmp_path, (FileResult("a.py", Status.CLEAN, before=b"a", after=b"a"),)))) == []


def test_quoting() -> None:
    assert quoted(b"a/plain name.py") == b"a/plain name.py"
    assert quoted("ü".encode()) == b'"\\303\\274"'
    assert quoted(b'\t\n"\\\x7f\x01') == b'"\\t\\n\\"\\\\\\177\\001"'


def test_colours_are_around_lines_and_nothing_else() -> None:
    report = Report(Path.cwd(), (result("t.py", b"a\r\nb\n", b"A\r\nb\n"),))
    coloured = b"".join(patch(report, Paint(True)))
    assert b"\x1b[31m-a\x1b[0m\r\n\x1b[32m+A\x1b[0m\r\n b\n" in coloured


def test_colour_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert paint("auto", Terminal()).on
    assert not paint("never", Terminal()).on
    monkeypatch.setenv("NO_COLOR", "1")
    assert not paint("auto", Terminal()).on
    assert paint("always", Terminal()).on


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("", "abc"),
        ("abc", ""),
        ("abc", "abc"),
        ("aaaa", "aaa"),
        ("abcabc", "abxcabc"),
        ("abcdefg", "gfedcba"),
        ("xaybz", "axbyz"),
    ],
)
def test_changes_lead_from_old_to_new(old: str, new: str) -> None:
    assert rebuilt(lines(old), lines(new)) == lines(new)


def test_changes_lead_from_old_to_new_at_random() -> None:
    chance = random.Random(7)
    for _ in range(500):
        old = [b"%d" % chance.randrange(12) for _ in range(chance.randrange(30))]
        new = [b"%d" % chance.randrange(12) for _ in range(chance.randrange(30))]
        found = changes(old, new)
        assert rebuilt(old, new) == new
        assert all(first.end < second.start for first, second in pairwise(found))
        assert all(change.start < change.end or change.new_start < change.new_end for change in found)


def test_an_inserted_line_is_one_change() -> None:
    (change,) = changes(lines("a-b-c-"), lines("a-b-xc-"))
    assert (change.start, change.end, change.new_start, change.new_end) == (4, 4, 4, 5)


def test_a_long_file_is_cheap() -> None:
    old = [b"    assert value == %d\n" % (number % 140) for number in range(2_000)]
    new = list(old)
    for number in range(0, 2_000, 400):
        new[number] = b"    changed %d\n" % number
    with at_most(lines=1_000_000):
        assert len(changes(old, new)) == 5
    unlike = [b"%d\n" % (number % 140) for number in range(2_000)]
    with at_most(lines=100_000):
        assert rebuilt(old, unlike) == unlike


def test_whole_diff_shows_all_lines() -> None:
    assert whole_diff("a\nb\nc\n", "a\nB\nc\n") == " a\n-b\n+B\n c\n"
    assert whole_diff("a\n", "a\nb\n") == " a\n+b\n"
