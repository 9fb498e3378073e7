"""The guidelines of async testing: each has its rules, and each rule its guideline."""

from __future__ import annotations

import re
from pathlib import Path

from codemods.guidelines import SECTIONS
from codemods.rules import all_rules

ROOT = Path(__file__).parents[1]
CODES = {rule.code for rule in all_rules()}
GUIDELINES = [each for those in SECTIONS.values() for each in those]
NAMED = {code for each in GUIDELINES for code in each.codes}


def test_each_rule_has_a_guideline() -> None:
    assert sorted(CODES - NAMED) == []


def test_each_named_rule_exists() -> None:
    assert sorted(NAMED - CODES) == []


def test_each_guideline_stands_once_with_its_rules_in_order() -> None:
    texts = [each.text for each in GUIDELINES]
    assert len(set(texts)) == len(texts)
    assert all(list(each.codes) == sorted(set(each.codes)) for each in GUIDELINES)


def test_the_page_links_to_the_pages_of_the_rules() -> None:
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8").partition("## Guidelines")[2]
    assert {title for title in SECTIONS if f"### {title}\n" in page} == set(SECTIONS)
    assert set(re.findall(r"\[(PAM\d{3})\]\(rules/\1\.md\)", page)) == NAMED
