"""``codemods verify`` for other programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from codemods import journal
from codemods.api import refuse_dirty, write_changes
from codemods.config import MAX_RUNS, TIMEOUT, Settings, load_settings
from codemods.discovery import find_root, folder_of
from codemods.errors import UsageError
from codemods.migration import Migration
from codemods.rules import Rule
from codemods.source import reason_and_file
from codemods.verify.applied import applied_since
from codemods.verify.running.abandoned import remove_abandoned
from codemods.verify.running.interpreter import find_interpreter
from codemods.verify.running.launching import launch
from codemods.verify.running.suite_runner import Progress, SuiteRunner
from codemods.verify.running.working_copy import WorkingCopy
from codemods.verify.targets import unproven_by
from codemods.verify.tracing.variants import Variants
from codemods.verify.trials import Trials
from codemods.verify.verification import Verification
from codemods.verify.verifier import Verifier


def verify_paths(
    paths: Sequence[Path] = (),
    settings: Settings | None = None,
    *,
    python: Path | None = None,
    before: Path | None = None,
    against: str | None = None,
    pytest_args: Sequence[str] = (),
    timeout: float = TIMEOUT,
    max_runs: int = MAX_RUNS,
    rules: Iterable[Rule] = (),
    strict: bool = False,
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
            the one beside the project, else the Python that runs this: the first of them that has pytest.
        before: The Python under which the suite runs as it stands, if that is another one: what passes there, and under
            ``python`` neither before nor after, is lost.
        against: A revision of the project's repository, to prove what has changed since: nothing is migrated, nothing
            can be taken back, and nothing is written.
        pytest_args: Further arguments of pytest.
        timeout: Seconds that a test may take.
        max_runs: How many runs of the suite may search for what broke tests.
        rules: Rules beside those that come with the tool.
        strict: Also take back what makes coroutines in tests that nothing awaits.
        write: Write what is proven to the project, all of it or nothing; what wasn't tried is left out.
        allow_dirty: Also write files with uncommitted changes and files that git doesn't track.
        backup: Keep the old content of each file that is written beside it.
        progress: Called with the phase, how many tests are over, and of how many.

    Raises:
        UsageError: A path, a setting, the configuration or the interpreter is wrong; pytest has no test; files that
            would be written are dirty, or lie behind a link that leads out of the project, or the interpreter's
            pytest-asyncio is older than the one that the suite is migrated for.
    """
    paths = [Path(each) for each in paths] or [Path()]
    root = find_root(paths)
    journal.refuse_pending(root)
    remove_abandoned()
    settings = settings or load_settings(folder_of(paths[0]), root)
    if python is not None and settings.python is None:
        settings = replace(settings, python=python)
    progress = progress or (lambda phase, done, total: None)
    migration = Migration(paths, root, settings, rules=rules)
    report = migration.run(lambda done, total: progress("looking at the files", done, total))
    if against is not None and write:
        raise UsageError("--against proves what is there already: there is nothing for --write to write")
    variants = applied_since(against, report) if against is not None else Variants(migration, report)
    if before is None and not variants.files(()):
        return Verification(report, against=against)
    if write:
        refuse_dirty(report, allow_dirty=allow_dirty)
        journal.prepare(root)
    interpreter = find_interpreter(python, root)
    old = find_interpreter(before, root, "--before") if before is not None else None
    unproven = unproven_by(interpreter, migration)
    if write and unproven:
        raise UsageError(f"nothing is written, since nothing can be proven: {unproven}")
    progress("copying the project", 0, 0)
    try:
        with WorkingCopy(root) as copy:
            runner, *earlier = (
                SuiteRunner(launch(copy, each, paths, pytest_args), timeout, progress)
                for each in (interpreter, old)
                if each
            )
            copy.refuse_outside(variants.files(()))
            trials = Trials(variants, copy, runner, *earlier, strict=strict)
            found = Verifier(variants, trials, max_runs, only_tried=write).verify(interpreter, old, unproven)
    except OSError as error:  # a disk that is full by now, an interpreter that is gone
        raise UsageError(f"nothing proven and nothing written: {reason_and_file(error)}") from None
    if not write or found.unproven:
        return replace(found, against=against)
    return found.written(write_changes(found.report, allow_dirty=allow_dirty, whole=True, backup=backup))
