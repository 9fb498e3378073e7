"""Waiting for what another process does: for the event, however long the machine takes for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

LONG = 600.0
"""Seconds after which what was waited for will not happen any more; nothing takes nearly as long."""

HOLDING = "import fcntl\nheld = open({path!r}, 'a')\nfcntl.flock(held, fcntl.LOCK_SH)\n"
"""Source for a process that another one waits for: it holds the file at ``path`` until it ends."""


def until(happens: Callable[[], bool]) -> None:
    """Return when it has happened."""
    end = monotonic() + LONG
    while not happens():
        assert monotonic() < end, f"it hasn't happened in {LONG:.0f} seconds"
        sleep(0.02)


def is_held(path: Path) -> bool:
    """Whether a process that holds the file is still there."""
    import fcntl

    with open(path, "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
