"""What a specifier lets through, in the dialects of pip and of Poetry, and what would let nothing older through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

Version = tuple[int, ...]

_LOWER = frozenset(("===", "==", ">=", ">", "~="))
_FLOOR = re.compile(r"(?<![<>=!~])(?P<operator>>=|>|~=|\^)(?P<space>[ \t]*)v?(?P<version>\d[\w.]*)")
_ENDLESS = re.compile(r"\d{10}")
_CLAUSE = re.compile(r"(?P<operator>===?|>=|>|~=|~|\^|<=|<|!=)?[ \t]*v?(?P<version>\d[\w.*+-]*)")


@cache
def lowest(specifier: str, *, poetry: bool = False) -> Version | None:
    """The lowest version that a specifier names as its bound; None if it has none, or isn't understood."""
    bounds = [_bound(each) for each in _alternatives(specifier, poetry)]
    return min((each for each in bounds if each), default=None) if all(bounds) else None


@cache
def admits(specifier: str, floor: Version, *, poetry: bool = False) -> bool | None:
    """Whether a specifier lets a version through that is ``floor`` or newer; None if it isn't understood."""
    alternatives = _alternatives(specifier, poetry)
    if not alternatives:
        return None
    try:
        return any(_reaches(each, floor) for each in alternatives)
    except ValueError:
        return None


def _reaches(specifiers: SpecifierSet, floor: Version) -> bool:
    from packaging.version import Version as Parsed

    named = [Parsed(each.version.removesuffix(".*")) for each in specifiers if each.operator != "==="]
    least = Parsed(".".join(map(str, floor)))
    bumped = [Parsed(f"{each.major}.{each.minor}.{each.micro + 1}") for each in (*named, least)]
    candidates = [least, *named, *bumped, Parsed("9999")]
    return any(each >= least and specifiers.contains(each, prereleases=True) for each in candidates)


def _bound(specifiers: SpecifierSet) -> Version | None:
    from packaging.version import InvalidVersion
    from packaging.version import Version as Parsed

    try:
        lower = [Parsed(each.version.removesuffix(".*")) for each in specifiers if each.operator in _LOWER]
    except InvalidVersion:
        return None
    return max(lower).release if lower else None


def _alternatives(specifier: str, poetry: bool) -> list[SpecifierSet]:
    if _ENDLESS.search(specifier):  # Python turns no number with more than 4,300 digits into text or back
        return []
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    parts = re.split(r"\|\|?", specifier) if poetry else [specifier]
    try:
        return [SpecifierSet(",".join(_translated(part)) if poetry else part) for part in parts]
    except (InvalidSpecifier, ValueError):
        return []


def _translated(part: str) -> Iterator[str]:
    """The clauses of a part of Poetry's specifier in pip's dialect."""
    rest = part.replace(",", " ").strip()
    while rest and rest != "*":
        found = _CLAUSE.match(rest)
        if found is None:
            raise ValueError(part)
        yield from _clause(found["operator"] or "==", found["version"])
        rest = rest[found.end() :].strip()


def _clause(operator: str, version: str) -> Iterator[str]:
    if operator not in ("^", "~"):
        yield f"{operator}{version}"
        return
    release = [int(each) for each in version.split(".")]
    # The caret keeps the first number that isn't 0, the tilde the minor one.
    kept = next((index for index, each in enumerate(release) if each), len(release) - 1)
    kept = kept if operator == "^" else min(1, len(release) - 1)
    yield f">={version}"
    yield f"<{'.'.join(map(str, (*release[:kept], release[kept] + 1)))}"


def raised(specifier: str, floor: Version, *, poetry: bool = False) -> str | None:
    """The specifier with ``floor`` for its lower bound; None if it has none to raise, or if that can't be told.

    Args:
        specifier: As it is written; one that admits no such version is replaced as a whole.
        floor: The lowest version to let through.
        poetry: Whether the specifier is in Poetry's dialect.
    """
    version = ".".join(map(str, floor))
    admitted, bound = admits(specifier, floor, poetry=poetry), lowest(specifier, poetry=poetry)
    if admitted is None or (admitted and (bound is None or bound >= floor)):
        return None
    if not admitted:
        return f"^{version}" if poetry and specifier.lstrip().startswith("^") else f">={version}"
    if len(_FLOOR.findall(specifier)) != 1:
        return None
    new = _FLOOR.sub(lambda found: f"{found['operator'].replace('>', '>=')[:2]}{found['space']}{version}", specifier)
    return new if lowest(new, poetry=poetry) == floor and admits(new, floor, poetry=poetry) else None
