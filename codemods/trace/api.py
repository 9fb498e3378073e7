"""``codemods trace`` for other programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from codemods.config import TIMEOUT
from codemods.discovery import find_root
from codemods.errors import FileError, UsageError
from codemods.semantics.project.recording import Recording
from codemods.source import decode, read, reason_and_file
from codemods.trace.evidence import recording_of
from codemods.verify.running.abandoned import remove_abandoned
from codemods.verify.running.interpreter import Interpreter, find_interpreter
from codemods.verify.running.launching import launch
from codemods.verify.running.outcomes import SuiteRun
from codemods.verify.running.suite_runner import Progress, SuiteRunner
from codemods.verify.running.working_copy import WorkingCopy
from codemods.verify.trials import shown

TRACER = Path(__file__).with_name("tracer.py")


@dataclass(frozen=True, slots=True)
class Trace:
    """One recorded run."""

    root: Path
    recording: Recording
    run: SuiteRun
    interpreter: Interpreter


def trace_paths(
    paths: Sequence[Path] = (),
    *,
    python: Path | None = None,
    pytest_args: Sequence[str] = (),
    timeout: float = TIMEOUT,
    progress: Progress | None = None,
) -> Trace:
    """Run the suite of a project in a copy, and return what becomes of what its mocks give.

    Args:
        paths: Files and folders that pytest gets, unless ``pytest_args`` name paths; by default the current folder.
        python: The Python whose pytest runs, or the folder of its environment; by default as for ``verify_paths``.
        pytest_args: Further arguments of pytest.
        timeout: Seconds that a test may take.
        progress: Called with the phase, how many tests are over, and of how many.

    Raises:
        UsageError: The interpreter is wrong, the project can't be copied, or pytest has no test.
    """
    paths = [Path(each) for each in paths] or [Path()]
    root = find_root(paths)
    remove_abandoned()
    interpreter = find_interpreter(python, root)
    if progress is not None:
        progress("copying the project", 0, 0)
    try:
        with WorkingCopy(root) as copy:
            start = launch(copy, interpreter, paths, pytest_args)
            run = SuiteRunner(start, timeout, progress, TRACER).run("recording")
            copy.reset()
            texts = _texts(copy.root, {each.path for each in run.mocks})
    except OSError as error:
        raise UsageError(f"nothing recorded: {reason_and_file(error)}") from None
    if not run.collected:
        raise UsageError("pytest found no test", *shown(run))
    return Trace(root, recording_of(run.mocks, texts), run, interpreter)


def _texts(root: Path, paths: Iterable[str]) -> dict[str, str]:
    """Return the texts of files of the copy, but for those that can't be read."""
    found = {}
    for path in paths:
        try:
            found[path] = decode(read(root / path)).text
        except FileError:
            continue
    return found
