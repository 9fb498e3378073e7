"""The cheapest question first: whether some rule may have anything to say about a file."""

from __future__ import annotations

from codemods.rules import all_rules
from codemods.selection import Selection


def may_have_findings(data: bytes, selection: Selection) -> bool:
    """Return whether a file has to be parsed at all."""
    return any(rule.may_apply(data) for rule in all_rules() if selection.selects(rule.code))
