"""No safe finding makes a passing test fail, hang, skip or warn: each mini-project, with its safe findings alone."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from cases import CASES, Case, migrate_copy
from pytest_run import outcome_of_each

_GOOD = ("passed", "xfailed")
_UNSET = "ignore:The configuration option:pytest.PytestDeprecationWarning"
"""What pytest-asyncio says of every project that doesn't name a loop scope; as an error it ends the run."""
WAYS = [
    pytest.param((), id="plain", marks=pytest.mark.process),
    pytest.param(("-W", "error", "-W", _UNSET), id="warnings-are-errors"),
]
PASSING = [case for case in CASES if not case.is_left_alone and case.passes_before]
"""The others have nothing that a finding could break: it is recorded, and held against real runs, what passes."""


@pytest.mark.parametrize("options", WAYS)
@pytest.mark.parametrize("case", PASSING, ids=str)
def test_a_safe_finding_breaks_no_test_that_passed(case: Case, options: tuple[str, ...], tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    if not migrate_copy(case, after, replace(case.settings, unsafe=False)).applied:
        return
    shutil.copytree(case.before, before)
    was, now = (outcome_of_each(root, tmp_path / "log", *options) for root in (before, after))
    assert {name: now.get(name, "gone") for name in was if was[name] in _GOOD and now.get(name) not in _GOOD} == {}
