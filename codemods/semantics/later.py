"""What is worked out when it is first asked for: many files never ask."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Generic, TypeVar

Found = TypeVar("Found")


class Later(Generic[Found]):
    """An answer that may take long; another process gets it, and not the question."""

    def __init__(self, work: Callable[[], Found]) -> None:
        """Take what works it out."""
        self._work = work

    @classmethod
    def known(cls, value: Found) -> Later[Found]:
        """Return an answer that is there already."""
        return cls(lambda: value)

    @cached_property
    def value(self) -> Found:
        """The answer."""
        return self._work()

    def __reduce__(self) -> tuple[Callable[[Found], Later[Found]], tuple[Found]]:
        """Hand on the answer."""
        return Later.known, (self.value,)
