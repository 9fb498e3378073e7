"""Colours on a terminal, written by hand: rich markup would eat the brackets of the code that is shown."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Protocol

from codemods.report.quoting import quoted, shown

BOLD = 1
RED = 31
GREEN = 32
YELLOW = 33
CYAN = 36


class Stream(Protocol):
    """What has to be known of an output."""

    def isatty(self) -> bool:
        """Whether a person sees it."""


@dataclass(frozen=True, slots=True)
class Paint:
    """Puts colours around text, or leaves it alone where they aren't wanted."""

    on: bool = False
    terminal: bool = False

    def __call__(self, text: str, colour: int) -> str:
        """Return ``text`` in a colour, quoted."""
        text = quoted(text)
        return f"\x1b[{colour}m{text}\x1b[0m" if self.on and text else text

    def line(self, line: bytes, colour: int) -> bytes:
        """Return a line in a colour; its line end stays outside, so that the colour ends with the line."""
        line = self.shown(line)
        body = line.rstrip(b"\r\n")
        return b"\x1b[%dm%s\x1b[0m%s" % (colour, body, line[len(body) :]) if self.on and body else line

    def shown(self, source: bytes) -> bytes:
        """Return source as the output may get it: a terminal nothing that could drive it, all else the same bytes."""
        return shown(source) if self.terminal else source


def paint(choice: str, stream: Stream) -> Paint:
    """Return the painter for an output.

    Args:
        choice: ``always``, ``never``, or ``auto``: on a terminal, unless ``NO_COLOR`` is set (no-color.org).
        stream: Where the text will go.
    """
    terminal = stream.isatty()
    if choice == "auto":
        dumb = os.environ.get("TERM") == "dumb"
        return Paint(terminal and not dumb and not os.environ.get("NO_COLOR"), terminal)
    return Paint(choice == "always", terminal)
