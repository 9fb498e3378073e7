"""Runs of the suite with any choice of the findings, and what each of them breaks."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from codemods.edits.configuration import KIND, raise_requirement
from codemods.edits.making import does
from codemods.errors import UsageError
from codemods.model import Finding, Key
from codemods.verify.applied import Applied
from codemods.verify.comparison import Comparison, Verdict, compare, is_hidden, verdict, was_tried
from codemods.verify.running.outcomes import SUITE, Observed, Outcome, SuiteRun
from codemods.verify.running.suite_runner import SuiteRunner
from codemods.verify.running.working_copy import WorkingCopy
from codemods.verify.tracing.suspects import Failing, Suspects, is_in
from codemods.verify.tracing.variants import Variants

_OUTPUT = 12
"""Lines of what pytest printed that an error shows."""


class Trials:
    """The copy has the project's files, with the changes of whatever is being tried."""

    def __init__(
        self, variants: Variants | Applied, copy: WorkingCopy, runner: SuiteRunner, old: SuiteRunner | None = None,
        *, strict: bool = False,
    ) -> None:  # fmt: skip
        """Run the suite as it is.

        Args:
            variants: The migration.
            copy: The copy of the project.
            runner: What runs the suite in the environment that it is migrated for.
            old: What runs it in the one that it comes from.
            strict: Whether a test is worse that makes coroutines which nothing awaits.

        Raises:
            UsageError: There is no test, or the changed files aren't imported from the copy.
        """
        self._variants = variants
        self._copy = copy
        self._runner = runner
        self.strict = strict
        self.runs: list[SuiteRun] = []
        """Those in the environment that the suite is migrated for."""
        copy.write(variants.before)
        self.old = old.run("before, in the old environment") if old else None
        self.before = self.run("before")
        runner.known = self.before.tests
        if not self.before.tests and variants.findings:
            raise UsageError("pytest found no test", *shown(self.before))
        if self.old:
            self.old = _from_rootdir(self.old, self.before.rootdir)
        self._refuse_outside_copy()

    def run(
        self, phase: str, tests: Collection[str] | None = None, dropped: Collection[Key] | None = None,
        *, backwards: bool = False,
    ) -> SuiteRun:  # fmt: skip
        """Run the suite or some tests, before the migration or without the findings in ``dropped``.

        What is seen of the tests has the lines of the original files.
        """
        contents = self._variants.before if dropped is None else self._variants.contents(dropped)
        self._copy.write(contents)
        known = self.runs[0] if self.runs else self.old
        expected = len(tests) if tests is not None else len(known.collected) if known else 0
        run = self._runner.run(phase, tests, expected, backwards=backwards)
        if dropped is not None and contents:
            after = {path: data for path, data in contents.items() if data is not None}
            seen = {test: self.suspects.in_original(each, after) for test, each in run.tests.items()}
            run = replace(run, tests=seen)
        self.runs.append(run)
        return self.runs[-1]

    def _refuse_outside_copy(self) -> None:
        outside = sorted(self.before.outside_copy & self._variants.files(()).keys())
        if outside:
            listed = "".join(f"\n  {each}" for each in outside[:10])
            raise UsageError(
                f"nothing can be proven: the tests import these from {self._copy.origin} and not from the copy that "
                f"they run in{listed}"
            )

    def unsteady_failures(self) -> set[str]:
        """Repeat what failed before the migration, and return the tests that don't fail again."""
        repeatable = (Outcome.FAILED, Outcome.ERROR)
        failed = [test for test, seen in self.before.tests.items() if seen.outcome in repeatable]
        again = self.run("before, again", failed).tests if failed else {}
        return {test for test in failed if (seen := again.get(test)) and not seen.broken}

    @cached_property
    def suspects(self) -> Suspects:
        """The findings, seen from the tests."""
        files = {path: each.before for path, each in self._variants.files(()).items()}
        return self.seen_from_tests(self._variants.findings, files)

    def seen_from_tests(self, keys: Collection[Key], files: Mapping[str, bytes]) -> Suspects:
        """Return findings as they are seen from the tests.

        Args:
            keys: The findings.
            files: The content of the files that they stand in, by path.
        """
        return Suspects(keys, files, self.before.collected, self.before.imported, self._path_of)

    def untried(self) -> set[Key]:
        """Return the findings that no run says anything of: in files that no test imports, in tests that never ran."""
        seen = [each for run in self.runs for each in run.tests.items()]
        known = {test for run in self.runs for test in (*run.collected, *run.deselected)}
        ran = {self.suspects.function(test) for test, each in seen if was_tried(test, each)}
        idle = {self.suspects.function(test) for test in known} - ran
        imported = {path for run in self.runs for path in run.imported} | {path for path, _ in ran}
        return {
            key for key, findings in self._variants.findings.items()
            if (key[0] not in imported and not any(map(_configures_pytest, findings)))
            or any(is_in(key, each) for each in idle if each[0] == key[0])
        }  # fmt: skip

    def _path_of(self, name: str) -> str:
        """Return the path from the project's root for one from pytest's."""
        rootdir = Path(self.before.rootdir or self._copy.root)
        return Path(os.path.relpath(rootdir / name, self._copy.root)).as_posix()

    def broken(self, run: SuiteRun, flaky: Collection[str]) -> dict[str, Observed | None]:
        """Return the tests that regressed in the last run, or what stands for them: their file, or the suite."""
        found = self.compared(run, flaky)
        broken = {each.test: each.after for each in found if each.verdict is Verdict.REGRESSED}
        if SUITE in broken:
            return {SUITE: broken[SUITE]}
        files = {test for test in broken if "::" not in test}
        return {test: seen for test, seen in broken.items() if test in files or test.partition("::")[0] not in files}

    def still_broken(
        self, phase: str, tests: Collection[str], dropped: Collection[Key], *, whole: bool, backwards: bool = False
    ) -> Failing:
        """Run tests, alone or as a ``whole`` with all others, and return those that are worse than before."""
        run = self.run(phase, None if whole else tests, dropped, backwards=backwards)
        after = run.tests
        return {
            test: after.get(test) or after.get(test.partition("::")[0]) or after.get(SUITE)
            for test in tests
            if self._verdict(test, after) is Verdict.REGRESSED
        }

    def _verdict(self, test: str, after: Mapping[str, Observed]) -> Verdict:
        before = self.before.tests
        hidden = is_hidden(test, before)
        return verdict(test, before.get(test), after.get(test), strict=self.strict, was_hidden=hidden)

    def compared(self, run: SuiteRun, flaky: Collection[str]) -> Iterator[Comparison]:
        """Yield what became of each test until a run."""
        old = self.old.tests if self.old else None
        return compare(self.before.tests, run.tests, flaky, old, strict=self.strict)


def _from_rootdir(run: SuiteRun, rootdir: str | None) -> SuiteRun:
    """Return a run with the node ids that its tests have where pytest takes another folder for the root."""
    if run.rootdir is None or rootdir is None or run.rootdir == rootdir:
        return run

    def moved(test: str) -> str:
        path, colons, names = test.partition("::")
        return test and Path(os.path.relpath(os.path.join(str(run.rootdir), path), rootdir)).as_posix() + colons + names

    return replace(run, tests={moved(test): seen for test, seen in run.tests.items()}, rootdir=rootdir)


def _configures_pytest(finding: Finding) -> bool:
    """Say whether a fix changes what every run reads: an option of pytest, and not what is to be installed."""
    edits = finding.fix.edits if finding.fix else ()
    return any(edit.kind == KIND and not does(edit, raise_requirement) for edit in edits)


def shown(run: SuiteRun) -> list[str]:
    """Return the end of what pytest printed, to stand below a message."""
    return [f"  {line}" for line in run.output.rstrip().splitlines()[-_OUTPUT:]]
