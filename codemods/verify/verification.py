"""The records of a verification, which every report of it hangs off."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from codemods.model import Finding, Report
from codemods.verify.comparison import Comparison, Verdict
from codemods.verify.failures import Failure
from codemods.verify.running.interpreter import Interpreter
from codemods.verify.running.outcomes import Outcome, SuiteRun


@dataclass(frozen=True, slots=True)
class Broken:
    """One test that a finding broke."""

    test: str
    before: Outcome | None
    """What became of it without the finding; None of a file or suite that was collected."""
    after: Outcome | None
    """What became of it with the finding; None if it was gone."""
    error: str


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A finding that isn't applied in the end, and why."""

    finding: Finding
    broken: tuple[Broken, ...]
    """The tests that broke with it; none where it only builds on others that are taken back."""
    proven: bool
    """Whether they passed without it and broke with it, all else the same; else it is only under suspicion."""


@dataclass(frozen=True, slots=True)
class Warned:
    """A test that passes, and of which something is said in the end that wasn't said before."""

    test: str
    warnings: tuple[str, ...]
    findings: tuple[Finding, ...]
    """The nearest of the findings that are applied."""


@dataclass(frozen=True, slots=True)
class Verification:
    """A migration, proven by the suite."""

    report: Report
    """What is left of the migration."""
    comparisons: tuple[Comparison, ...] = ()
    """Each test before the migration and with what is left of it."""
    taken_back: tuple[TakenBack, ...] = ()
    runs: tuple[SuiteRun, ...] = ()
    """All runs, in their order; none where there was nothing to change."""
    untried: tuple[Finding, ...] = ()
    """The findings that the suite says nothing of: in files that no test imports, in tests that didn't run."""
    interpreter: Interpreter | None = None
    """The Python that all runs but the first used, where there is an old environment, else all runs."""
    old: Interpreter | None = None
    """The Python of the old environment."""
    failures: tuple[Failure, ...] = ()
    """What isn't green in the end."""
    warned: tuple[Warned, ...] = ()
    against: str | None = None
    """The revision that is compared with, where what was applied is proven; nothing is taken back then."""
    strict: bool = False
    """Whether a test is worse that makes coroutines which nothing awaits."""
    unproven: str | None = None
    """Why nothing is proven about the versions that the suite is migrated for."""
    tracing_runs: int = 0
    """How many of the runs searched for what broke tests."""

    def written(self, report: Report) -> Verification:
        """Return the same with the result of writing it."""
        return replace(self, report=report)

    @property
    def processes(self) -> int:
        """How often pytest was started."""
        return sum(each.processes for each in self.runs)

    @property
    def verdicts(self) -> Counter[Verdict]:
        """How many tests have each verdict."""
        return Counter(each.verdict for each in self.comparisons)

    @property
    def regressed(self) -> tuple[Comparison, ...]:
        """The tests that are worse in the end."""
        return self._with(Verdict.REGRESSED)

    @property
    def lost(self) -> tuple[Comparison, ...]:
        """The tests that pass in the old environment only."""
        return self._with(Verdict.LOST)

    def _with(self, verdict: Verdict) -> tuple[Comparison, ...]:
        return tuple(each for each in self.comparisons if each.verdict is verdict)
