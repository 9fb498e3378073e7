"""How far a question leads."""

from __future__ import annotations

from dataclasses import dataclass

_CALLS_DEEP = 2
_LEVELS = 5
"""How many questions are followed that files ask while they are looked at for another one."""


@dataclass(frozen=True, slots=True)
class Depth:
    """Over so many calls that hand something on, and so many further questions."""

    calls: int = _CALLS_DEEP
    levels: int = _LEVELS

    @property
    def inside(self) -> Depth:
        """How far the questions lead that a file asks which is looked at for this one."""
        return Depth(_CALLS_DEEP, self.levels - 1)

    @property
    def further(self) -> Depth:
        """The same, where a call hands on what is followed."""
        return Depth(self.calls - 1, self.levels - 1)


WHOLE = Depth()
