"""All rules, found by walking this package: one module a rule, one folder a family."""

from __future__ import annotations

import os
import pkgutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, Any

from codemods.rules.registry import Registration

if TYPE_CHECKING:
    from codemods.rules.base import ConfigurationRule, Context, Example, ProjectContext, ProjectRule, Rule, Setting

__all__ = [
    "ConfigurationRule",
    "Context",
    "Example",
    "ProjectContext",
    "ProjectRule",
    "Registration",
    "Rule",
    "Setting",
    "all_rules",
    "registrations",
]


def __getattr__(name: str) -> Any:
    """Return what rules are made of, which is loaded only now: a file that no rule is about needs none of it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("codemods.rules.base"), name)


@cache
def registrations() -> tuple[Registration, ...]:
    """Return what is known of every rule before its module is imported, in the order of their codes.

    It stands in a table that is written when the docs are. A rule that isn't there yet is found by importing all.
    """
    from codemods.rules._table import TABLE

    is_whole = {each.module for each in TABLE} == set(_modules())
    return TABLE if is_whole else tuple(map(Registration.of, all_rules()))


def _modules() -> Iterator[str]:
    """Yield the modules of rules, by their files: to ask Python for them takes longer. In an archive there are none."""
    with suppress(NotADirectoryError):
        for family in filter(os.DirEntry.is_dir, chain.from_iterable(map(os.scandir, __path__))):
            for each in os.listdir(family.path):
                if each.endswith(".py") and not each.startswith("_"):
                    yield f"{__name__}.{family.name}.{each.removesuffix('.py')}"


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return one instance of every rule, in the order of their codes."""
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        if module.name != f"{__name__}._table":  # which is written from them
            import_module(module.name)
    from codemods.rules.base import Rule

    classes = (each for each in _descendants(Rule.__subclasses__()) if each.__module__.startswith(f"{__name__}."))
    found = (each() for each in classes if hasattr(each, "code"))
    return tuple(sorted(found, key=lambda rule: rule.code))


def _descendants(classes: Iterable[type[Rule]]) -> Iterator[type[Rule]]:
    for each in classes:
        yield each
        yield from _descendants(each.__subclasses__())
