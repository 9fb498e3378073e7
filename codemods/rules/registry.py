"""The rules as they are known before their modules are imported: that takes longer than most files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

from codemods.model import Safety, Sight

if TYPE_CHECKING:
    from codemods.rules.base import Rule


_ASYNC_PARTS = (b"syncio", b"oroutine", b"synctest")
_ASYNC_WORDS = (
    re.compile(rb"async(?<=\basync)\b"),  # to begin with a letter makes it five times as fast
    re.compile(rb"await(?<=\bawait)"),
    re.compile(rb"uture(?<!__future)"),
)
"""With those above, what stands in a file, or in its name for something, in which something is async."""


@lru_cache(maxsize=256)  # rules of a family share their triggers and their pattern
def _has(trigger: bytes, data: bytes) -> bool:
    return trigger in data


@lru_cache(maxsize=64)
def _holds(pattern: bytes, data: bytes) -> bool:
    return re.search(pattern, data) is not None


@lru_cache(maxsize=64)
def is_async(data: bytes) -> bool:
    """Return whether anything in a file, or a word, may be async."""
    return any(part in data for part in _ASYNC_PARTS) or any(word.search(data) for word in _ASYNC_WORDS)


@dataclass(frozen=True, slots=True)
class Registration:
    """What decides whether a rule runs, and on which files; the fields are those of ``Rule``."""

    code: str
    name: str
    summary: str
    safety: Safety
    default: bool
    sight: Sight
    triggers: tuple[bytes, ...]
    pattern: bytes | None
    module: str
    by_code_only: bool = False
    in_async_files: bool = False
    given: Rule | None = None
    """The rule itself, if it is there already."""

    @classmethod
    def of(cls, rule: Rule) -> Registration:
        """Return the registration of a rule that is there already."""
        return cls(
            rule.code, rule.name, rule.summary, rule.safety, rule.default, rule.sight, rule.triggers, rule.pattern,
            type(rule).__module__, rule.by_code_only, concerns_async(rule), rule,
        )  # fmt: skip

    def may_apply(self, data: bytes) -> bool:
        """Return whether a file can have a finding at all, judged by its bytes."""
        if self.in_async_files and not is_async(data):
            return False
        for trigger in self.triggers:  # asked for each rule and file: a generator would take twice as long
            if _has(trigger, data):
                return self.pattern is None or _holds(self.pattern, data)
        return False

    def load(self) -> Rule:
        """Return the rule."""
        return self.given or _imported(self.module, self.code)


def concerns_async(rule: Rule) -> bool:
    """Return whether a rule says so, or has no trigger without it."""
    return rule.in_async_files or all(map(is_async, rule.triggers))


@cache
def _imported(module: str, code: str) -> Rule:
    found = vars(import_module(module)).values()
    rules = (each for each in found if getattr(each, "code", None) == code and each.__module__ == module)
    rule: Rule = next(rules)()
    return rule
