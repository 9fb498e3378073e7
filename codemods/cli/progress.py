"""A progress bar for those who wait: on a terminal, and only when the run turns out to be long."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

_LONG = 1.0


class Progress:
    """Call it with how many files are done, and of how many; or ``phase`` with what is being done, too."""

    def __init__(self) -> None:
        """Begin to count the time."""
        self._shown = sys.stderr.isatty()
        self._start = monotonic()
        self._bar: tuple[Bar, TaskID] | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Progress:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        self._stack.close()

    def __call__(self, done: int, total: int) -> None:
        """Show how far the run is."""
        self.phase("files", done, total)

    def phase(self, name: str, done: int, total: int) -> None:
        """Show what is being done and how far it is; a ``total`` of 0 isn't known yet."""
        if not self._shown or monotonic() - self._start < _LONG:
            return
        if self._bar is None:
            self._bar = self._new_bar()
        bar, task = self._bar
        bar.update(task, description=name, completed=done, total=total or None)

    def _new_bar(self) -> tuple[Bar, TaskID]:
        from rich.console import Console
        from rich.progress import Progress as Bar

        bar = self._stack.enter_context(Bar(console=Console(stderr=True), transient=True))
        return bar, bar.add_task("", total=None)
