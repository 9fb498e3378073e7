"""From tests that a migration broke to the findings that broke them, in few runs of the suite."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from codemods.model import Key
from codemods.verify.tracing.put_back import Hint, PutBack
from codemods.verify.tracing.suspects import OWN_FILE, Failing

Trial = Callable[[frozenset[Key], Collection[str], bool], Failing]
"""Runs tests without some findings, perhaps in the reverse order, and returns those that are still broken."""

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
        self._passing: tuple[frozenset[Key], frozenset[str]] = (frozenset(), frozenset())
        """The findings without which tests were last seen to pass, and these tests."""

    def trace(self, failing: Failing, levels: Levels) -> Traced:
        """Find what broke the tests in ``failing``."""
        traced = self._trace(failing, levels, frozenset())
        if len(traced.dropped) > 1:  # what one alone breaks was seen at first
            self._confirm(traced)
        return traced

    def _trace(self, failing: Failing, levels: Levels, out: frozenset[Key]) -> Traced:
        """Do so where the findings in ``out`` stay out all the time.

        First it is seen how many levels have to go for each test to pass. Then these are put back, the farthest first.
        """
        traced = Traced()
        depths = self._reach(failing, levels, out, traced)
        top = max(depths.values(), default=0)
        for level in range(top, 0, -1):
            nearer = out | _union(levels[test][: min(level - 1, depth)] for test, depth in depths.items())
            here = {test: levels[test][level - 1] for test, depth in depths.items() if depth >= level}
            searches = []
            for tests, keys in _joined(here):
                mine = {test: failing[test] for test in tests}
                ordered = sorted(keys - traced.dropped, key=lambda key: (key[0], key[3], key[1], key[2]))
                # On the way to the farthest level, the tests that reach it failed with just these put back.
                known = mine if level == top else None
                searches.append(_Search(tests, mine, PutBack(ordered, known, self._hint)))
            self._sort_out(searches, nearer, traced)
            self._settle(depths, levels, nearer, traced)
        return traced

    def _reach(self, failing: Failing, levels: Levels, out: frozenset[Key], traced: Traced) -> dict[str, int]:
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
            dropped = out | _union(levels[test][:depth] for test, depth in depths.items())
            broken = set(self._try(dropped, broken)) if broken else broken
            self._passing = dropped, frozenset(depths)
        return depths

    def _settle(self, tests: Collection[str], levels: Levels, out: frozenset[Key], traced: Traced) -> None:
        """See that what was put back broke no test that wasn't asked, and trace those that it did break."""
        while self.runs_left and not self._is_seen_to_pass(tests, dropped := out | traced.dropped):
            broken = self._try(dropped, tests)
            if not broken:
                self._passing = dropped, frozenset(tests)
                return
            inner = self._trace(broken, {test: [keys - dropped for keys in levels[test]] for test in broken}, dropped)
            traced.culprits.update(inner.culprits)
            traced.suspects.update(inner.suspects)
            traced.unexplained |= inner.unexplained
            if not inner.dropped:
                return

    def _is_seen_to_pass(self, tests: Collection[str], dropped: frozenset[Key]) -> bool:
        return self._passing[0] == dropped and self._passing[1] >= frozenset(tests)

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
        """Let go what only seemed guilty because one test can break others, by what it leaves behind.

        The culprits go back one by one, with all else gone; or, where that takes more runs than are left, together,
        with the tests in the reverse order. Where no run is left, the search itself is the proof.
        """
        out = traced.dropped
        tests = {test for failing in traced.culprits.values() for test in failing}
        if len(traced.culprits) > self.runs_left:
            broken = self._try(out - traced.culprits.keys(), tests, backwards=True) if self.runs_left else {}
            guilty = {key: failing for key, failing in traced.culprits.items() if failing.keys() & broken.keys()}
            traced.culprits = guilty if broken else traced.culprits
            return
        for key in list(traced.culprits):
            failing = self._try(out - {key}, tests)
            if failing:
                traced.culprits[key] = failing
            else:
                del traced.culprits[key]


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
