"""All files through all passes: each file by itself, then what only all of them together show, until nothing is left.

A finding that spans files is applied in all of them or in none. After it, each file is looked at again, with what it
asked about the others asked anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from codemods.engine.project import Refusal, apply_stage
from codemods.engine.project_rules import ProjectRules, Unfiltered
from codemods.engine.task import Files, Task
from codemods.model import FileResult, Finding, Key, Question, Status
from codemods.selection import Selection

if TYPE_CHECKING:
    from codemods.engine.workers import Aside
    from codemods.rules.base import ProjectContext

_PASSES = 10


class Surroundings(Files, Protocol):
    """What is known of the files beside the one that is looked at, as they are at the moment."""

    def answer(self, path: str, question: Question) -> Any:
        """Return the answer to a question that a file asks."""

    def project_context(self, reported: Collection[str]) -> ProjectContext:
        """Return what the rules of the project see; findings in other files than these are not listed."""

    def now(self, contents: Mapping[str, bytes]) -> Surroundings:
        """Return the same with other contents of some files."""

    def forget(self) -> None:
        """Let go of what takes memory and can be found out again."""

    def renewed(self, task: Task, earlier: FileResult) -> Task:
        """Return the task that goes on from ``earlier``, with the configuration of the moment."""


Runner = Callable[[Surroundings, Sequence[Task], Callable[[], None]], Sequence[FileResult]]
"""Works on tasks; what it gets last is called before processes do so, if any do."""


class Passes:
    """The work on some files, which can be done again with only some of its findings."""

    def __init__(
        self, surroundings: Surroundings, selection: Selection, runner: Runner, *, first_round: bool = False
    ) -> None:
        """Prepare.

        Args:
            surroundings: The other files.
            selection: Which rules run.
            runner: What does the work on single files.
            first_round: Only find.
        """
        self._unfiltered: Unfiltered | None = None
        self._start = surroundings
        self._selection = selection
        self._runner = runner
        self._first_round = first_round
        self._contents: Mapping[str, bytes] = {}
        self._changed = surroundings

    def run(
        self, tasks: Sequence[Task], others: Sequence[FileResult] = (), only: frozenset[Key] | None = None
    ) -> dict[str, FileResult]:
        """Go through all passes.

        Args:
            tasks: The Python files.
            others: Further files that may change, and those that failed before.
            only: The findings that may be accepted; by default all.

        Returns:
            What became of all files, by path.
        """
        first = self._first(tasks, others)
        results = {each.path: each for each in (*first, *others)}
        if self._first_round and not self._selection.project_rules:
            return results
        while True:
            # A finding that spans files is applied in all of them: if one fails, all begins again without it.
            done, failures = self._together(tasks, results, only)
            if not failures:
                return done
            results.update({path: _failed(results[path], reason) for path, reason in failures.items()})

    def _first(self, tasks: Sequence[Task], others: Sequence[FileResult]) -> Sequence[FileResult]:
        """Return what the rules find in each file; where processes look for it, those of the project look meanwhile."""
        paths = (*(each.path for each in tasks), *(each.path for each in others))
        work = partial(_unfiltered, self._start, self._selection, paths)
        with ExitStack() as stack:
            asides: list[Aside[Unfiltered]] = []

            def begin() -> None:
                from codemods.engine.workers import Aside  # where processes work, it is loaded

                asides.append(stack.enter_context(Aside(work)))

            apart = self._first_round and self._selection.project_rules
            first = self._runner(self._start, tasks, begin if apart else _nothing)
            self._unfiltered = asides[0].result() if asides else None
        return first

    def _together(
        self, tasks: Sequence[Task], results: dict[str, FileResult], only: frozenset[Key] | None
    ) -> tuple[dict[str, FileResult], Mapping[str, str]]:
        """Go through the passes over all files together.

        Returns:
            What became of the files, and the reasons why some have to stay as they were, by path.
        """
        by_path = {each.path: each for each in tasks}
        rules, refused, codes = ProjectRules(self._selection), frozenset[Refusal](), list[Collection[str]]()
        for number in range(2, 2 + _PASSES):
            found = self._found(rules, results, number)
            stage = apply_stage(
                found, results, self._selection, only, refused, first_round=self._first_round,
                project=lambda path: by_path[path].project if path in by_path else None,
            )  # fmt: skip
            results, refused = _following(results, stage.listed()), refused | stage.refused
            if self._first_round or stage.failures:
                return results | rules.failed(), stage.failures
            surroundings = self._now(results)
            stale = self._stale(surroundings, by_path, results, stage.changed)
            if not stale and not stage.changed:
                return results | rules.failed(), {}
            codes.append({each.code for each in found if each.id in stage.applied})
            again = [surroundings.renewed(by_path[path], results[path]) for path in stale]
            changed = self._runner(surroundings, again, _nothing)
            if failures := {each.path: each.error for each in changed if each.error}:
                return results, failures
            results = _following(results, {**results, **{each.path: each for each in changed}})
        names = ", ".join(sorted({code for each in codes[-2:] for code in each}))
        reason = f"not stable after {_PASSES} passes of {names}: left as it was; please report it"
        return results, dict.fromkeys({*stale, *stage.changed}, reason)

    def _found(self, rules: ProjectRules, results: Mapping[str, FileResult], number: int) -> list[Finding]:
        if not self._selection.project_rules:
            return []
        return rules.find(self._now(results).project_context(results.keys()), results, number, self._unfiltered)

    def _stale(
        self, surroundings: Surroundings, paths: Iterable[str], results: Mapping[str, FileResult],
        changed: Collection[str],
    ) -> list[str]:  # fmt: skip
        """Return the files to look at again: those that changed, and those that asked about what has changed."""
        if surroundings is self._start:
            return []
        return [
            path for path in paths if results[path].status is not Status.FAILED
            and (path in changed or _answers_changed(surroundings, results[path]))
        ]  # fmt: skip

    def _now(self, results: Mapping[str, FileResult]) -> Surroundings:
        contents = {path: each.after for path, each in results.items() if each.after != each.before}
        if self._first_round or not contents:
            return self._start
        if contents != self._contents:
            self._start.forget()
            self._changed.forget()
            self._contents, self._changed = contents, self._start.now(contents)
        return self._changed


def _nothing() -> None:
    """Do nothing meanwhile."""


def _unfiltered(surroundings: Surroundings, selection: Selection, paths: Collection[str]) -> Unfiltered:
    return ProjectRules(selection).unfiltered(surroundings.project_context(paths))


def _following(results: Mapping[str, FileResult], now: Mapping[str, FileResult]) -> dict[str, FileResult]:
    """Return the results with what changed between the two noted to follow what had changed before it."""
    changed = {path for path, each in results.items() if each.after != each.before}
    return {
        path: replace(each, follows=tuple(sorted({*results[path].follows, *changed} - {path})))
        if path in results and each.after != results[path].after else replace(each, follows=results[path].follows)
        for path, each in now.items()
    }  # fmt: skip


def _failed(result: FileResult, reason: str) -> FileResult:
    """Return the result of a file that stays as it was before the project's rules had their say, for an error."""
    return FileResult(result.path, Status.FAILED, before=result.before, after=result.before, error=reason)


def _answers_changed(surroundings: Surroundings, result: FileResult) -> bool:
    """Say whether the rules would get other answers than they did, now that files have changed."""
    from codemods.semantics.answers import without_place  # which nothing that is only checked asks

    return any(
        without_place(surroundings.answer(result.path, question)) != without_place(answer)
        for question, answer in result.answers.items()
    )
