"""The course of a verification: the suite before, after, and again until nothing that is left breaks a test."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from codemods.errors import UsageError
from codemods.model import Key
from codemods.verify.comparison import Verdict, compare, verdict
from codemods.verify.interpreter import Interpreter
from codemods.verify.outcomes import SUITE, Observed, Outcome, SuiteRun
from codemods.verify.suite_runner import SuiteRunner
from codemods.verify.suspects import OWN_FILE, Failing, Suspects
from codemods.verify.tracing import Traced, Tracing
from codemods.verify.variants import Variants
from codemods.verify.verification import Broken, TakenBack, Verification
from codemods.verify.working_copy import WorkingCopy

_ROUNDS = 6
_OUTPUT = 12
"""Lines of what pytest printed that an error shows."""


class Verifier:
    """One verification. The copy has the project's files, with the changes of whatever is being tried."""

    def __init__(self, variants: Variants, copy: WorkingCopy, runner: SuiteRunner, max_runs: int) -> None:
        """Begin.

        Args:
            variants: The migration.
            copy: Where the suite runs.
            runner: What runs it.
            max_runs: How many runs may search for what broke tests.
        """
        self._variants = variants
        self._copy = copy
        self._runner = runner
        self._max_runs = self._runs_left = max_runs
        self._runs: list[SuiteRun] = []
        self._dropped: dict[Key, tuple[Broken, ...]] = {}
        self._proven: set[Key] = set()
        self._flaky: set[str] = set()
        self._unsteady: set[str] = set()
        """The tests that broke in a run of all tests and not alone."""

    def verify(self, interpreter: Interpreter) -> Verification:
        """Run the suite as often as it takes.

        Raises:
            UsageError: Nothing can be proven: no test runs, neither before nor after.
        """
        self._before = self._run("before")
        self._runner.known = self._before.tests
        self._check_before()
        self._repeat_failures()
        files = self._variants.files(())
        self._suspects = Suspects(
            self._variants.findings, {path: each.before for path, each in files.items()},
            self._before.collected, self._path_of,
        )  # fmt: skip
        after = self._settle()
        if SUITE in self._before.tests and SUITE in after.tests:
            raise UsageError(f"pytest can't run the suite, neither before nor after{_shown(after.output)}")
        flaky = self._flaky | self._unsteady
        comparisons = compare(self._before.tests, after.tests, flaky)
        return Verification(
            self._variants.report(self._dropped), tuple(comparisons), tuple(self._taken_back()), tuple(self._runs),
            interpreter, self._max_runs - self._runs_left,
        )  # fmt: skip

    def _run(
        self, phase: str, tests: Collection[str] | None = None, dropped: Collection[Key] | None = None
    ) -> SuiteRun:
        """Run the suite or some tests, before the migration or without the findings in ``dropped``."""
        self._contents = {} if dropped is None else self._variants.contents(dropped)
        self._copy.write(self._contents)
        expected = len(tests) if tests is not None else len(self._runs[0].collected) if self._runs else 0
        self._runs.append(self._runner.run(phase, tests, expected))
        return self._runs[-1]

    def _check_before(self) -> None:
        if not self._before.tests:
            raise UsageError(f"pytest found no test{_shown(self._before.output)}")
        foreign = sorted(self._before.foreign & self._variants.files(()).keys())
        if foreign:
            listed = "".join(f"\n  {each}" for each in foreign[:10])
            raise UsageError(
                f"nothing can be proven: the tests import these from {self._copy.origin} and not from the copy that "
                f"they run in{listed}"
            )

    def _repeat_failures(self) -> None:
        repeatable = (Outcome.FAILED, Outcome.ERROR)
        failed = [test for test, seen in self._before.tests.items() if seen.outcome in repeatable]
        if failed:
            again = self._run("before, again", failed).tests
            self._flaky |= {test for test in failed if (seen := again.get(test)) and not seen.broken}

    def _path_of(self, name: str) -> str:
        """Return the path from the project's root for one from pytest's."""
        rootdir = Path(self._before.rootdir or self._copy.root)
        return Path(os.path.relpath(rootdir / name, self._copy.root)).as_posix()

    def _settle(self) -> SuiteRun:
        """Take back what breaks tests until nothing is broken, and return the run that shows it."""
        after = self._run("after", dropped=())
        for _ in range(_ROUNDS):
            broken = self._broken(after)
            if not broken:
                return after
            self._take_back(broken)
            after = self._run("after, without what broke", dropped=self._dropped)
        for depth in (OWN_FILE, None):
            broken = self._broken(after)
            if broken:
                for test, keys in self._levels(broken).items():
                    self._drop({key: {test: broken[test]} for level in keys[:depth] for key in level})
                after = self._run("after, without what is suspect", dropped=self._dropped)
        self._flaky |= self._broken(after).keys()
        return after

    def _broken(self, run: SuiteRun) -> dict[str, Observed | None]:
        """Return the tests that regressed in a run, or what stands for them: their file, or the suite."""
        found = compare(self._before.tests, run.tests, self._flaky)
        broken = {each.test: each.after for each in found if each.verdict is Verdict.REGRESSED}
        if SUITE in broken:
            return {SUITE: self._in_original(broken[SUITE])}
        files = {test for test in broken if "::" not in test}
        alone = {test: seen for test, seen in broken.items() if test in files or test.partition("::")[0] not in files}
        return {test: self._in_original(seen) for test, seen in alone.items()}

    def _in_original(self, seen: Observed | None) -> Observed | None:
        return seen and self._suspects.in_original(seen, self._contents)

    def _levels(self, tests: Failing) -> dict[str, list[frozenset[Key]]]:
        return {
            test: [keys - self._dropped.keys() for keys in self._suspects.levels(test, seen)]
            for test, seen in tests.items()
        }

    def _take_back(self, broken: Failing) -> None:
        """Find what broke the tests: first of those that break alone, then of those that break among others only."""
        steady = {test for test in broken if test not in self._unsteady}
        alone = self._still_broken("after, again", steady, frozenset()) if steady else {}
        if alone:
            traced = self._trace(alone, whole=False)
            self._unsteady |= traced.unexplained
        else:
            again = self._run("before, again")
            self._flaky |= {test for test in self._unsteady if (seen := again.tests.get(test)) and seen.broken}
            among_others = broken.keys() & self._unsteady - self._flaky
            traced = self._trace({test: broken[test] for test in among_others}, whole=True)
            self._flaky |= traced.unexplained
            self._unsteady -= {test for failing in traced.culprits.values() for test in failing}
        self._unsteady |= steady - alone.keys()
        self._drop(traced.suspects)
        self._drop(traced.culprits)
        self._proven |= traced.culprits.keys()

    def _trace(self, broken: Failing, *, whole: bool) -> Traced:
        def trial(dropped: frozenset[Key], tests: Collection[str]) -> Failing:
            number = self._max_runs - tracing.runs_left
            return self._still_broken(f"tracing, {number} of {self._max_runs}", tests, dropped, whole=whole)

        tracing = Tracing(trial, self._suspects.hint, self._runs_left)
        traced = tracing.trace(broken, self._levels(broken))
        self._runs_left = tracing.runs_left
        return traced

    def _still_broken(
        self, phase: str, tests: Collection[str], dropped: frozenset[Key], *, whole: bool = False
    ) -> dict[str, Observed | None]:
        """Run tests, alone or with all others, and return those that are worse than before."""
        run = self._run(phase, None if whole else tests, dropped | self._dropped.keys())
        before, after = self._before.tests, run.tests
        return {
            test: self._in_original(after.get(test) or after.get(test.partition("::")[0]) or after.get(SUITE))
            for test in tests
            if verdict(test, before.get(test), after.get(test)) is Verdict.REGRESSED
        }

    def _drop(self, found: Mapping[Key, Failing]) -> None:
        for key, failing in found.items():
            self._dropped[key] = tuple(self._described(test, seen) for test, seen in failing.items())

    def _described(self, test: str, after: Observed | None) -> Broken:
        before = self._before.tests.get(test)
        return Broken(test, _outcome(before), _outcome(after), after.error if after else "")

    def _taken_back(self) -> list[TakenBack]:
        left = self._variants.report(self._dropped)
        applied = {each.key for file in left.files for each in file.findings if each.id in file.applied}
        return [
            TakenBack(finding, self._dropped.get(key, ()), key in self._proven)
            for key, findings in self._variants.findings.items()
            for finding in findings
            if key not in applied
        ]


def _outcome(seen: Observed | None) -> Outcome | None:
    return seen.outcome if seen else None


def _shown(output: str) -> str:
    return "".join(f"\n  {line}" for line in output.rstrip().splitlines()[-_OUTPUT:])
