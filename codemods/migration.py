"""The work on the files of a project, which can be done again with only some of its findings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.config import Settings
from codemods.discovery import Found, discover
from codemods.engine.collecting import without_collecting
from codemods.engine.passes import Passes, Surroundings
from codemods.engine.run import run
from codemods.engine.task import Task
from codemods.errors import FileError, UsageError
from codemods.model import FileResult, Key, Note, Report, Status
from codemods.rules import Registration, registrations
from codemods.selection import Selection
from codemods.semantics.pytest.projects.evidence import is_configuration, is_evidence
from codemods.walking import Listings
from codemods.workspace import Workspace

if TYPE_CHECKING:
    from codemods.rules.base import Rule
    from codemods.semantics.pytest.projects.project import Project

Progress = Callable[[int, int], None]


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
        listings = Listings()
        self._workspace = Workspace(
            root, python=settings.python, target=settings.target_version, evidence=settings.evidence,
            include_non_tests=settings.include_non_tests, listings=listings,
        )  # fmt: skip
        self._selection = Selection(settings, (*registrations(), *map(Registration.of, rules)))
        self._first_round = first_round
        found = discover(paths, root, is_evidence, listings)
        self._notes: list[Note] = []
        self._work = [self._task(each) for each in self._writable(found)]
        self._results: Mapping[str, FileResult] = {}
        self._known: dict[tuple[str, frozenset[Key] | None], FileResult] = {}
        settings_files = (each.path for each in found if each.is_file and is_configuration(each.path))
        self._settings = [*settings_files] if self._selection.project_rules else []

    def _writable(self, found: Sequence[Found]) -> list[Found]:
        python = [each for each in found if each.error or each.path.suffix == ".py" or not is_configuration(each.path)]
        self._workspace.refuse_broken_root({each.path.parent for each in python if each.is_file})
        work = [each for each in python if each.error or (each.is_file and self._workspace.may_write(each.path))]
        self._workspace.keep(frozenset(each.path for each in work))
        self._notes += self._noted(found)
        left_out = [each for each in python if each.named and each not in work and not is_configuration(each.path)]
        if left_out:
            self._notes.append(Note(left_out_text(len(left_out))))
        return work

    def _noted(self, found: Sequence[Found]) -> Iterator[Note]:
        """Yield what is to be said of links that could be tests, and of ignore files."""
        for each in found:
            if each.note and (each.path.suffix != ".py" or self._workspace.may_write(each.path)):
                yield Note(each.note, self._workspace.relative(each.path))

    def _task(self, found: Found) -> Task | FileResult:
        try:
            if found.error:
                raise FileError(found.error)
            return self._workspace.task(found.path, self._selection, first_round=self._first_round)
        except (FileError, UsageError) as error:
            return FileResult(self._workspace.relative(found.path), Status.FAILED, error=str(error))

    @without_collecting
    def run(self, progress: Progress | None = None) -> Report:
        """Return what is found and what the files would become.

        Args:
            progress: Called with how many files are done, and of how many.
        """
        tasks = [each for each in self._work if isinstance(each, Task)]
        self._results = results = self._passes(progress).run(tasks, self._others())
        return self._report(results)

    @without_collecting
    def only(self, keys: Iterable[Key]) -> Report:
        """Return the same when no other findings than these are accepted.

        Call it after ``run``.
        """
        accepted = frozenset(keys)
        by_path: defaultdict[str, set[Key]] = defaultdict(set)
        for key in accepted:
            by_path[key[0]].add(key)
        work = [each for each in self._work if isinstance(each, Task)]
        tasks = [replace(each, only=frozenset(by_path[each.path])) for each in work if self._may_change(each)]
        clean = [self._results[each.path] for each in work if not self._may_change(each)]
        passes = Passes(self._workspace, self._selection, self._run_once)
        results = passes.run(tasks, [*clean, *self._others()], accepted)
        return self._report(results)

    def projects(self) -> list[Project]:
        """Return the facts about the projects of the files that change, else of all; call it after ``run``."""
        changed = [path for path, each in self._results.items() if each.after != each.before]
        found = map(self._workspace.project, changed or self._results)
        return list({id(project): project for project in found}.values())

    def _may_change(self, task: Task) -> bool:
        result = self._results[task.path]
        return bool(result.findings or result.error or result.after != result.before)

    def _run_once(self, files: Surroundings, tasks: Sequence[Task], meanwhile: Callable[[], None]) -> list[FileResult]:
        """Run tasks, but those not again that ran before with the same choice of the findings of their file."""
        fresh = [each for each in tasks if each.earlier is not None or (each.path, each.only) not in self._known]
        done = {each.path: each for each in run(fresh, files, self._jobs, meanwhile=meanwhile)}
        self._known.update({(each.path, each.only): done[each.path] for each in fresh if each.earlier is None})
        return [done.get(each.path) or self._known[each.path, each.only] for each in tasks]

    def _passes(self, progress: Progress | None) -> Passes:
        return Passes(
            self._workspace, self._selection,
            lambda files, tasks, meanwhile: run(tasks, files, self._jobs, progress, meanwhile),
            first_round=self._first_round,
        )  # fmt: skip

    def _others(self) -> list[FileResult]:
        """Return the files that have no task: those that can't be read, and those with the configuration."""
        failed = [each for each in self._work if isinstance(each, FileResult)]
        worked_on = {each.path for each in self._work}
        paths = {self._workspace.relative(each): each for each in self._settings}
        return [
            *failed,
            *(_unchanged(path, self._workspace, file) for path, file in paths.items() if path not in worked_on),
        ]

    def _report(self, results: Mapping[str, FileResult]) -> Report:
        worked_on = {each.path for each in self._work}
        changed = {path for path, each in results.items() if each.findings or each.status is not Status.CLEAN}
        shown = (each for path, each in results.items() if path in worked_on | changed)
        in_order = sorted(shown, key=lambda each: (self.root / each.path).parts)
        return Report(self.root, tuple(in_order), tuple(self._notes))


def left_out_text(number: int) -> str:
    """Return what to say of named files that don't belong to the tests."""
    if number == 1:
        return "1 named file is left alone, since it isn't of the tests: --include-non-tests takes it too."
    return f"{number} named files are left alone, since they aren't of the tests: --include-non-tests takes them too."


def _unchanged(path: str, workspace: Workspace, file: Path) -> FileResult:
    try:
        data = workspace.read(file)
    except FileError as error:
        return FileResult(path, Status.FAILED, error=str(error))
    return FileResult(path, Status.CLEAN, before=data, after=data)
