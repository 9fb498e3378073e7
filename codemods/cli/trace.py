"""``codemods trace``: record a run of the suite, for what reading can't decide."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from codemods.cli.options import STDIN, Options
from codemods.cli.progress import Progress
from codemods.cli.session import say
from codemods.discovery import find_root
from codemods.errors import UsageError
from codemods.folders import evidence_of
from codemods.recordings import keep_recording, named_recording
from codemods.report.text import counted
from codemods.semantics.project.recording import Recording, merged
from codemods.trace.api import Trace, trace_paths
from codemods.verify.running.outcomes import Outcome


def run(options: Options, output: str | None, merge: tuple[str, ...]) -> int:
    """Record a run, or put recordings together, and keep what came of it."""
    if STDIN in options.paths:
        raise UsageError("trace runs the suite of a project: it takes files and folders, not standard input")
    paths = [Path(each) for each in options.paths] or [Path()]
    file = Path(output) if output is not None else evidence_of(find_root(paths))
    if file is None:
        raise UsageError("nothing may be kept (CODEMODS_NO_CACHE): name a file with --output")
    if merge:
        recording = merged(named_recording(Path(each), "--merge") for each in merge)
        keep_recording(recording, file)
        say(_kept(recording, file, output), results=True)
        return 0
    with Progress("trace") as progress:
        found = trace_paths(
            paths, python=options.environment, pytest_args=options.pytest_args, timeout=options.timeout,
            progress=progress.phase,
        )  # fmt: skip
    keep_recording(found.recording, file)
    say((*_seen(found), *_kept(found.recording, file, output)), results=True)
    return 0


def _seen(found: Trace) -> Iterator[str]:
    tests = [each for name, each in found.run.tests.items() if "::" in name]
    passed = sum(each.outcome in (Outcome.PASSED, Outcome.XPASSED) for each in tests)
    yield f"Recorded {counted(len(tests), 'test')}, of which {passed} passed, with Python {found.interpreter.version}."


def _kept(recording: Recording, file: Path, output: str | None) -> Iterator[str]:
    mocks = [mock for each in recording.mocks.values() for mock in each]
    awaited = sum(each.test is not None for each in mocks)
    yield f"{counted(len(mocks), 'mock')} in {counted(len(recording.mocks), 'file')}, {awaited} of them awaited."
    use = f"codemods check --evidence {os.fspath(file)}" if output is not None else "codemods check"
    yield f"Kept in {file}: `{use}` goes by it, as long as the files stay as they are."
