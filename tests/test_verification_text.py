"""What a verification says to people; the records are made by hand, so that every part shows."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from codemods.cli import progress
from codemods.cli.options import Options
from codemods.model import FileResult, Finding, Fix, Report, Safety, Span, Status
from codemods.report.colour import Paint
from codemods.report.verification_text import lines, next_steps
from codemods.verify.comparison import compare
from codemods.verify.running.interpreter import Interpreter
from codemods.verify.running.outcomes import SUITE, Observed, Outcome, SuiteRun
from codemods.verify.verification import Broken, TakenBack, Verification

COMMAND = Options(paths=("tests",), unsafe=True, python="py 3", pytest_args=("-n", "2")).command
PYTHON = Interpreter(Path("python"), "3.12.1", "9.2.0", "1.5.0", ())


def finding(number: int) -> Finding:
    return Finding(
        "PAM401",
        "a-name",
        f"Message {number}.",
        Safety.SAFE,
        "t.py",
        Span(number, 1, number, 5),
        Fix(()),
        id=str(number),
    )


def seen(outcome: str, error: str = "") -> Observed:
    return Observed(Outcome(outcome), error=error)


BEFORE = {
    "t.py": seen("uncollectable", "ImportError: nothing\nmore"),
    "a::fixed": seen("failed"),
    "a::flaky": seen("failed"),
    "a::worse": seen("passed"),
    "a::gone": seen("passed"),
    "a::idle": seen("skipped"),
}
AFTER = {
    "a::fixed": seen("passed"),
    "a::flaky": seen("passed"),
    "a::worse": seen("timeout", "not over after 5 seconds"),
    "a::idle": seen("failed", "AssertionError: 1"),
}
TAKEN_BACK = (
    TakenBack(finding(1), tuple(Broken(f"a::{n}", Outcome.PASSED, Outcome.FAILED, "E: x\ny") for n in range(5)), True),
    TakenBack(finding(2), (Broken(SUITE, None, None, ""),), False),
    TakenBack(finding(3), (), False),
)


def verification(*, written: bool = False) -> Verification:
    status = Status.CHANGED if written else Status.WOULD_CHANGE
    findings = tuple(finding(number) for number in range(1, 5))
    files = (FileResult("t.py", status, findings, applied=("4",)),)
    runs = (SuiteRun("before", BEFORE), SuiteRun("after", AFTER, processes=2))
    compared = tuple(compare(BEFORE, AFTER, {"a::flaky"}))
    report = Report(Path.cwd(), files)
    return Verification(report, compared, TAKEN_BACK, runs, (finding(4),), PYTHON, tracing_runs=7)


def test_every_part_of_the_report() -> None:
    assert list(lines(verification(), Paint())) == [
        "               before  after",
        "passed              2      2",
        "failed              2      1",
        "skipped             1      0",
        "timeout             0      1",
        "uncollectable       1      0",
        "",
        "Tests: 2 fixed, 0 same, 2 regressed, 1 now runs, 1 flaky.",
        "",
        "Regressed, 2:",
        "  a::worse: passed, then timeout: not over after 5 seconds",
        "  a::gone: passed, then not there",
        "",
        "Can be collected now, 1:",
        "  t.py: uncollectable: ImportError: nothing",
        "",
        "Now running, and broken, 1:",
        "  a::idle: skipped, then failed: AssertionError: 1",
        "",
        "Flaky, whatever the code, 1:",
        "  a::flaky: failed, then passed",
        "",
        "Taken back, since they break tests, 1 finding:",
        "t.py:1:1: PAM401 [safe] Message 1.",
        "    a::0 passed, with it failed: E: x",
        "    a::1 passed, with it failed: E: x",
        "    a::2 passed, with it failed: E: x",
        "    and 2 more",
        "",
        "Taken back under suspicion, since no more runs were allowed, 1 finding:",
        "t.py:2:1: PAM401 [safe] Message 2.",
        "    the suite could be collected, with it gone",
        "",
        "Gone with these, since they build on them, 1 finding:",
        "t.py:3:1: PAM401 [safe] Message 3.",
        "",
        "Not tried by any test that ran, 1 finding in:",
        "  t.py",
        "",
        "3 pytest runs, 7 of them to trace what broke, with Python 3.12.1, pytest 9.2.0, pytest-asyncio 1.5.0.",
    ]


def test_what_comes_next() -> None:
    command = "codemods verify --unsafe '--python=py 3' --write tests -- -n 2"
    assert list(next_steps(verification(), COMMAND)) == [
        f"Left in the end: 1 finding in 1 file. Make the proven changes: `{command}`."
    ]
    assert list(next_steps(verification(written=True), COMMAND)) == [
        "Written: 1 finding in 1 file.",
        "1 not tried and not written: `codemods diff --unsafe '--python=py 3' tests` shows them.",
    ]
    assert list(next_steps(Verification(Report(Path.cwd(), ())), COMMAND)) == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_progress_bar_says_what_is_being_done(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "_LONG", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    with progress.Progress() as bar:
        bar.phase("copying", 0, 0)
        bar.phase("tracing, 3 of 40", 1, 2)
    assert "tracing, 3 of 40" in stream.getvalue()
