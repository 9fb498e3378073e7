"""Why tests aren't green in the end: their errors, and the findings near them that are to be done by hand."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from codemods.model import Finding, Key
from codemods.verify.comparison import Comparison, Verdict, places_above
from codemods.verify.running.outcomes import Observed
from codemods.verify.tracing.suspects import Suspects

_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{4,}")
_BRACKET = re.compile(r"<(?=\w)|(?<![-=])>")
"""Where Python begins or ends to show an object, or a part of a name like ``f.<locals>.g``."""
_LISTED_BY_VERDICT = frozenset((Verdict.REGRESSED, Verdict.FLAKY))
NOT_THERE = "not collected"


@dataclass(slots=True)
class Failure:
    """An error, and all tests that end with it."""

    error: str
    """Its first line; of a test that ends without one, what became of it."""
    place: str = ""
    """Where the first of them comes from, ``path:line``, the line that of the original file."""
    tests: list[Comparison] = field(default_factory=list)
    """The tests, and the files that can't be collected."""
    findings: dict[str, Finding] = field(default_factory=dict)
    """The findings that aren't applied and stand near these tests, by id."""

    @property
    def lost(self) -> int:
        """How many of the tests pass in the old environment."""
        return sum(each.verdict is Verdict.LOST for each in self.tests)


def failures(
    comparisons: Iterable[Comparison], findings: Mapping[Key, tuple[Finding, ...]], suspects: Suspects
) -> tuple[Failure, ...]:
    """Return what isn't green in the end, whether or not it was before, that of most tests first.

    Args:
        comparisons: What became of the tests.
        findings: The findings that aren't applied.
        suspects: These findings, seen from the tests.
    """
    tests = {each.test: each for each in comparisons}
    found: dict[str, Failure] = {}
    for each in filter(_is_not_green, tests.values()):
        seen = _seen(each, tests)
        failure = found.setdefault(error := _first_line(seen), Failure(error, _place(seen)))
        failure.tests.append(each)
        near = _near(each.test, seen, suspects)
        failure.findings.update((one.id, one) for key in findings if key in near for one in findings[key])
    return tuple(sorted(found.values(), key=lambda each: (-len(each.tests), each.error)))


def _is_not_green(each: Comparison) -> bool:
    is_broken = each.after is not None and each.after.broken and each.verdict not in _LISTED_BY_VERDICT
    return is_broken or each.verdict is Verdict.LOST


def _seen(each: Comparison, tests: Mapping[str, Comparison]) -> Observed | None:
    """Return what was seen of a test in the end; of one that wasn't collected, what was seen of its file."""
    around = (each.test.partition("::")[0], *places_above(each.test))
    return each.after or next((found.after for name in around if (found := tests.get(name))), None)


def _first_line(seen: Observed | None) -> str:
    if seen is None:
        return NOT_THERE
    return _alike(seen.error.strip().partition("\n")[0]) or seen.outcome.value


def _alike(error: str) -> str:
    """Return an error without what differs from test to test: the numbers of tasks, and where they are."""
    parts, depth, start = [], 0, 0
    line = _ADDRESS.sub("0x…", error)
    for bracket in _BRACKET.finditer(line):
        if bracket.group() == "<":
            if depth == 0:
                parts.append(line[start : bracket.start()])
                start = bracket.start()
            depth += 1
        elif depth == 1:
            parts.append(_named(line[start : bracket.end()]))
            start = bracket.end()
        depth = max(0, depth - (bracket.group() == ">"))
    return "".join((*parts, line[start:]))


def _named(shown: str) -> str:
    """Return what is left of an object that is shown between brackets: the name of its class."""
    name, _, rest = shown[1:-1].partition(" ")
    return f"<{name} …>" if rest else shown


def _place(seen: Observed | None) -> str:
    return "{}:{}".format(*seen.frames[-1]) if seen and seen.frames else ""


def _near(test: str, seen: Observed | None, suspects: Suspects) -> frozenset[Key]:
    """Return the findings of a test, of its fixtures, its module, the conftest files above it, and where it fails."""
    own, around, rest, *_ = suspects.levels(test, seen)
    path = suspects.function(test)[0]
    of_file = rest if "::" not in test else ()
    failing = (key for key in suspects.keys if seen and (key[0], key[3]) in seen.frames)
    return frozenset((*own, *around, *of_file, *_in_conftests(path, suspects.keys), *failing))


def _in_conftests(path: str, keys: Iterable[Key]) -> Iterator[Key]:
    for key in keys:
        folder, name = os.path.split(key[0])
        if name == "conftest.py" and (not folder or path.startswith(f"{folder}/")):
            yield key
