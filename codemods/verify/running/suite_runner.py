"""Runs a suite under pytest and lives through its crashes and hangs."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from time import monotonic
from typing import IO

from codemods.verify.running.copies import refuse_moved, remove
from codemods.verify.running.event import printable
from codemods.verify.running.events import EventLog, Tally
from codemods.verify.running.guarded import Guarded
from codemods.verify.running.outcomes import SUITE, Observed, Outcome, SuiteRun
from codemods.verify.running.watching import end, watch

Progress = Callable[[str, int, int], None]
"""Called with the phase, how many tests are over, and of how many."""

_PLUGIN, _TRACER = "codemods_recorder", "codemods_tracer"
_RESTARTS = 100
_SHORTEST = 5.0
_SLOWER = 10
"""A test may take this many times as long as it once took, and ``_SHORTEST`` seconds in any case."""
_RAN = frozenset((Outcome.PASSED, Outcome.XPASSED, Outcome.XFAILED))
_SHOWN = 4000
"""Bytes at the end of what pytest prints that are kept."""
_USAGE, _NO_TESTS = 4, 5
"""Exit codes of pytest."""
_ERROR = re.compile(r"E  |[\w.]*(?:Error|Exception|Failed|Exit|Interrupt)\b|.*\b(?:error|ERROR): ")
_NAMED = re.compile(r"[\w.]+: ")
"""The beginning of an error that says what it is: below it may stand how the values of an assertion differ."""
_FRAME = re.compile(r"^(?:(\S.*\.py):(\d{1,9}): in |\s+File \"(.+)\", line (\d{1,9}), in )", re.MULTILINE)
"""A line of a traceback as pytest writes it, or as Python does."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How a suite is run."""

    python: Path
    arguments: tuple[str, ...]
    folder: Path
    """The working directory, in the copy."""
    root: Path
    """The root of the copy."""
    origin: Path
    """The root that it is a copy of."""
    scratch: Path
    """A folder for what passes between the two programs, which need not exist: each process begins with a new one."""
    environment: Mapping[str, str]


