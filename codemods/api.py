"""The work of the commands, for other programs: nothing is printed, and only ``write_changes`` writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from codemods import git, source
from codemods.analysis.evidence import is_evidence
from codemods.analysis.project import Project
from codemods.analysis.projects import Projects
from codemods.analysis.pytest_config import PytestConfig
from codemods.analysis.pytest_lookup import PytestConfigs
from codemods.config import Settings, load_settings
from codemods.discovery import Found, discover, find_root
from codemods.engine.file import Task, migrate_file
from codemods.engine.prefilter import may_have_findings
from codemods.engine.run import run
from codemods.errors import FileError, UsageError
from codemods.model import FileResult, Status
from codemods.rules import all_rules
from codemods.scope import WriteScope
from codemods.selection import Selection

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Report:
    """The results of a run; their paths are posix and relative to ``root``."""

    root: Path
    files: tuple[FileResult, ...]


def migrate_source(
    code: str | bytes,
    *,
    path: str = "test_module.py",
    settings: Settings | None = None,
    config: PytestConfig | None = None,
    project: Project | None = None,
    first_round: bool = False,
) -> FileResult:
    """Migrate one file's text, without looking at the disk.

    Args:
        code: The source; bytes keep their encoding, BOM and line ends.
        path: The file's path, posix; the name decides whether it is a test module.
        settings: Which rules run and which fixes are applied; by default the safe fixes of the default rules.
        config: The pytest configuration; by default an empty one, which means strict mode.
        project: What is known of the project; by default that its tests are pytest-asyncio's.
        first_round: Only find: apply nothing.

    Raises:
        UsageError: The settings name an unknown rule.
    """
    data = code.encode() if isinstance(code, str) else code
    selection = Selection(settings or Settings(), all_rules())
    known = project or assumed_project(Path())
    return migrate_file(Task(path, data, config or PytestConfig(), known, selection, first_round))


def assumed_project(root: Path) -> Project:
    """Return a project of which nothing is known but that it has pytest-asyncio."""
    from codemods.model import Evidence

    return Project(root, pytest_asyncio=Evidence("", 0, ""))


def migrate_paths(
    paths: Sequence[Path] = (),
    settings: Settings | None = None,
    *,
    progress: Progress | None = None,
    first_round: bool = False,
) -> Report:
    """Find what there is to migrate below ``paths`` and what the files would become; nothing is written.

    Args:
        paths: Files and folders, by default the current folder; nothing outside them changes.
        settings: Which rules run; by default those of ``[tool.codemods]``.
        progress: Called with how many files are done, and of how many.
        first_round: Only find, as ``codemods check`` does.

    Raises:
        UsageError: A path is missing, or a setting or the pytest configuration is wrong.
    """
    paths = [Path(each) for each in paths] or [Path()]
    root = find_root(paths)
    settings = settings or load_settings(_folder(paths[0]), root)
    selection = Selection(settings, all_rules())
    return _Run(root, paths, selection, first_round).report(settings.jobs, progress)


def _folder(path: Path) -> Path:
    absolute = path.absolute()
    return absolute if absolute.is_dir() else absolute.parent


class _Run:
    """One run over the files of one project."""

    def __init__(self, root: Path, paths: Sequence[Path], selection: Selection, first_round: bool) -> None:
        self._root = root
        self._found = discover(paths, root)
        self._selection = selection
        self._first_round = first_round
        self._configs = PytestConfigs(root)
        self._contents: dict[Path, bytes] = {}

    def report(self, jobs: int | None, progress: Progress | None) -> Report:
        """Read each file once, as evidence and, where it may be written, as work."""
        named = [each.path for each in self._found if each.named]
        scope = WriteScope(self._root, self._configs, named)
        work = [each for each in self._found if each.error or self._is_work(scope, each.path)]
        self._wanted = {each.path for each in work}
        projects = Projects(self._root, self._witnesses(), self._read, self._configs)
        planned = [self._task(each, projects) for each in work]
        tasks = [each for each in planned if isinstance(each, Task)]
        results = iter(run(tasks, jobs, progress))
        return Report(self._root, tuple(next(results) if isinstance(each, Task) else each for each in planned))

    def _is_work(self, scope: WriteScope, path: Path) -> bool:
        try:
            return scope.may_write(path)
        except UsageError:
            if path.parent == self._root:
                raise
            return True  # a broken configuration further down, often test data, fails its own files only

    def _read(self, path: Path) -> bytes:
        if path in self._contents:
            return self._contents[path]
        data = source.read(path)
        if path in self._wanted:
            self._contents[path] = data
        return data

    def _witnesses(self) -> list[Path]:
        found = discover([self._root], self._root, is_evidence)
        return [each.path for each in found if each.error is None]

    def _task(self, found: Found, projects: Projects) -> Task | FileResult:
        path = self._relative(found.path)
        if found.error:
            return FileResult(path, Status.FAILED, error=found.error)
        try:
            data = self._read(found.path)
            config = self._configs.at(found.path.parent)
        except (FileError, UsageError) as error:
            return FileResult(path, Status.FAILED, error=str(error))
        if not may_have_findings(data, self._selection):
            return FileResult(path, Status.CLEAN, before=data, after=data)
        return Task(path, data, config, projects.at(found.path), self._selection, self._first_round)

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else path.as_posix()


def write_changes(report: Report, *, allow_dirty: bool = False) -> Report:
    """Write what ``report`` would change, each file atomically, and return what became of it.

    Args:
        report: The result of ``migrate_paths``.
        allow_dirty: Also write files with uncommitted changes and files that git doesn't track.

    Raises:
        UsageError: A file that would be written is dirty; then nothing is written.
    """
    changing = [report.root / each.path for each in report.files if each.status is Status.WOULD_CHANGE]
    if not allow_dirty and (dirty := git.dirty(changing)):
        listed = "".join(f"\n  {path} ({state})" for path, state in dirty[:10])
        more = f"\n  and {len(dirty) - 10} more" if len(dirty) > 10 else ""
        raise UsageError(f"nothing written: commit or stash these first, or use --allow-dirty{listed}{more}")
    return Report(report.root, tuple(_written(report.root, each) for each in report.files))


def _written(root: Path, result: FileResult) -> FileResult:
    if result.status is not Status.WOULD_CHANGE:
        return result
    path = root / result.path
    try:
        if source.read(path) != result.before:
            raise FileError("changed on disk since it was read; run again")
        source.replace(path, result.after)
    except FileError as error:
        return replace(result, status=Status.FAILED, error=str(error), after=result.before, applied=())
    return replace(result, status=Status.CHANGED)
