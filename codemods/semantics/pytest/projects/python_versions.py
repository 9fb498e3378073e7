"""On which versions of Python a project says that it runs."""

from __future__ import annotations

import re

_CLAUSE = re.compile(r"(?P<operator>===?|>=|>|~=?|\^|<=?|!=)\s*v?(?P<version>\d{1,9}(?:\.\d{1,9})*)(?:\.\*)?")
_LOWER = frozenset({"===", "==", ">=", ">", "~=", "~", "^"})


def lowest_python(specifier: str) -> tuple[int, ...] | None:
    """Return the lowest version that a specifier like ``>=3.8,<4`` lets through; None if it doesn't name one."""
    lowest: list[tuple[int, ...]] = []
    for each in specifier.strip().rstrip(",").split(","):
        found = _CLAUSE.fullmatch(each.strip())
        if found is None:
            return None
        if found["operator"] in _LOWER:
            lowest.append(tuple(map(int, found["version"].split("."))))
    return max(lowest, default=None)
