"""Every mini-project of ``fixtures/`` becomes what stands beside it, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from cases import CASES, Case, migrate_copy, tree
from codemods import Report, Settings, migrate_paths, write_changes
from codemods.rules import all_rules
from record_findings import recorded_of, shown

pytestmark = pytest.mark.usefixtures("no_environment")


def _errors(report: Report) -> list[str]:
    return [each.error for each in report.files if each.error]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_before_becomes_after(case: Case, tmp_path: Path) -> None:
    """And the findings are those, for the reason, that the case says; a second run finds nothing to change."""
    report = migrate_copy(case, tmp_path)
    assert not _errors(report)
    becomes = tree(case.before) | tree(case.after)
    assert tree(tmp_path) == becomes
    _the_reason_is_given(case, report)
    _the_findings_are_these(case, report)
    assert shown(case, report) == recorded_of(case), "look at each line, then: tests/record_findings.py " + case.code
    if not case.is_left_alone:
        again = write_changes(migrate_paths([tmp_path], case.settings), allow_dirty=True)
        assert not any(each.applied for each in again.files)
        assert tree(tmp_path) == becomes


def _the_reason_is_given(case: Case, report: Report) -> None:
    reason = case.options.get("reason", "")
    messages = [finding.message for each in report.files for finding in each.findings]
    assert not reason or any(reason in message for message in messages), messages


def _the_findings_are_these(case: Case, report: Report) -> None:
    found = [finding for each in report.files for finding in each.findings if finding.code == case.code]
    places = [f"{each.path}:{each.span.line}" for each in found]
    assert places == case.options.get("findings", places)


@pytest.mark.parametrize("case", [case for case in CASES if not case.is_left_alone], ids=str)
def test_nothing_happens_when_the_rule_is_ignored(case: Case, tmp_path: Path) -> None:
    """Ignoring the rule, by code or by the prefix of its family, keeps its work undone."""
    others = tuple(rule.code for rule in all_rules() if rule.code != case.code)
    for ignored in (case.code, case.code[:4]):
        target = tmp_path / ignored
        ignoring = Settings(select=("ALL",), ignore=(ignored, *others), unsafe=True, jobs=1)
        migrate_copy(case, target, ignoring)
        assert tree(target) == tree(case.before)


def test_each_rule_has_both_kinds_of_cases() -> None:
    """A rule with a fix shows what it changes, and just as well what it leaves alone."""
    for rule in all_rules():
        own = [case for case in CASES if case.code == rule.code]
        assert any(case.is_left_alone for case in own), f"{rule.code} has no case that it leaves alone"
        if any(example.after is not None for example in rule.examples):
            assert any(not case.is_left_alone for case in own), f"{rule.code} has no case that it changes"
