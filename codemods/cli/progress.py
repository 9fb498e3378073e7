"""How far a run is, for those who wait: a bar on a terminal; elsewhere a line for each phase of a verification."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from time import monotonic
from typing import TYPE_CHECKING

from codemods.cli.streams import put_beside

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

_LONG = 1.0
"""Seconds after which a bar is shown where a run may be short."""


class Progress:
    """Call it with how many files are done, and of how many; or ``phase`` with what is being done, too."""

    def __init__(self, command: str | None = None) -> None:
        """Begin to count the time.

        Args:
            command: The command, if it is known to take long: a bar is shown at once, and where there is no terminal, a
                line for each phase.
        """
        self._shown = sys.stderr.isatty()
        self._command = command
        self._phase = ""
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
        if self._shown:
            self._draw(name, done, total)
        elif self._command and name != self._phase:
            self._phase = name
            put_beside([f"{self._command}: {name}\n"])

    def _draw(self, name: str, done: int, total: int) -> None:
        if not self._command and monotonic() - self._start < _LONG:
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
