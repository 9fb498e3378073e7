"""What asks the command to end: Ctrl-C, and the signals of the system."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALLED = 128
_ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def heeded() -> Iterator[None]:
    """End in order when the system asks for it: processes and copies that were made go, too."""
    # Only the main thread may choose, and whoever has them ignored, as nohup does, means it.
    chosen = [each for each in _ENDING if _is_main_thread() and signal.getsignal(each) is signal.SIG_DFL]
    before = {each: signal.signal(each, _end) for each in chosen}
    try:
        yield
    finally:
        for each, earlier in before.items():
            signal.signal(each, earlier)


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _end(number: int, _: object) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough: what is cleaned up must not be disturbed
    sys.exit(SIGNALLED + number)