class SuiteRunner:
    """Runs one suite, whole or in part, as often as it is asked to."""

    def __init__(
        self, launch: Launch, timeout: float, progress: Progress | None = None, tracer: Path | None = None
    ) -> None:
        """Run nothing yet.

        Args:
            launch: How the suite is run.
            timeout: Seconds that a test, or the import of a test module, may take.
            progress: Called while the suite runs.
            tracer: A further plugin of pytest, which has to see all modules as they are compiled.
        """
        self._launch = launch
        self._tracer = tracer
        self._timeout = timeout
        self.known: Mapping[str, Observed] = {}
        """How long the tests took before; one that takes many times as long is taken for hanging."""
        self._progress = progress or (lambda phase, done, total: None)

    def run(
        self, phase: str, tests: Collection[str] | None = None, expected: int = 0, *, backwards: bool = False
    ) -> SuiteRun:
        """Run the suite, or only the ``tests`` with these ids, and return what was seen.

        A test that ends the process or takes too long is noted, and pytest started again for those that are left.

        Args:
            phase: What the run is for, in words for people.
            tests: The node ids of the tests to run, by default all; files stand for being collected.
            expected: How many tests will run, as far as it is known.
            backwards: Run the tests in the reverse order.
        """
        begin = monotonic()
        tally = Tally()
        for processes in count(1):
            done = tally.done
            tally.begin()
            self._prepare(tests, tally.tests, backwards)
            output = self._process(tally, lambda: self._progress(phase, tally.done, len(tally.collected) or expected))
            crashed = not tally.finished and tally.started
            if not (crashed or tally.left) or tally.done == done or processes > _RESTARTS:
                break
        for test in tally.left:
            tally.note(test, Observed(Outcome.NOT_RUN, error=f"pytest ended before with {tally.exit}"))
        return SuiteRun(
            phase=phase,
            tests=_in_project({**tally.tests, **_refusal(tally, output, self._launch)}, self._launch),
            collected=frozenset(tally.collected),
            deselected=frozenset(tally.deselected),
            rootdir=tally.rootdir,
            exit=tally.exit,
            seconds=monotonic() - begin,
            processes=processes,
            imported=frozenset(tally.imported),
            outside_copy=frozenset(tally.outside_copy),
            mocks=tuple(tally.mocks),
            output=output,
        )

    def _prepare(self, tests: Collection[str] | None, seen: Collection[str], backwards: bool) -> None:
        """Make the folder between the two programs anew: whatever the last process left there, nothing of it counts."""
        launch = self._launch
        refuse_moved(launch.scratch.parent)
        remove(launch.scratch)
        launch.scratch.mkdir(mode=0o700)
        shutil.copyfile(Path(__file__).with_name("recorder.py"), launch.scratch / f"{_PLUGIN}.py")
        if self._tracer is not None:
            shutil.copyfile(self._tracer, launch.scratch / f"{_TRACER}.py")
        plan = {
            "events": str(launch.scratch / "events"),
            "root": str(launch.root),
            "origin": str(launch.origin),
            "only": None if tests is None else sorted(tests),
            "files": None if tests is None else sorted({each.partition("::")[0] for each in tests}),
            "skip": sorted(seen),
            "backwards": backwards,
        }
        (launch.scratch / "plan.json").write_text(json.dumps(plan), encoding="utf-8")

    def _process(self, tally: Tally, tick: Callable[[], None]) -> str:
        """Run pytest once, and return the end of what it printed."""
        launch = self._launch
        plugins = [_PLUGIN, *([_TRACER] if self._tracer is not None else [])]
        command = [str(launch.python), "-m", "pytest", *(f"-p{each}" for each in plugins), *launch.arguments]
        path = os.pathsep.join(filter(None, (str(launch.scratch), launch.environment.get("PYTHONPATH"))))
        environment = {**launch.environment, "PYTHONPATH": path}
        if (
            self._tracer is not None
        ):  # it sees what is compiled: nothing of it is kept, and nothing that was kept is taken
            environment |= {"PYTHONPYCACHEPREFIX": str(launch.scratch / "none"), "PYTHONDONTWRITEBYTECODE": "1"}
        with open(launch.scratch / "output", "x+b") as output, EventLog(launch.scratch / "events") as log:
            process = Guarded(command, launch.folder, environment, output)
            try:
                watch(process, log, tally, self._limit, tick)
            finally:
                end(process)
            return _end_of(output)

    def _limit(self, test: str) -> float:
        seen = self.known.get(test)
        if seen is None or seen.outcome not in _RAN or seen.unawaited:
            return self._timeout
        return min(self._timeout, max(_SHORTEST, _SLOWER * seen.seconds))


def _in_project(tests: Mapping[str, Observed], launch: Launch) -> dict[str, Observed]:
    """Return what was seen, with the project's own paths in the errors: the copy is gone when they are read."""
    copy, origin = str(launch.root), str(launch.origin)
    return {
        test: replace(seen, error=seen.error.replace(copy, origin)) if copy in seen.error else seen
        for test, seen in tests.items()
    }


def _end_of(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - _SHOWN))
    return printable(output.read(_SHOWN).decode("utf-8", "replace").replace("\r\n", "\n"))


def _refusal(tally: Tally, output: str, launch: Launch) -> dict[str, Observed]:
    """Return why pytest ended before it had a test, such as a conftest file that can't be imported."""
    if tally.exit != _USAGE and (tally.tests or tally.exit in (0, _NO_TESTS)):
        return {}
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    errors = [line[1:].strip() if line.startswith("E ") else line for line in lines if _ERROR.match(line)]
    raised = [line[1:].strip() for line in lines if line.startswith("E ")]
    named = [each for each in raised if _NAMED.match(each)]
    error = (named or errors or lines or [f"pytest ended with {tally.exit} and said nothing"])[-1]
    frames = ((path or other, int(line or number)) for path, line, other, number in _FRAME.findall(output))
    inside = ((os.path.relpath(launch.folder / path, launch.root).replace(os.sep, "/"), line) for path, line in frames)
    return {SUITE: Observed(Outcome.UNCOLLECTABLE, error=error, frames=tuple(inside))}
