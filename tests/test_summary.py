from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from codemods.cli import progress
from codemods.cli.options import Options
from codemods.model import FileResult, Finding, Fix, Report, Safety, Span, Status
from codemods.report.colour import Paint
from codemods.report.summary import apply_summary, check_summary, diff_summary
from codemods.report.text import columns, count_lines, finding_lines
from waiting import LONG

COMMAND = Options(paths=("tests",)).command


def finding(number: int, code: str = "PAM101", safety: Safety = Safety.SAFE, fixable: bool = True) -> Finding:
    fix = Fix(()) if fixable else None
    return Finding(code, "a-name", "A message.", safety, "t.py", Span(number, 1, number, 5), fix, id=str(number))


def report(*findings: Finding, applied: int = 0, status: Status = Status.WOULD_CHANGE) -> Report:
    ids = tuple(each.id for each in findings[:applied])
    return Report(Path.cwd(), (FileResult("t.py", status, findings, applied=ids),))


MIXED = (
    finding(1),
    finding(2, "PAM301", Safety.REVIEW),
    finding(3, "PAM302", Safety.REVIEW),
    finding(4, "PAM915", Safety.MANUAL, fixable=False),
    finding(5, "PAM301", Safety.MANUAL, fixable=False),
)


def test_the_next_steps_of_check() -> None:
    assert list(check_summary(report(*MIXED, applied=1), COMMAND)) == [
        "5 findings in 1 of 1 file: 1 safe, 2 review, 2 manual.",
        "1 can be fixed: `codemods diff tests` shows the changes, `codemods apply tests` makes them.",
        "2 need review: `codemods diff --unsafe tests`.",
        "2 to do by hand: `codemods explain PAM301 PAM915`.",
    ]


def test_the_next_steps_of_diff() -> None:
    assert list(diff_summary(report(*MIXED[:2], applied=1), COMMAND)) == [
        "1 finding fixed in 1 file, 1 left alone. Make these changes: `codemods apply tests`.",
        "1 needs review: `codemods diff --unsafe tests`.",
    ]


def test_the_next_steps_of_apply() -> None:
    assert list(apply_summary(report(finding(1), applied=1, status=Status.CHANGED), COMMAND)) == [
        "1 test got a marker: one that never ran before may fail now, and rightly.",
        "Next: run the tests, and read the changes before you commit them.",
    ]
    assert list(apply_summary(report(status=Status.CLEAN), COMMAND)) == []


def test_nothing_at_all() -> None:
    nothing = Report(Path.cwd(), ())
    assert list(check_summary(nothing, COMMAND)) == ["No test files there."]
    failed = Report(Path.cwd(), (FileResult("a.py", Status.FAILED, error="no"), FileResult("b.py", Status.CLEAN)))
    assert list(check_summary(failed, COMMAND)) == ["Nothing to migrate in 1 file; 1 file failed."]


def test_many_markers_bring_auto_mode_to_mind() -> None:
    def hint(number: int) -> bool:
        lines = check_summary(report(*map(finding, range(number)), applied=number), COMMAND)
        return any("asyncio_mode = auto" in line for line in lines)

    assert not hint(50)
    assert hint(51)


@pytest.mark.parametrize(
    ("options", "command"),
    [
        (Options(), "codemods diff"),
        (Options(paths=("a b", "c")), "codemods diff 'a b' c"),
        (Options(paths=("a", "b", "c", "d")), "codemods diff …"),
        (
            Options(select=("PAM1", "PAM301"), ignore=("PAM101",)),
            "codemods diff --select=PAM1,PAM301 --ignore=PAM101",
        ),
        (Options(extend_select=("PAM3",), unsafe=True), "codemods diff --extend-select=PAM3 --unsafe"),
    ],
)
def test_commands_repeat_the_choices(options: Options, command: str) -> None:
    assert options.command("diff") == command


def test_unsafe_is_said_once() -> None:
    assert Options(unsafe=True).command("diff", "--unsafe") == "codemods diff --unsafe"


def test_finding_lines() -> None:
    odd = finding(6, safety=Safety.SAFE, fixable=False)
    assert list(finding_lines(Path.cwd(), (MIXED[1], MIXED[3], odd), Paint())) == [
        "t.py:2:1: PAM301 [review] A message.",
        "t.py:4:1: PAM915 [manual] A message.",
        "t.py:6:1: PAM101 [safe, no fix] A message.",
    ]


def test_counts_begin_with_the_most() -> None:
    assert [line.split()[:2] for line in count_lines(MIXED)] == [
        ["2", "PAM301"],
        ["1", "PAM101"],
        ["1", "PAM302"],
        ["1", "PAM915"],
    ]


def test_columns() -> None:
    assert list(columns([("a", "bb", ""), ("ccc", "d", "e")])) == ["a    bb", "ccc  d   e"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stream", "shown"), [(Terminal(), True), (io.StringIO(), False)])
def test_progress_is_for_terminals(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, shown: bool) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "_LONG", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    with progress.Progress() as bar:
        bar(1, 2)
        bar(2, 2)
    assert ("files" in stream.getvalue()) is shown


def test_progress_is_for_long_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "_LONG", LONG)
    with progress.Progress() as bar:
        bar(1, 2)
    assert stream.getvalue() == ""
