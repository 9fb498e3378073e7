"""The work on the files of a project, which can be done again with only some of its findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from codemods.config import Settings
from codemods.discovery import Found, discover
from codemods.engine.file import Task, is_wiser
from codemods.engine.run import run
from codemods.errors import FileError, UsageError
from codemods.model import FileResult, Key, Report, Status
from codemods.rules import Rule, all_rules
from codemods.selection import Selection
from codemods.workspace import Workspace

Progress = Callable[[int, int], None]
Runner = Callable[[Sequence[Task]], Sequence[FileResult]]
_ANSWERS = 5
"""How often the rules may ask on about what they were told: a fixture's class, its method, what that gives."""


class Migration:
    """What there is to do below some paths; nothing is written."""

    def __init__(
        self, paths: Sequence[Path], root: Path, settings: Settings, *, rules: Iterable[Rule] = (),
        first_round: bool = False,
    ) -> None:  # fmt: skip
        """Read the files.

        Args:
            paths: Files and folders; nothing outside them changes.
            root: The root of their project.
            settings: Which rules run.
            rules: Rules beside those that come with the tool.
            first_round: Only find.

        Raises:
            UsageError: A path is missing, or a setting or the pytest configuration is wrong.
        """
        self.root = root
        self._jobs = settings.jobs
        self._workspace = Workspace(root, python=settings.python)
        selection = Selection(settings, (*all_rules(), *rules))
        self._work = [self._task(each, selection, first_round) for each in self._writable(discover(paths, root))]

    def _writable(self, found: Sequence[Found]) -> list[Found]:
        named = frozenset(each.path for each in found if each.named)
        work = [each for each in found if each.error or self._workspace.may_write(each.path, named)]
        self._workspace.keep(frozenset(each.path for each in work))
        return work

    def _task(self, found: Found, selection: Selection, first_round: bool) -> Task | FileResult:
        try:
            if found.error:
                raise FileError(found.error)
            return self._workspace.task(found.path, selection, first_round=first_round)
        except (FileError, UsageError) as error:
            return FileResult(self._workspace.relative(found.path), Status.FAILED, error=str(error))

    def run(self, progress: Progress | None = None) -> Report:
        """Return what is found and what the files would become.

        Args:
            progress: Called with how many files are done, and of how many.
        """
        indices = [index for index, each in enumerate(self._work) if isinstance(each, Task)]
        tasks = [each for each in self._work if isinstance(each, Task)]
        tasks, results = run_informed(self._workspace, tasks, lambda these: run(these, self._jobs, progress))
        found = list(self._work)
        for index, task, result in zip(indices, tasks, results, strict=True):
            self._work[index], found[index] = task, result
        return Report(self.root, tuple(each for each in found if isinstance(each, FileResult)))

    def only(self, keys: Iterable[Key], paths: Iterable[str]) -> dict[str, FileResult]:
        """Return what the files at ``paths`` become, by path, when no other findings than these are accepted.

        Call it after ``run``, which looks up what the files import from each other.
        """
        chosen, accepted = frozenset(paths), frozenset(keys)
        tasks = [each for each in self._work if isinstance(each, Task) and each.path in chosen]
        results = run([replace(each, only=accepted) for each in tasks], self._jobs)
        return {each.path: each for each in results}


def run_informed(workspace: Workspace, tasks: Sequence[Task], runner: Runner) -> tuple[list[Task], list[FileResult]]:
    """Run the tasks, and those again whose rules asked about other files, until they are told all that there is.

    Returns:
        The tasks as they ran last, and their results.
    """
    done, results = list(tasks), list(runner(tasks))
    waiting = list(range(len(done)))
    for _ in range(_ANSWERS):
        asked = {index: workspace.resolve(done[index], results[index]) for index in waiting}
        again = {index: task for index, task in asked.items() if is_wiser(task, done[index])}
        done = [asked.get(index, task) for index, task in enumerate(done)]
        waiting = list(again)
        for index, result in zip(again, runner(list(again.values())), strict=True):
            results[index] = result
        if not waiting:
            break
    return done, results
