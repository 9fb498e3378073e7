"""``codemods verify`` for other programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from codemods import journal
from codemods.api import refuse_dirty, write_changes
from codemods.config import MAX_RUNS, TIMEOUT, Settings, load_settings
from codemods.discovery import find_root, folder_of
from codemods.errors import UsageError
from codemods.migration import Migration
from codemods.model import Status
from codemods.rules import Rule
from codemods.source import reason
from codemods.verify.running.abandoned import remove_abandoned
from codemods.verify.running.interpreter import find_interpreter
from codemods.verify.running.launching import launch
from codemods.verify.running.suite_runner import Progress, SuiteRunner
from codemods.verify.running.working_copy import WorkingCopy
from codemods.verify.tracing.variants import Variants
from codemods.verify.trials import Trials
from codemods.verify.verification import Verification
from codemods.verify.verifier import Verifier


def verify_paths(
    paths: Sequence[Path] = (),
    settings: Settings | None = None,
    *,
    python: Path | None = None,
    pytest_args: Sequence[str] = (),
    timeout: float = TIMEOUT,
    max_runs: int = MAX_RUNS,
    rules: Iterable[Rule] = (),
    write: bool = False,
    allow_dirty: bool = False,
    backup: bool = False,
    progress: Progress | None = None,
) -> Verification:
    """Migrate a copy of a project, run its suite before and after, and take back what breaks a test.

    Args:
        paths: Files and folders, by default the current folder; nothing outside them changes. pytest gets them too,
            unless ``pytest_args`` name paths.
        settings: Which rules run; by default those of ``[tool.codemods]``.
        python: The Python whose pytest runs, or the folder of its environment; by default the active environment or
            the one beside the project, else the Python that runs this.
        pytest_args: Further arguments of pytest.
        timeout: Seconds that a test may take.
        max_runs: How many runs of the suite may search for what broke tests.
        rules: Rules beside those that come with the tool.
        write: Write what is proven to the project, all of it or nothing; what wasn't tried is left out.
        allow_dirty: Also write files with uncommitted changes and files that git doesn't track.
        backup: Keep the old content of each file that is written beside it.
        progress: Called with the phase, how many tests are over, and of how many.

    Raises:
        UsageError: A path, a setting, the configuration or the interpreter is wrong; pytest has no test; files that
            would be written are dirty, or lie behind a link that leads out of the project.
    """
    paths = [Path(each) for each in paths] or [Path()]
    root = find_root(paths)
    journal.refuse_pending(root)
    remove_abandoned()
    settings = settings or load_settings(folder_of(paths[0]), root)
    migration = Migration(paths, root, settings, rules=rules)
    report = migration.run()
    if not any(each.status is Status.WOULD_CHANGE for each in report.files):
        return Verification(report)
    if write:
        refuse_dirty(report, allow_dirty=allow_dirty)
        journal.prepare(root)
    interpreter = find_interpreter(python, root)
    if progress is not None:
        progress("copying", 0, 0)
    try:
        variants = Variants(migration, report)
        with WorkingCopy(root) as copy:
            runner = SuiteRunner(launch(copy, interpreter, paths, pytest_args), timeout, progress)
            copy.refuse_outside(variants.files(()))
            verifier = Verifier(variants, Trials(variants, copy, runner), max_runs, only_tried=write)
            found = verifier.verify(interpreter)
    except OSError as error:  # a disk that is full by now, an interpreter that is gone
        where = f"{error.filename}: " if error.filename else ""
        raise UsageError(f"nothing proven and nothing written: {where}{reason(error)}") from None
    if not write:
        return found
    return found.written(write_changes(found.report, allow_dirty=allow_dirty, whole=True, backup=backup))
