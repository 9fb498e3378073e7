"""``codemods rules``: the table of all rules."""

from __future__ import annotations

from typing import Any

from codemods.cli.session import say
from codemods.report import json
from codemods.report.page import fixable
from codemods.report.text import columns
from codemods.rules import Rule, all_rules, registrations


def run(as_json: bool) -> int:
    """Print one line for each rule."""
    if as_json:
        say(json.render({"rules": [_document(rule) for rule in all_rules()]}).split("\n"), results=True)
        return 0
    rows = [
        (each.code, each.name, each.safety.value, "on" if each.default else "off", each.summary)
        for each in registrations()
    ]
    say(columns([("CODE", "NAME", "SAFETY", "", "SUMMARY"), *rows]), results=True)
    say(["Read more: `codemods explain CODE`."])
    return 0


def _document(rule: Rule) -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": rule.name,
        "safety": rule.safety.value,
        "default": rule.default,
        "fixable": fixable(rule),
        "summary": rule.summary,
    }
