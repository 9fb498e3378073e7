"""What a verification says to people; the records are made by hand, so that every part shows."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codemods.cli import progress
from codemods.cli.options import Options
from codemods.model import FileResult, Finding, Fix, Report, Safety, Span, Status
from codemods.report.colour import Paint
from codemods.report.verification_text import lines, next_steps
from codemods.verify.comparison import Comparison, Verdict, compare
from codemods.verify.failures import Failure
from codemods.verify.running.interpreter import Interpreter
from codemods.verify.running.outcomes import SUITE, Observed, Outcome, SuiteRun
from codemods.verify.verification import Broken, TakenBack, Verification, Warned

COMMAND = Options(paths=("tests",), unsafe=True, python="py 3", pytest_args=("-n", "2")).command
PYTHON = Interpreter(Path("python"), "3.12.1", "9.2.0", "1.5.0", ())


OLD = Interpreter(Path("old"), "3.8.18", "6.2.5", "0.12.0", ())


def finding(number: int, safety: Safety = Safety.SAFE) -> Finding:
    fix = None if safety is Safety.MANUAL else Fix(())
    return Finding(
        "PAM401", "a-name", f"Message {number}.", safety, "t.py", Span(number, 1, number, 5), fix, id=str(number)
    )


def seen(outcome: str, error: str = "", **more: Any) -> Observed:
    return Observed(Outcome(outcome), error=error, **more)


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


def failing(tests: Iterable[Comparison]) -> tuple[Failure, ...]:
    idle, *lost = [each for each in tests if each.test == "a::idle" or each.verdict is Verdict.LOST]
    near = {each.id: each for each in map(finding, range(6, 11), [Safety.MANUAL] * 5)}
    ids = [replace(idle, test=f"a::idle[{number}]") for number in range(3)]
    some = [Failure("AssertionError: 1", "", ids), Failure("RuntimeError: no loop", "t.py:3", lost, near)]
    return tuple(each for each in some if each.tests)


def verification(*, written: bool = False) -> Verification:
    status = Status.CHANGED if written else Status.WOULD_CHANGE
    findings = tuple(finding(number) for number in range(1, 5))
    files = (FileResult("t.py", status, findings, applied=("4",)),)
    runs = (SuiteRun("before", BEFORE), SuiteRun("after", AFTER, processes=2))
    compared = tuple(compare(BEFORE, AFTER, {"a::flaky"}))
    report = Report(Path.cwd(), files)
    return Verification(
        report, compared, TAKEN_BACK, runs, (finding(4),), PYTHON, tracing_runs=7, failures=failing(compared)
    )


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
        "Flaky, whatever the code, 1:",
        "  a::flaky: failed, then passed",
        "",
        "Not green in the end, 3:",
        "  AssertionError: 1",
        "    a::idle (3), skipped before",
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
        "Not tried by any test that ran, 1 finding:",
        "t.py:4:1: PAM401 [safe] Message 4.",
        "",
        "3 pytest runs, 7 of them to trace what broke, with Python 3.12.1, pytest 9.2.0, pytest-asyncio 1.5.0.",
    ]


def test_what_comes_next() -> None:
    command = "codemods verify --unsafe '--python=py 3' --write tests -- -n 2"
    assert list(next_steps(verification(), COMMAND)) == [
        f"Kept: 1 finding in 1 file, 1 of them not tried, 3 taken back. Make the proven changes: `{command}`."
    ]
    assert list(next_steps(verification(written=True), COMMAND)) == [
        "Written: 1 finding in 1 file.",
        "1 not tried and not written: `codemods diff --unsafe '--python=py 3' tests` shows them.",
    ]
    assert list(next_steps(replace(verification(), unproven="too old"), COMMAND)) == [
        "Kept: 1 finding in 1 file, 1 of them not tried, 3 taken back."
    ]
    assert list(next_steps(Verification(Report(Path.cwd(), ())), COMMAND)) == []


def test_why_nothing_was_written() -> None:
    nothing = Verification(Report(Path.cwd(), ()))
    ran = replace(nothing, runs=(SuiteRun("before", BEFORE),))
    assert [*next_steps(nothing, COMMAND, write=True)] == ["Nothing written: there is nothing to change."]
    assert [*next_steps(ran, COMMAND, write=True)] == ["Nothing written: there is nothing to change."]
    back = replace(ran, taken_back=TAKEN_BACK)
    assert [*next_steps(back, COMMAND, write=True)] == ["Nothing written: all findings are taken back."]
    idle = replace(ran, unproven="no test ran", untried=(finding(1),))
    assert [*next_steps(idle, COMMAND, write=True)] == ["Nothing written: nothing is proven."]
    (line,) = next_steps(replace(ran, untried=(finding(1), finding(2))), COMMAND, write=True)
    assert line.startswith(
        "Nothing written: no test that ran tried any of the 2 findings that break nothing; `codemods "
    )


def test_an_old_environment() -> None:
    old = {
        "a::worse": seen("passed"),
        "a::lost[1]": seen("passed"),
        "a::lost[2]": seen("passed"),
        "a::idle": seen("passed"),
    }
    after = {**AFTER, "a::lost[1]": seen("failed", "RuntimeError: no loop")}
    before = {**BEFORE, "a::idle": seen("failed"), "a::lost[1]": seen("failed")}
    compared = tuple(compare(before, after, {"a::flaky"}, old))
    runs = (SuiteRun("before, in the old environment", old), *verification().runs)
    found = replace(verification(), comparisons=compared, runs=runs, old=OLD, failures=failing(compared), taken_back=())
    shown = [*lines(found, Paint())]
    assert shown[:3] == [
        "               old  before  after",
        "passed           4       2      2",
        "failed           0       4      2",
    ]
    assert "1 lost" not in shown
    at = shown.index("Not green in the end, 5, 3 of them lost: they pass in the old environment:")
    assert shown[at + 1 : at + 10] == [
        "  AssertionError: 1",
        "    a::idle (3), lost",
        "  RuntimeError: no loop (t.py:3)",
        "    a::lost (2), lost",
        *(f"      near: t.py:{number}:1: PAM401 [manual] Message {number}." for number in (6, 7, 8)),
        "      and 2 more",
        "",
    ]
    assert shown[-1] == (
        "4 pytest runs, 7 of them to trace what broke, the first with Python 3.8.18, pytest 6.2.5, "
        "pytest-asyncio 0.12.0, else with Python 3.12.1, pytest 9.2.0, pytest-asyncio 1.5.0."
    )


def test_the_first_line_says_that_nothing_is_proven() -> None:
    first, second, *_ = lines(replace(verification(), unproven="the environment is too old"), Paint())
    assert (first, second) == ("Nothing is proven: the environment is too old", "")


def test_new_warnings() -> None:
    warned = Warned("a::idle", ("coroutine 'f' was never awaited",), (finding(5),))
    found = replace(verification(), warned=(warned,))
    shown = [*lines(found, Paint())]
    assert "New warnings of tests that end as before, 1:" in [*lines(replace(found, strict=True), Paint())]
    at = shown.index("New warnings of tests that end as before, 1 (--strict takes back what isn't awaited):")
    assert shown[at + 1 : at + 3] == [
        "  a::idle: coroutine 'f' was never awaited",
        "    near: t.py:5:1: PAM401 [safe] Message 5.",
    ]


def test_a_zero_has_no_colour() -> None:
    (counts,) = [each for each in lines(verification(), Paint(True)) if each.startswith("Tests: ")]
    assert " 0 same" in counts
    assert "\x1b[31m2 regressed" in counts


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


def test_without_a_terminal_each_phase_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.Progress("verify") as bar:
        for number in range(3):
            bar.phase("before", number, 3)
        bar.phase("after", 0, 3)
    assert capsys.readouterr().err == "verify: before\nverify: after\n"
