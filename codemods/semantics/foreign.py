"""What a name that a test file imports from elsewhere in its project stands for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class ClassKind(str, Enum):
    """Who runs the methods of a class; a base that can't be resolved makes it unknown."""

    PLAIN = "plain"
    TEST_CASE = "test case"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Foreign:
    """What an imported name is, as far as the file that defines it can tell."""

    kind: ClassKind | None = None
    base: str | None = None
    marks: tuple[str | None, ...] = ()
    """The names of a class's own and inherited marks, None for one that can't be told."""
    bare: str | None = None
    """What it does as a decorator without parentheses: see ``decorator_effect``."""
    called: str | None = None
    """What it does as a decorator with parentheses."""
