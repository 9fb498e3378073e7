"""What pytest says of every mini-project, before and after; each in a process of its own."""

from __future__ import annotations

import sys

import pytest

from cases import CASES, Case
from outcomes import outcomes

_GONE_SINCE = {"PAM706": (3, 11)}
"""The version of Python in which what a rule replaces is gone: with earlier ones its cases pass as they are."""


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_outcomes_are_those_recorded(case: Case) -> None:
    recorded = case.options["outcomes"]
    if sys.version_info >= _GONE_SINCE.get(case.code, (3,)):
        assert outcomes(case, case.before) == recorded["before"]
    if not case.is_left_alone:
        assert outcomes(case, case.after) == recorded["after"]


@pytest.mark.parametrize("case", [case for case in CASES if not case.is_left_alone], ids=str)
def test_no_outcome_gets_worse(case: Case) -> None:
    """What failed before only for want of the migration passes; a case that unmasks failures says so."""
    before, after = case.options["outcomes"]["before"], case.options["outcomes"]["after"]
    if case.options.get("unmasks"):
        return
    assert after.get("passed", 0) + after.get("xfailed", 0) >= before.get("passed", 0) + before.get("xfailed", 0)
    assert after.get("failed", 0) + after.get("error", 0) == 0
