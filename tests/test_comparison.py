"""What became of a test, by what was seen of it before and after."""

from __future__ import annotations

from dataclasses import replace

import pytest

from codemods.verify.comparison import Verdict, compare, verdict
from codemods.verify.running.outcomes import SUITE, Observed, Outcome, Unawaited

TEST = "test_a.py::TestA::test_it[1-[]]"
NO_PLUGIN = "Failed: async def functions are not natively supported.\nYou need to install ..."


def seen(outcome: str | None, error: str = "", *unawaited: str) -> Observed | None:
    asleep = tuple(map(Unawaited, unawaited))
    return None if outcome is None else Observed(Outcome(outcome), error=error, unawaited=asleep)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("passed", "passed", "same"),
        ("passed", "xpassed", "same"),
        ("passed", "failed", "regressed"),
        ("passed", "error", "regressed"),
        ("passed", "crashed", "regressed"),
        ("passed", "timeout", "regressed"),
        ("passed", "not run", "regressed"),
        ("not run", "passed", "fixed"),
        ("not run", "failed", "now runs"),
        ("passed", "skipped", "regressed"),
        ("passed", "xfailed", "regressed"),
        ("passed", None, "regressed"),
        ("xpassed", "xfailed", "regressed"),
        ("xfailed", "failed", "regressed"),
        ("xfailed", "xpassed", "same"),
        ("failed", "failed", "same"),
        ("failed", "timeout", "same"),
        ("failed", None, "same"),
        ("failed", "passed", "fixed"),
        ("error", "skipped", "fixed"),
        ("timeout", "passed", "fixed"),
        ("crashed", "xfailed", "fixed"),
        ("skipped", "skipped", "same"),
        ("skipped", "passed", "now runs"),
        ("skipped", "failed", "now runs"),
        ("skipped", None, "regressed"),
        (None, "passed", "now runs"),
        (None, "failed", "now runs"),
    ],
)
def test_verdicts(before: str | None, after: str | None, expected: str) -> None:
    assert verdict(TEST, seen(before), seen(after)) is Verdict(expected)


@pytest.mark.parametrize(("after", "expected"), [("passed", "now runs"), ("failed", "now runs"), (None, "regressed")])
def test_a_test_that_passed_without_running(after: str | None, expected: str) -> None:
    asleep = seen("passed", "", "TestA.test_it")
    assert verdict(TEST, asleep, seen(after)) is Verdict(expected)
    assert verdict(TEST, asleep, asleep) is Verdict.SAME


def test_a_test_whose_expected_failure_was_that_nothing_ran_it() -> None:
    assert verdict(TEST, seen("xfailed", NO_PLUGIN), seen("failed", "[XPASS(strict)]")) is Verdict.NOW_RUNS
    assert verdict(TEST, seen("xfailed", NO_PLUGIN), seen("xpassed")) is Verdict.NOW_RUNS
    assert verdict(TEST, seen("failed", NO_PLUGIN), seen("failed", "AssertionError")) is Verdict.NOW_RUNS
    assert verdict(TEST, seen("failed", NO_PLUGIN), seen("failed", NO_PLUGIN)) is Verdict.SAME


def test_a_check_that_was_never_awaited() -> None:
    place = ("test_a.py", 3)
    before = Observed(Outcome.PASSED, unawaited=(Unawaited("Helper.check_answer", place),))
    inside = Observed(Outcome.FAILED, frames=(place, ("a.py", 1)), through=frozenset(("test_it", "check_answer")))
    assert verdict(TEST, before, inside) is Verdict.NOW_RUNS
    assert verdict(TEST, before, replace(inside, unawaited=before.unawaited)) is Verdict.REGRESSED
    assert verdict(TEST, before, replace(inside, through=frozenset(("test_it",)))) is Verdict.REGRESSED
    assert verdict(TEST, before, replace(inside, frames=(("test_a.py", 4), ("a.py", 1)))) is Verdict.REGRESSED
    assert verdict(TEST, before, seen("passed")) is Verdict.SAME


@pytest.mark.parametrize("name", ["test_a.py", SUITE])
@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, "uncollectable", "regressed"),
        ("uncollectable", None, "fixed"),
        ("uncollectable", "uncollectable", "same"),
    ],
)
def test_files_and_suites(name: str, before: str | None, after: str | None, expected: str) -> None:
    assert verdict(name, seen(before), seen(after)) is Verdict(expected)


def test_comparing_runs() -> None:
    passed, failed = Observed(Outcome.PASSED), Observed(Outcome.FAILED)
    before = {"a::b": passed, "a::gone": passed, "a::flaky": failed}
    after = {"a::flaky": passed, "a::b": failed, "a::new": failed}
    found = list(compare(before, after, {"a::flaky"}))
    assert [(each.test, each.verdict.value) for each in found] == [
        ("a::flaky", "flaky"),
        ("a::b", "regressed"),
        ("a::new", "now runs"),
        ("a::gone", "regressed"),
    ]
    assert (found[3].before, found[3].after) == (passed, None)


def test_ids_that_differ_in_each_run() -> None:
    passed, failed = Observed(Outcome.PASSED), Observed(Outcome.FAILED)
    before = {"a::t[11:30]": passed, "a::t[11:31]": passed, "a::u[x]": passed}
    after = {"a::t[12:05]": passed, "a::t[12:06]": failed, "a::u[x]": passed}
    found = {each.test: each.verdict.value for each in compare(before, after)}
    assert found == {"a::t[12:05]": "same", "a::t[12:06]": "regressed", "a::u[x]": "same"}
    assert {each.verdict.value for each in compare(before, {"a::u[x]": passed})} == {"regressed", "same"}
