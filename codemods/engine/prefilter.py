"""The cheapest question first: whether a file holds any of the bytes that some rule looks for."""

from __future__ import annotations

from functools import cache

from codemods.rules import all_rules


@cache
def _triggers() -> tuple[bytes, ...]:
    return tuple(sorted({trigger for rule in all_rules() for trigger in rule.triggers}))


def may_have_findings(data: bytes) -> bool:
    """Return whether a file has to be parsed at all."""
    return any(trigger in data for trigger in _triggers())
