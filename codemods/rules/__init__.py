"""All rules, found by walking this package: one module a rule, one folder a family."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module

from codemods.rules.base import Context, Example, ProjectContext, ProjectRule, Rule, Setting

__all__ = ["Context", "Example", "ProjectContext", "ProjectRule", "Rule", "Setting", "all_rules", "rule_by_code"]


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return one instance of every rule, in the order of their codes."""
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        import_module(module.name)
    classes = (each for each in _descendants(Rule.__subclasses__()) if each.__module__.startswith(f"{__name__}."))
    found = (each() for each in classes if hasattr(each, "code"))
    return tuple(sorted(found, key=lambda rule: rule.code))


def _descendants(classes: Iterable[type[Rule]]) -> Iterator[type[Rule]]:
    for each in classes:
        yield each
        yield from _descendants(each.__subclasses__())


def rule_by_code(code: str) -> Rule | None:
    """Return the rule with a code, or None."""
    return next((rule for rule in all_rules() if rule.code == code), None)
