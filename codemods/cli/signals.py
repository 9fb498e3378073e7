"""What asks the command to end: Ctrl-C, and the signals of the system."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

SIGNALLED = 128
_ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def heeded() -> Iterator[None]:
    """End in order when the system asks for it: processes and copies that were made go, too."""
    # Only the main thread may choose, and whoever has them ignored, as nohup does, means it.
    chosen = [each for each in _ENDING if _is_main_thread() and signal.getsignal(each) is signal.SIG_DFL]
    with _handled(chosen, _end):
        yield


@contextmanager
def held() -> Iterator[list[int]]:
    """Let what is begun be finished; what is yielded has the signals that came meanwhile."""
    heard: list[int] = []
    chosen = [each for each in (signal.SIGINT, *_ENDING) if _is_main_thread() and callable(signal.getsignal(each))]
    with _handled(chosen, lambda number, _: heard.append(number)):
        yield heard


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


@contextmanager
def _handled(chosen: list[signal.Signals], handler: Callable[[int, Any], Any]) -> Iterator[None]:
    before = {each: signal.signal(each, handler) for each in chosen}
    try:
        yield
    finally:
        for each, earlier in before.items():
            signal.signal(each, earlier)


def _end(number: int, _: object) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough: what is cleaned up must not be disturbed
    sys.exit(SIGNALLED + number)
