"""All rules, found by walking this package: one module a rule, one folder a family."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from codemods.rules.base import Context, Example, Rule

__all__ = ["Context", "Example", "Rule", "all_rules", "rule_by_code"]


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return one instance of every rule, in the order of their codes."""
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        import_module(module.name)
    return tuple(sorted((each() for each in _subclasses(Rule)), key=lambda rule: rule.code))


def _subclasses(base: type[Rule]) -> list[type[Rule]]:
    found = [each for child in base.__subclasses__() for each in (child, *_subclasses(child))]
    return [each for each in found if each.__module__.startswith(f"{__name__}.") and hasattr(each, "code")]


def rule_by_code(code: str) -> Rule | None:
    """Return the rule with a code, or None."""
    return next((rule for rule in all_rules() if rule.code == code), None)
