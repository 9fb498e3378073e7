"""Tasks that don't do what tasks do; in a module of its own, where other processes find it."""

from __future__ import annotations

import os
import signal
import threading
from multiprocessing import parent_process
from pathlib import Path

from codemods.engine.task import Task


class _Trap(Task):
    """A task that does something when a worker looks at it; the parent looks at it, too, to send it."""

    @property
    def earlier(self) -> None:  # type: ignore[override]
        if parent_process() is not None:
            self.spring()

    @earlier.setter
    def earlier(self, _: object) -> None: ...

    def spring(self) -> None:
        raise NotImplementedError


class Stuck(_Trap):
    """A task that says it has begun, and never ends."""

    def spring(self) -> None:
        os.write(2, b"stuck\n")
        threading.Event().wait()


class Deadly(_Trap):
    """A task whose process is ended as the system does it: always, or where there is a file, which it takes away."""

    def spring(self) -> None:
        once = Path(self.path)
        if not once.is_absolute():
            os.kill(os.getpid(), signal.SIGKILL)
        elif once.exists():
            once.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
