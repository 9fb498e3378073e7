"""The work of the commands, for other programs: nothing is printed, and only ``write_changes`` writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from codemods import disk, git
from codemods.config import Settings, load_settings
from codemods.discovery import find_root, folder_of, located
from codemods.engine.file import migrate_file
from codemods.engine.task import Task
from codemods.errors import UsageError
from codemods.folders import journal_of
from codemods.migration import Migration, Progress, left_out_text
from codemods.model import Evidence, FileResult, Note, Report, Status
from codemods.rules import registrations
from codemods.selection import Selection
from codemods.semantics.later import Later
from codemods.semantics.pytest.projects.evidence import is_configuration
from codemods.workspace import Workspace

if TYPE_CHECKING:
    from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
    from codemods.semantics.pytest.projects.project import Project


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
    from codemods.engine.alone import migrate_alone
    from codemods.semantics.pytest.configuration.pytest_config import PytestConfig

    data = code.encode() if isinstance(code, str) else code
    selection = Selection(settings or Settings(), registrations())
    known = project or assumed_project(Path())
    return migrate_alone(Task(path, data, config or PytestConfig(), Later.known(known), selection, first_round))


def assumed_project(root: Path) -> Project:
    """Return a project of which nothing is known but that it has pytest-asyncio."""
    from codemods.semantics.pytest.projects.project import Project

    return Project(root, pytest_asyncio=Evidence("", 0, ""))


def migrate_paths(
    paths: Sequence[Path] = (),
    settings: Settings | None = None,
    *,
    progress: Progress | None = None,
    first_round: bool = False,
    include_non_tests: bool = False,
) -> Report:
    """Find what there is to migrate below ``paths`` and what the files would become; nothing is written.

    Args:
        paths: Files and folders, by default the current folder; nothing outside them changes.
        settings: Which rules run; by default those of ``[tool.codemods]``.
        progress: Called with how many files are done, and of how many.
        first_round: Only find, as ``codemods check`` does.
        include_non_tests: Work on files that don't belong to the tests too, as with the setting of that name.

    Raises:
        UsageError: A path is missing, or a setting or the pytest configuration is wrong.
    """
    paths = [Path(each) for each in paths] or [Path()]
    root = find_root(paths)
    _refuse_pending(root)
    settings = settings or load_settings(folder_of(paths[0]), root)
    if include_non_tests:
        settings = replace(settings, include_non_tests=True)
    return Migration(paths, root, settings, first_round=first_round).run(progress)


def _refuse_pending(root: Path) -> None:
    if disk.is_there(journal_of(root)):
        from codemods import journal

        journal.refuse_pending(root)


def migrate_text(data: bytes, path: Path, settings: Settings | None = None, *, first_round: bool = False) -> Report:
    """Migrate bytes as if they stood in the file ``path``, whose configuration and project they get.

    Args:
        data: The source, in its own encoding.
        path: Where it is meant to stand; the file need not exist, and isn't read. One that doesn't belong to the tests
            stays as it is, unless the settings include such files.
        settings: Which rules run; by default those of ``[tool.codemods]``.
        first_round: Only find.

    Raises:
        UsageError: A setting or the pytest configuration is wrong.
    """
    path = located(path)
    root = find_root([path.parent])
    if path.suffix != ".py" and is_configuration(path):
        return Report(root, (_refused(path.relative_to(root).as_posix(), data),))
    settings = settings or load_settings(path.parent, root)
    selection = Selection(settings, registrations())
    workspace = Workspace(
        root, {path: data}, python=settings.python, target=settings.target_version, evidence=settings.evidence,
        include_non_tests=settings.include_non_tests,
    )  # fmt: skip
    if not workspace.may_write(path):
        result = FileResult(workspace.relative(path), Status.CLEAN, before=data, after=data)
        return Report(root, (result,), (Note(left_out_text(1)),))
    tasks = [workspace.task(path, selection, first_round=first_round)]
    results = [migrate_file(each, workspace) for each in tasks]
    return Report(root, tuple(results))


def _refused(path: str, data: bytes) -> FileResult:
    error = "only all files together show what a configuration needs: name its folder instead"
    return FileResult(path, Status.FAILED, before=data, after=data, error=error)


def write_changes(report: Report, *, allow_dirty: bool = False, whole: bool = False, backup: bool = False) -> Report:
    """Write what ``report`` would change, each file atomically, and return what became of it.

    What belongs together is written in all of its files or in none. A journal is written first, so that a run that is
    killed can be finished or undone: see ``codemods.journal``.

    Args:
        report: The result of ``migrate_paths``.
        allow_dirty: Also write files with uncommitted changes and files that git doesn't track.
        whole: Write all files or none; else a file that can't be written has failed, and with it what would change
            together with it, and the others are written.
        backup: Keep the old content of each file beside it, as ``FILE.orig``.

    Raises:
        UsageError: A file that would be written is dirty, or git can't tell, or with ``whole`` one can't be written,
            or no journal can be; then nothing is written. Or an earlier write was interrupted.
    """
    from codemods.writing import write

    _refuse_pending(report.root)
    refuse_dirty(report, allow_dirty=allow_dirty)
    return write(report, whole=whole, backup=backup)


def refuse_dirty(report: Report, *, allow_dirty: bool = False) -> None:
    """Go on only if git could bring back all that ``report`` would change, or no file is in a repository.

    Raises:
        UsageError: It couldn't, or can't tell, and ``allow_dirty`` isn't set.
    """
    changing = [report.root / each.path for each in report.files if each.status is Status.WOULD_CHANGE]
    if not allow_dirty and (dirty := git.dirty(changing)):
        listed = [f"  {path} ({state})" for path, state in dirty[:10]]
        more = [f"  and {len(dirty) - 10} more"] if len(dirty) > 10 else []
        raise UsageError("nothing written: commit or stash these first, or use --allow-dirty", *listed, *more)


def unversioned(report: Report) -> list[str]:
    """Return the paths of the files that were written and lie in no git repository: nothing brings them back."""
    changed = [each.path for each in report.files if each.status is Status.CHANGED]
    return [path for path in changed if not git.is_below_repository(report.root / path)]
