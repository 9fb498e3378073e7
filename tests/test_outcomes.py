"""What pytest says of every mini-project, before and after; each in a process of its own."""

from __future__ import annotations

import sys

import pytest

from cases import CASES, Case
from outcomes import outcomes

_GONE_SINCE = {"PAM706": (3, 11)}
"""The version of Python in which what a rule replaces is gone: with earlier ones its cases pass as they are."""


CHANGING = [case for case in CASES if not case.is_left_alone]


@pytest.mark.process
@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_outcome_before_is_the_one_recorded(case: Case) -> None:
    """Nothing that the tool does has a part in it, nor in the next, so they aren't asked on each push."""
    if sys.version_info >= _GONE_SINCE.get(case.code, (3,)):
        assert outcomes(case, case.before) == case.options["outcomes"]["before"]


@pytest.mark.process
@pytest.mark.parametrize("case", CHANGING, ids=str)
def test_the_outcome_after_is_the_one_recorded(case: Case) -> None:
    assert outcomes(case, case.after) == case.options["outcomes"]["after"]


@pytest.mark.parametrize("case", CHANGING, ids=str)
def test_no_outcome_gets_worse(case: Case) -> None:
    """What failed before only for want of the migration passes; a case that unmasks failures says so."""
    before, after = case.options["outcomes"]["before"], case.options["outcomes"]["after"]
    if case.options.get("unmasks"):
        return
    assert after.get("passed", 0) + after.get("xfailed", 0) >= before.get("passed", 0) + before.get("xfailed", 0)
    assert after.get("failed", 0) + after.get("error", 0) == 0
