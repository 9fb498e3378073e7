"""From tests that a migration broke to the findings that broke them, in few runs of the suite."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from codemods.model import Key
from codemods.verify.tracing.put_back import Hint, PutBack
from codemods.verify.tracing.suspects import OWN_FILE, Failing

_ALONE = 6
"""Up to so many findings it takes no more runs to put each back alone than to do so in groups."""

Trial = Callable[[frozenset[Key], Collection[str], bool], Failing]
"""Runs tests without some findings, perhaps in the reverse order, and returns those that are still broken."""

Group = tuple[frozenset[Key], bool]
"""Findings to put back together, and whether the tests run in the reverse order."""

Levels = Mapping[str, "list[frozenset[Key]]"]
"""For each test the findings that may have broken it, in sets, the nearest first."""


@dataclass(slots=True)
class Traced:
    """What came of it."""

    culprits: dict[Key, Failing] = field(default_factory=dict)
    """The findings that break tests with all else that is wrong gone, and which."""
    suspects: dict[Key, Failing] = field(default_factory=dict)
    """Those that are only under suspicion because no more runs were allowed."""
    unexplained: set[str] = field(default_factory=set)
    """The tests that fail without any finding as well."""

    @property
    def dropped(self) -> frozenset[Key]:
        """All that has to go for the tests to pass."""
        return frozenset((*self.culprits, *self.suspects))


class Tracing:
    """One search over many tests at once: each run tries something for every one of them."""

    def __init__(self, trial: Trial, hint: Hint, runs: int) -> None:
        """Begin.

        Args:
            trial: What runs the tests.
            hint: Which findings an error points at.
            runs: How many trials are allowed.
        """
        self._trial = trial
        self._hint = hint
        self.runs_left = runs

    def trace(self, failing: Failing, levels: Levels) -> Traced:
        """Find what broke the tests in ``failing``."""
        traced = Traced()
        depths = self._reach(failing, levels, traced)
        for level in range(max(depths.values(), default=0), 0, -1):
            nearer = _union(levels[test][: min(level - 1, depth)] for test, depth in depths.items())
            here = {test: levels[test][level - 1] for test, depth in depths.items() if depth >= level}
            searches = []
            for tests, keys in _joined(here):
                # Without the nearer levels alone, the tests that reach no farther still failed.
                known = any(depths[test] == level for test in tests) and not keys & traced.dropped
                searches.append(self._search(tests, keys - traced.dropped, failing, known))
            self._sort_out(searches, nearer, traced)
        if len(traced.dropped) > 1:  # else the run that showed the failure was the proof
            self._confirm(traced)
        return traced

    def _search(self, tests: frozenset[str], keys: frozenset[Key], failing: Failing, known: bool) -> _Search:
        mine = {test: failing[test] for test in tests}
        ordered = sorted(keys, key=lambda key: (key[0], key[3], key[1], key[2]))
        return _Search(tests, mine, PutBack(ordered, mine if known else None, self._hint))

    def _reach(self, failing: Failing, levels: Levels, traced: Traced) -> dict[str, int]:
        """Return how many levels have to be taken back for each test to pass."""
        depths = dict.fromkeys(failing, 0)
        broken = set(failing)
        while broken:
            for test in broken:
                depths[test] = _next_level(levels[test], depths[test])
            traced.unexplained |= {test for test in broken if not depths[test]}
            broken -= traced.unexplained
            depths = {test: depth for test, depth in depths.items() if test not in traced.unexplained}
            if broken and not self.runs_left:
                # Nothing more can be asked: as far as the file goes, or to what there is beyond.
                depths.update({test: max(depths[test], OWN_FILE) for test in broken})
                return depths
            dropped = _union(levels[test][:depth] for test, depth in depths.items())
            broken = set(self._try(dropped, broken)) if broken else broken
        return depths

    def _try(self, dropped: frozenset[Key], tests: Collection[str], *, backwards: bool = False) -> Failing:
        self.runs_left -= 1
        return self._trial(dropped, tests, backwards)

    def _sort_out(self, searches: Collection[_Search], nearer: frozenset[Key], traced: Traced) -> None:
        """Drive the searches in step: each run holds one trial of every one of them."""
        active = [each for each in searches if each.start()]
        while active and self.runs_left:
            out = frozenset(key for each in searches for key in each.out)
            tests = {test for each in active for test in each.tests}
            broken = self._try(nearer | traced.dropped | out, tests)
            active = [each for each in active if each.go_on(broken)]
        for search in searches:
            traced.culprits.update(search.put_back.culprits)
            traced.suspects.update(dict.fromkeys(search.put_back.undecided, search.failing))

    def _confirm(self, traced: Traced) -> None:
        """Put the culprits back with all else gone: one test can break later ones, and what is near those is suspected.

        A culprit is one that breaks a test in every group that it is part of, in both orders; the few that no error
        points at have to do so alone. What no run is left for is suspect.
        """
        if len(traced.culprits) <= _ALONE:
            self._put_back(alone(traced.culprits), traced)
            return
        self._put_back(separating_groups(list(traced.culprits)), traced)
        distant = [key for key, failing in traced.culprits.items() if not self._hint(failing, (key,))]
        if len(distant) <= min(_ALONE, self.runs_left):
            self._put_back(alone(distant), traced)

    def _put_back(self, groups: Sequence[Group], traced: Traced) -> None:
        for number, (group, backwards) in enumerate(groups):
            if not self.runs_left:
                doubtful = {key for group, _ in groups[number:] for key in group} & traced.culprits.keys()
                traced.suspects.update({key: traced.culprits.pop(key) for key in doubtful})
                return
            here = group & traced.culprits.keys()
            tests = {test for key in here for test in traced.culprits[key]}
            broken = self._try(traced.dropped - here, tests, backwards=backwards) if here else {}
            for key in here:
                failing = traced.culprits.pop(key)
                if mine := {test: broken[test] for test in failing if test in broken}:
                    traced.culprits[key] = mine


def alone(keys: Iterable[Key]) -> list[Group]:
    """Return a group for each finding."""
    return [(frozenset((key,)), False) for key in keys]


def separating_groups(keys: Sequence[Key]) -> list[Group]:
    """Return few groups in which each finding stands in both orders, and once without any given other."""
    return [
        (frozenset(key for number, key in enumerate(keys) if number >> bit & 1 == side), bit % 2 == 1)
        for bit in range((len(keys) - 1).bit_length())
        for side in (0, 1)
    ]


@dataclass(slots=True)
class _Search:
    """A search for the culprits of some tests that share suspects."""

    tests: frozenset[str]
    failing: Failing
    put_back: PutBack
    trial: frozenset[Key] = frozenset()

    @property
    def out(self) -> set[Key]:
        """What must not be there in the next run."""
        return (self.put_back.undecided | self.put_back.culprits.keys()) - self.trial

    def start(self) -> bool:
        """Get the first trial; say whether there is one."""
        return self._advance(None)

    def go_on(self, broken: Failing) -> bool:
        """Take in what the trial broke and get the next; say whether there is one."""
        return self._advance({test: broken[test] for test in self.tests & broken.keys()})

    def _advance(self, broken: Failing | None) -> bool:
        try:
            self.trial = next(self.put_back.steps) if broken is None else self.put_back.steps.send(broken)
        except StopIteration:
            self.trial = frozenset()
            return False
        return True


def _next_level(levels: list[frozenset[Key]], depth: int) -> int:
    """Return the next level that holds anything, counted from 1, or 0."""
    return next((number for number, keys in enumerate(levels, 1) if number > depth and keys), 0)


def _union(levels: Iterable[Iterable[frozenset[Key]]]) -> frozenset[Key]:
    return frozenset(key for each in levels for keys in each for key in keys)


def _joined(suspects: Mapping[str, frozenset[Key]]) -> list[tuple[frozenset[str], frozenset[Key]]]:
    """Return the tests in groups that share no suspects with each other, and the suspects of each group."""
    groups: list[tuple[frozenset[str], frozenset[Key]]] = []
    for test, keys in suspects.items():
        if keys:
            meeting = [each for each in groups if each[1] & keys]
            tests = frozenset((test,)).union(*(each[0] for each in meeting))
            groups = [each for each in groups if not each[1] & keys]
            groups.append((tests, keys.union(*(each[1] for each in meeting))))
    return groups
