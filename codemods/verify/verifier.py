"""The course of a verification: the suite before, after, and again until nothing that is left breaks a test."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from codemods.errors import UsageError
from codemods.model import Finding, Key, Report
from codemods.verify.applied import Applied
from codemods.verify.comparison import Comparison, Verdict, newly_unawaited, was_tried
from codemods.verify.failures import Failure, failures
from codemods.verify.running.interpreter import Interpreter
from codemods.verify.running.outcomes import SUITE, Observed, Outcome, SuiteRun
from codemods.verify.tracing.searching import Traced, Tracing
from codemods.verify.tracing.suspects import NEAR, OWN_FILE, Failing
from codemods.verify.tracing.variants import Variants
from codemods.verify.trials import Trials, shown
from codemods.verify.verification import Broken, TakenBack, Verification, Warned

_ROUNDS = 6


class Verifier:
    """One verification."""

    def __init__(
        self, variants: Variants | Applied, trials: Trials, max_runs: int, *, only_tried: bool = False
    ) -> None:
        """Begin.

        Args:
            variants: The migration.
            trials: What runs the suite with it.
            max_runs: How many runs may search for what broke tests.
            only_tried: Leave out the findings that no run says anything of.
        """
        self._variants = variants
        self._trials = trials
        self._max_runs = self._runs_left = max_runs
        self._only_tried = only_tried
        self._dropped: dict[Key, tuple[Broken, ...]] = {}
        self._left: set[Key] = set()
        """The findings that are left out because they weren't tried."""
        self._proven: set[Key] = set()
        self._flaky: set[str] = set()
        self._unsteady: set[str] = set()
        """The tests that broke in a run of all tests and not alone."""

    def verify(
        self, interpreter: Interpreter, old: Interpreter | None = None, unproven: str | None = None
    ) -> Verification:
        """Run the suite as often as it takes.

        Args:
            interpreter: The Python that runs it.
            old: The Python of the old environment.
            unproven: Why nothing that it shows holds for the versions that it is migrated for.

        Raises:
            UsageError: Nothing can be proven: no test runs, neither before nor after.
        """
        self._flaky |= self._trials.unsteady_failures()
        after = self._settle()
        comparisons = tuple(self._trials.compared(after, self._flaky | self._unsteady))
        if SUITE in self._trials.before.tests and SUITE in after.tests and not _any_lost(comparisons):
            why = after.tests[SUITE].error
            raise UsageError(f"pytest can't run the suite, neither before nor after: {why}", *shown(after))
        untried = self._trials.untried() - self._dropped.keys()
        report = self._variants.report(self._out)
        return Verification(
            report=report,
            comparisons=comparisons,
            taken_back=tuple(self._taken_back()),
            runs=tuple(filter(None, (self._trials.old, *self._trials.runs))),
            untried=tuple(finding for key in sorted(untried) for finding in self._variants.findings[key]),
            interpreter=interpreter,
            old=old,
            failures=self._failures(comparisons, report),
            warned=tuple(self._warned(comparisons)),
            unproven=unproven or self._unproven(after, comparisons),
            strict=self._trials.strict,
            tracing_runs=self._max_runs - self._runs_left,
        )

    def _unproven(self, after: SuiteRun, comparisons: Sequence[Comparison]) -> str | None:
        """Return what to say where no test ran in the old environment, or none in the end."""
        old = self._trials.old
        if old is not None and (why := _idle(old)) is not None:
            return f"in the old environment {why}"
        is_worse = any(each.verdict is Verdict.REGRESSED for each in comparisons)
        return None if is_worse else _idle(after)

    def _failures(self, comparisons: Sequence[Comparison], report: Report) -> tuple[Failure, ...]:
        left: defaultdict[Key, list[Finding]] = defaultdict(list)
        for each in report.left_alone:
            left[each.key].append(each)
        files = {each.path: each.before for each in report.files if each.before and each.findings}
        findings = {key: tuple(each) for key, each in left.items()}
        return failures(comparisons, findings, self._trials.seen_from_tests(findings, files))

    def _warned(self, comparisons: Sequence[Comparison]) -> Iterator[Warned]:
        kept = {key: each for key, each in self._variants.findings.items() if key not in self._out}
        for each in comparisons:
            if each.verdict is Verdict.SAME and each.new_warnings:
                levels = self._trials.suspects.levels(each.test, each.after)[:NEAR]
                nearest = next((found for level in levels if (found := level & kept.keys())), frozenset())
                warnings = tuple(dict.fromkeys(each.new_warnings))
                yield Warned(each.test, warnings, tuple(one for key in sorted(nearest) for one in kept[key]))

    @property
    def _out(self) -> frozenset[Key]:
        return frozenset((*self._dropped, *self._left))

    def _settle(self) -> SuiteRun:
        """Take back what breaks tests until nothing is broken, and return the run that shows it."""
        if not self._variants.files(()):
            return self._trials.before
        after = self._trials.run("after", dropped=())
        if not self._variants.findings:
            broken = self._trials.broken(after, self._flaky)
            again = self._trials.still_broken("after, again", broken, (), whole=False) if broken else {}
            self._flaky |= broken.keys() - again.keys()
            return after
        for _ in range(_ROUNDS):
            broken = self._trials.broken(after, self._flaky)
            untried = self._trials.untried() - self._out if self._only_tried else set()
            if not broken and not untried:
                return after
            if broken:
                self._take_back(broken)
            self._left |= untried
            what = "what broke" if broken else "what was not tried"
            after = self._trials.run(f"after, without {what}", dropped=self._out)
        for depth in (OWN_FILE, None):
            broken = self._trials.broken(after, self._flaky)
            if broken:
                for test, keys in self._levels(broken).items():
                    self._drop({key: {test: broken[test]} for level in keys[:depth] for key in level})
                after = self._trials.run("after, without what is suspect", dropped=self._out)
        self._flaky |= self._trials.broken(after, self._flaky).keys()
        return after

    def _levels(self, tests: Failing) -> dict[str, list[frozenset[Key]]]:
        levels = {test: self._trials.suspects.levels(test, seen) for test, seen in tests.items()}
        return {test: [keys - self._out for keys in found] for test, found in levels.items()}

    def _take_back(self, broken: Failing) -> None:
        """Find what broke the tests: first of those that break alone, then of those that break among others only."""
        steady = broken.keys() - self._unsteady
        alone = self._trials.still_broken("after, again", steady, self._out, whole=False) if steady else {}
        if alone:
            traced = self._trace(alone, whole=False)
            self._unsteady |= traced.unexplained
        else:
            traced = self._trace_among_others({test: broken[test] for test in broken.keys() & self._unsteady})
        self._unsteady |= steady - alone.keys()
        self._drop(traced.suspects)
        self._drop(traced.culprits)
        self._proven |= traced.culprits.keys()

    def _trace_among_others(self, broken: Failing) -> Traced:
        """Find what broke tests that broke in each run of all tests; once more before tells more of the flaky ones."""
        if broken:
            again = self._trials.run("before, again").tests
            self._flaky |= {test for test in broken if (seen := again.get(test)) and seen.broken}
        traced = self._trace({test: seen for test, seen in broken.items() if test not in self._flaky}, whole=True)
        self._flaky |= traced.unexplained
        found = (*traced.culprits.values(), *traced.suspects.values())
        self._unsteady -= {test for failing in found for test in failing}
        return traced

    def _trace(self, broken: Failing, *, whole: bool) -> Traced:
        # As long as pytest can't begin, what else is broken can't be seen: half of the runs are for that.
        kept = self._runs_left // 2 if SUITE in broken else 0

        def trial(dropped: frozenset[Key], tests: Collection[str], backwards: bool) -> Failing:
            phase = f"tracing, {self._max_runs - kept - tracing.runs_left} of {self._max_runs}"
            return self._trials.still_broken(
                phase, tests, dropped | self._out, whole=whole, backwards=backwards and not whole
            )

        tracing = Tracing(trial, self._trials.suspects.hint, self._runs_left - kept)
        traced = tracing.trace(broken, self._levels(broken))
        self._runs_left = tracing.runs_left + kept
        return traced

    def _drop(self, found: Mapping[Key, Failing]) -> None:
        for key, failing in found.items():
            self._dropped[key] = tuple(self._described(test, seen) for test, seen in failing.items())

    def _described(self, test: str, after: Observed | None) -> Broken:
        before = self._trials.before.tests.get(test)
        error = after.error if after else ""
        if before and after and not after.broken:
            error = "; ".join(newly_unawaited(before, after))
        return Broken(test, _outcome(before), _outcome(after), error)

    def _taken_back(self) -> list[TakenBack]:
        applied = {each.key for each in self._variants.report(self._out).applied} | self._left
        return [
            TakenBack(finding, self._dropped.get(key, ()), key in self._proven)
            for key, findings in self._variants.findings.items()
            for finding in findings
            if key not in applied
        ]


def _any_lost(comparisons: Iterable[Comparison]) -> bool:
    return any(each.verdict is Verdict.LOST for each in comparisons)


def _idle(run: SuiteRun) -> str | None:
    """Return what to say if no test ran."""
    if any(was_tried(test, seen) for test, seen in run.tests.items()):
        return None
    errors = Counter(error for each in run.tests.values() if (error := each.error.strip().partition("\n")[0]))
    return f"no test ran{f': {errors.most_common(1)[0][0]}' if errors else ''}"


def _outcome(seen: Observed | None) -> Outcome | None:
    return seen.outcome if seen else None
