"""Watches a pytest process: takes in what it writes, and ends what takes too long."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from time import monotonic

from codemods.verify.running.events import EventLog, Tally
from codemods.verify.running.outcomes import Observed, Outcome

Limit = Callable[[str], float]
"""How many seconds a test, or the import of a file, may take."""

_POLL = 0.02
_TO_BEGIN = 60.0
"""Seconds that pytest has at least to get to its first file, and from its last file to its first test."""
_TO_INTERRUPT = 5.0
"""Seconds that a test has to end once it was told to."""
_TO_EXIT = 15.0
"""Seconds that pytest has to end once its session is over; a thread of the suite may keep it."""


def watch(process: subprocess.Popen[bytes], events: Path, tally: Tally, limit: Limit, tick: Callable[[], None]) -> None:
    """Take in the events until the process is over, or something takes too long.

    Args:
        process: pytest, with the recorder.
        events: The file that the recorder writes.
        tally: Where the events go, and what ran when the process ended.
        limit: How long things may take.
        tick: Called all the time.
    """
    log = EventLog(events)
    clock: dict[str, float] = {}
    last = monotonic()
    while True:
        over = process.poll() is not None
        new = list(log.new())
        for event in new:
            tally.add(event)
        now = monotonic()
        last = now if new else last
        clock = {each: clock.get(each, now) for each in tally.started}
        if over:
            tally.exit = process.returncode if tally.exit is None else tally.exit
            _note(tally, list(tally.started), Outcome.CRASHED, _ending(process.returncode))
            return
        if tally.finished and now - last > _TO_EXIT:
            return
        late = {each: now - start for each, start in clock.items() if now - start > limit(each)}
        stuck = not clock and now - last > max(limit(""), _TO_BEGIN)
        if stuck or (late and not _interrupt(process, tally, late, limit)):
            _note(tally, late, Outcome.TIMEOUT, f"not over after {max(late.values(), default=0):.0f} seconds")
            return
        tick()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_POLL)


def _interrupt(process: subprocess.Popen[bytes], tally: Tally, late: Mapping[str, float], limit: Limit) -> bool:
    """Tell the tests that take too long to end; say whether to wait for it."""
    if not tally.interruptible or not all("::" in each for each in late):
        return False
    if late.keys() - tally.interrupted:
        tally.interrupted |= late.keys()
        process.send_signal(signal.SIGUSR1)
    return all(spent < limit(each) + _TO_INTERRUPT for each, spent in late.items())


def _note(tally: Tally, started: Collection[str], outcome: Outcome, error: str) -> None:
    for each in started:
        tally.note(each, Observed(outcome if "::" in each else Outcome.UNCOLLECTABLE, error=error))


def _ending(code: int) -> str:
    if code >= 0:
        return f"the process ended here with code {code}"
    with contextlib.suppress(ValueError):
        return f"the process ended here by {signal.Signals(-code).name}"
    return f"the process ended here by signal {-code}"


def end(process: subprocess.Popen[bytes]) -> None:
    """End what still runs of a process and its children; where that can be said, let pytest clean up first."""
    if not hasattr(os, "killpg"):
        process.kill()
        process.wait()
        return
    for word in (signal.SIGINT, signal.SIGKILL):
        with contextlib.suppress(OSError):
            os.killpg(process.pid, word)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_TO_INTERRUPT)
