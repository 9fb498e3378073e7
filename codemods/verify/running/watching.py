"""Watches a pytest process: takes in what it writes, and ends what takes too long."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Collection, Mapping
from time import monotonic

from codemods.verify.running.events import EventLog, Tally
from codemods.verify.running.guarded import Guarded
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


def watch(process: Guarded, log: EventLog, tally: Tally, limit: Limit, tick: Callable[[], None]) -> None:
    """Take in the events until the process is over, or something takes too long.

    Args:
        process: pytest, with the recorder.
        log: What the recorder writes.
        tally: Where the events go, and what ran when the process ended.
        limit: How long things may take.
        tick: Called all the time.
    """
    clock: dict[str, float] = {}
    last = monotonic()
    while True:
        code = process.poll()
        was_finished, new = tally.finished, list(log.new())
        for event in new:
            tally.add(event)
        now = monotonic()
        last = now if new and not was_finished else last
        clock = {each: clock.get(each, now) for each in tally.started}
        if code is not None:
            if log.has_more:
                continue
            tally.exit = code if tally.exit is None else tally.exit
            _note(tally, list(tally.started), Outcome.CRASHED, _ending(code))
            return
        if tally.finished and now - last > _TO_EXIT:
            return
        late = {each: now - start for each, start in clock.items() if now - start > limit(each)}
        stuck = not clock and now - last > max(limit(""), _TO_BEGIN)
        if stuck or (late and not _interrupt(process, tally, late, limit)):
            _note(tally, late, Outcome.TIMEOUT, f"not over after {max(late.values(), default=0):.0f} seconds")
            return
        tick()
        process.wait(_POLL)


def _interrupt(process: Guarded, tally: Tally, late: Mapping[str, float], limit: Limit) -> bool:
    """Tell the tests that take too long to end; say whether to wait for it."""
    if not tally.interruptible or not all("::" in each for each in late):
        return False
    if late.keys() - tally.interrupted:
        tally.interrupted |= late.keys()
        process.time_out()
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


def end(process: Guarded) -> None:
    """End what still runs of a suite, also what made a session of its own; first, let pytest clean up."""
    process.end(_TO_INTERRUPT)
