"""The instructions of pytest-asyncio's migration guides: each has its rules, and a suite that shows them at work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cases import GUIDES, ROOT, Case, migrate_copy, tree
from codemods import migrate_paths, write_changes
from codemods.rules import all_rules
from outcomes import outcomes

pytestmark = pytest.mark.usefixtures("no_environment")

PAGE = (ROOT.parent / "docs" / "migration-guides.md").read_text(encoding="utf-8")
_ROW = re.compile(
    r"^\|[^|]+\| ((?:\[PAM\d+\]\(rules/PAM\d+\.md\)(?:, )?)+) \|[^|]+\| \[(.+?)\]\((.+?)\) \|$", re.MULTILINE
)
ROWS = {name: (re.findall(r"\[(PAM\d+)\]", rules), link) for rules, name, link in _ROW.findall(PAGE)}


@pytest.mark.parametrize("case", GUIDES, ids=str)
def test_all_rules_together_follow_the_guide(case: Case, tmp_path: Path) -> None:
    report = migrate_copy(case, tmp_path)
    assert [each.error for each in report.files if each.error] == []
    assert tree(tmp_path) == tree(case.before) | tree(case.after)
    applied = {finding.code for finding in report.applied}
    assert applied == (set() if case.is_left_alone else set(case.options["rules"]))


@pytest.mark.parametrize("case", GUIDES, ids=str)
def test_a_second_run_changes_nothing(case: Case, tmp_path: Path) -> None:
    migrate_copy(case, tmp_path)
    before = tree(tmp_path)
    report = write_changes(migrate_paths([tmp_path], case.settings), allow_dirty=True)
    assert tree(tmp_path) == before
    assert not report.applied


@pytest.mark.parametrize("case", GUIDES, ids=str)
def test_pytest_says_what_is_recorded(case: Case) -> None:
    recorded = case.options["outcomes"]
    assert outcomes(case, case.before) == recorded["before"]
    if not case.is_left_alone:
        assert outcomes(case, case.after) == recorded["after"]


@pytest.mark.parametrize("case", GUIDES, ids=str)
def test_what_passed_under_the_old_version_passes_again(case: Case) -> None:
    recorded = case.options["outcomes"]
    assert recorded.get("after", recorded["before"]) == {"passed": case.options["old"]["passed"]}


def test_the_table_names_every_case_with_its_rules() -> None:
    assert len(ROWS) == PAGE.count("](../fixtures/guides/")
    assert {name: rules for name, (rules, _) in ROWS.items()} == {
        case.folder.name: case.options["rules"] for case in GUIDES
    }
    for _, link in ROWS.values():
        assert (ROOT.parent / "docs" / link).is_dir()


def test_the_table_names_rules_that_exist() -> None:
    assert {code for rules, _ in ROWS.values() for code in rules} <= {rule.code for rule in all_rules()}
