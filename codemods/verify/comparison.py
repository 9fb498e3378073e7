"""What became of each test between two runs of a suite."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from codemods.verify.running.outcomes import SUITE, Observed, Outcome

Tests = Mapping[str, Observed]


class Verdict(str, Enum):
    """What a migration did to a test; the values are those of the JSON report."""

    FIXED = "fixed"
    SAME = "same"
    REGRESSED = "regressed"
    LOST = "lost"
    """It passes in the old environment, and in the new one neither before nor after the migration."""
    NOW_RUNS = "now runs"
    """It was skipped, not collected, or passed without running."""
    FLAKY = "flaky"
    """Its outcome changes from run to run without any change to the code."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One test before and after; None where it wasn't there."""

    test: str
    verdict: Verdict
    before: Observed | None
    after: Observed | None
    old: Observed | None = None
    """In the old environment, if there is one."""

    @property
    def new_warnings(self) -> tuple[str, ...]:
        """What is said of it after and wasn't before."""
        return _new_warnings(self.before, self.after) if self.before and self.after else ()


_RANKS = {Outcome.PASSED: 2, Outcome.XPASSED: 2, Outcome.XFAILED: 1, Outcome.SKIPPED: 1}
_PASSING = frozenset((Outcome.PASSED, Outcome.XPASSED))
_UNCHANGED = frozenset((Verdict.SAME, Verdict.NOW_RUNS))
_IDLE = frozenset((Outcome.SKIPPED, Outcome.NOT_RUN, Outcome.UNCOLLECTABLE))
_NO_ASYNC = "async def functions are not natively supported"
"""How pytest refuses an async test that no plugin runs (pytest 8.4 changelog, #11372)."""


def verdict(
    test: str, before: Observed | None, after: Observed | None, *, strict: bool = False, was_hidden: bool = False
) -> Verdict:
    """Return what became of a test.

    A file that can't be collected stands among the tests, and its absence means that it can.

    Args:
        test: Its node id.
        before: What was seen of it before.
        after: What was seen of it after.
        strict: Whether a test is worse that makes coroutines which nothing awaits, and made none before.
        was_hidden: Whether pytest didn't come to the file before: see ``is_hidden``.
    """
    if "::" not in test:
        return Verdict.NOW_RUNS if was_hidden and before is None and after is not None else _of_file(before, after)
    if before is None:
        return Verdict.NOW_RUNS
    if before.broken:
        if after is None or not after.broken:
            return Verdict.SAME if after is None else Verdict.FIXED
        return Verdict.SAME if ran(test, before) or not ran(test, after) else Verdict.NOW_RUNS
    if after is None:
        return Verdict.REGRESSED
    if not ran(test, before) and (after.broken or ran(test, after)):
        return Verdict.NOW_RUNS
    if after.broken and _awaits_more(before, after):
        return Verdict.NOW_RUNS
    is_worse = _rank(after) < _rank(before) or (strict and bool(newly_unawaited(before, after)))
    return Verdict.REGRESSED if is_worse else Verdict.SAME


def newly_unawaited(before: Observed, after: Observed) -> list[str]:
    """Return what is said of coroutines that nothing awaits in a test, and that weren't made in it before."""
    names = Counter(each.name for each in after.unawaited)
    names.subtract(each.name for each in before.unawaited)
    return [f"coroutine '{each}' was never awaited" for each in names.elements()]


def _new_warnings(before: Observed, after: Observed) -> tuple[str, ...]:
    more = Counter(after.warnings) - Counter(before.warnings)
    return (*newly_unawaited(before, after), *more.elements())


def _of_file(before: Observed | None, after: Observed | None) -> Verdict:
    if after is None:
        return Verdict.FIXED
    return Verdict.REGRESSED if before is None else Verdict.SAME


def is_hidden(test: str, tests: Tests) -> bool:
    """Return whether nothing was seen of a file since the suite, or a folder above it, couldn't be collected."""
    return any(each in tests for each in places_above(test))


def places_above(test: str) -> Iterator[str]:
    """Yield what may keep the file of a test from being collected: the folders above it, then the suite."""
    folder = test.partition("::")[0]
    while folder:
        folder = folder.rpartition("/")[0]
        yield folder or SUITE


def _rank(seen: Observed) -> int:
    return _RANKS.get(seen.outcome, 0)


def ran(test: str, seen: Observed) -> bool:
    """Say whether a test ran at all, whatever pytest calls it: one that nothing awaits can pass or be skipped."""
    if seen.outcome in _IDLE or _NO_ASYNC in seen.error:
        return False
    function = test.partition("[")[0].rpartition("::")[2]
    return not any(each.name.rpartition(".")[2] == function for each in seen.unawaited)


def was_tried(test: str, seen: Observed) -> bool:
    """Say whether the body of a test ran, perhaps to its failure."""
    return "::" in test and seen.outcome is not Outcome.ERROR and ran(test, seen)


def _awaits_more(before: Observed, after: Observed) -> bool:
    """Say whether the failure comes from a coroutine that wasn't awaited before: what it checks was never checked.

    Only a coroutine that was made where the failure comes through counts: Python may tell of one that is forgotten
    while a later test runs.
    """
    asleep = set(before.unawaited) - set(after.unawaited)
    return any(each.made in after.frames and each.name.rpartition(".")[2] in after.through for each in asleep)


def compare(
    before: Tests, after: Tests, flaky: Collection[str] = (), old: Tests | None = None, *, strict: bool = False
) -> Iterator[Comparison]:
    """Yield what became of each test, in the order of the run after.

    Args:
        before: The tests in the run before.
        after: The tests in the run after.
        flaky: Those whose outcome says nothing.
        old: The tests in the old environment, of which those that pass there count.
        strict: As of ``verdict``.
    """
    passing = {test: seen for test, seen in (old or {}).items() if _passes(test, seen)}
    renamed, renamed_since = _renamed(before, after), _renamed(old or {}, after)
    gone = (each for names, new in ((before, renamed), (passing, renamed_since)) for each in names if each not in new)
    earlier = {new: each for each, new in renamed.items()}
    oldest = {new: each for each, new in renamed_since.items()}
    for name in dict.fromkeys((*after, *gone)):
        pair = before.get(earlier.get(name, name)), after.get(name)
        passed = passing.get(oldest.get(name, name))
        found = verdict(name, *pair, strict=strict, was_hidden=is_hidden(name, before))
        if name in flaky and not all(each is not None and each.broken for each in pair):
            found = Verdict.FLAKY
        is_lost = passed is not None and found in _UNCHANGED and not (pair[1] and _passes(name, pair[1]))
        yield Comparison(name, Verdict.LOST if is_lost else found, *pair, passed)


def _passes(test: str, seen: Observed) -> bool:
    return "::" in test and seen.outcome in _PASSING and ran(test, seen)


def _renamed(before: Tests, after: Tests) -> dict[str, str]:
    """Return the ids of parametrised tests that differ in each run, with those that took their places."""
    gone, new = _by_function(before.keys() - after.keys(), before), _by_function(after.keys() - before.keys(), after)
    pairs = ((gone[each], new[each]) for each in gone.keys() & new.keys() if len(gone[each]) == len(new[each]))
    return {old: after for olds, afters in pairs for old, after in zip(olds, afters, strict=True)}


def _by_function(names: Collection[str], tests: Tests) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name in tests:
        if name in names and name.endswith("]"):
            found[name.partition("[")[0]].append(name)
    return found
