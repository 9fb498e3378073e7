"""Work that leads to more work of its kind, and yet ends: nothing is done twice, and nothing goes on without end.

No bound counts seconds, and none depends on what was asked before: the same question has the same answer on any
machine, in any order.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

Found = TypeVar("Found")
Args = ParamSpec("Args")


@contextmanager
def own_frames(number: int) -> Iterator[None]:
    """Let what is done nest its calls so deeply and no deeper, however deep it is begun.

    Raises:
        RecursionError: It nests them deeper.
    """
    depth, frame, limit = 0, sys._getframe(), sys.getrecursionlimit()
    while frame is not None:
        depth, frame = depth + 1, frame.f_back  # type: ignore[assignment]
    sys.setrecursionlimit(depth + number)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


class DepthLimit:
    """Answers questions that lead to others; what is asked inside of too many others is unknown, so that circles end.

    An answer is kept for every level if none of those that it rests on was cut off there, and else for its own level.
    """

    def __init__(self, levels: int) -> None:
        """Allow so many questions inside of each other."""
        self._left = levels
        self._height = 0
        self._is_cut = False
        self._whole: dict[Hashable, tuple[Any, int]] = {}
        self._cut: dict[tuple[Hashable, int], Any] = {}
        self.steps = 0
        """How many answers were worked out."""

    def answer(
        self, key: Hashable, unknown: Found, find: Callable[Args, Found], *args: Args.args, **kwargs: Args.kwargs
    ) -> Found:
        """Return what ``find`` does, ``unknown`` if there is no level left for it; ``key`` names the question."""
        if not self._left:
            self._is_cut = True
            return unknown
        found: Found
        if key in self._whole and self._whole[key][1] <= self._left:
            found, height = self._whole[key]
            self._height = max(self._height, height)
            return found
        if (key, self._left) in self._cut:
            self._is_cut = True
            found = self._cut[key, self._left]
            return found
        return self._worked_out(key, find, *args, **kwargs)

    def _worked_out(self, key: Hashable, find: Callable[Args, Found], *args: Args.args, **kwargs: Args.kwargs) -> Found:
        height, was_cut, left = self._height, self._is_cut, self._left
        self._height, self._is_cut, self._left = 0, False, left - 1
        self.steps += 1
        try:
            found = find(*args, **kwargs)
            if self._is_cut:
                self._cut[key, left] = found
            else:
                self._whole[key] = found, self._height + 1
            return found
        finally:
            self._height, self._is_cut, self._left = max(height, self._height + 1), was_cut or self._is_cut, left


class BudgetSpentError(Exception):
    """Work has taken all the steps that it may."""


@dataclass(slots=True)
class _Part:
    """A part of the work: what it found, the steps that it took itself, and the parts of it that were kept."""

    key: Hashable
    steps: int = 0
    parts: set[Hashable] = field(default_factory=set)
    height: int = 0
    lowest: int = sys.maxsize
    found: Any = None
    here: dict[Hashable, Any] = field(default_factory=dict)


class Budget:
    """The steps that one piece of work may take, and what parts of it gave.

    A part that leads back to itself is unknown there. What a part gives is kept unless it rests on one that is still
    open. Each part counts once for a whole piece of work, whether it was kept before or not: so neither what is found
    nor whether the budget lasts depends on what was asked before.
    """

    def __init__(self, steps: int, levels: int) -> None:
        """Allow so many steps, and so many parts inside of each other."""
        self._most = steps
        self._levels = levels
        self._spent = 0
        self._counted: set[Hashable] = set()
        self._stack = [_Part(None)]
        self._open: dict[Hashable, int] = {}
        self._kept: dict[Hashable, _Part] = {}
        self._of_whole: dict[Hashable, _Part] = {}

    def whole(self, find: Callable[[], Found], unknown: Found) -> Found:
        """Return what a whole piece of work finds, ``unknown`` if it takes too many steps."""
        self._spent = 0
        self._counted = set()
        self._stack = [_Part(None)]
        try:
            return find()
        except BudgetSpentError:
            return unknown

    def spend(self, steps: int = 1) -> None:
        """Note that steps were taken.

        Raises:
            BudgetSpentError: They were too many.
        """
        self._stack[-1].steps += steps
        self._spent += steps
        if self._spent > self._most:
            raise BudgetSpentError

    def part(self, key: Hashable, find: Callable[[], Found], too_deep: Found | None = None) -> Found | None:
        """Return what a part of the work finds; None if it is being looked for, ``too_deep`` inside of too many."""
        around = self._stack[-1]
        if key in self._open:
            around.lowest = min(around.lowest, self._open[key])
            return None
        if len(self._open) == self._levels:
            around.lowest = 0
            return too_deep
        if key not in around.here:
            part = self._again(key) or self._new(key, find)
            around.here[key] = part.found
            around.parts |= part.parts
            around.height = max(around.height, part.height)
            around.lowest = min(around.lowest, part.lowest)
            around.steps += part.steps if key not in part.parts else 0
        found: Found = around.here[key]
        return found

    def _again(self, key: Hashable) -> _Part | None:
        """Return a part that was kept, if it would find the same here."""
        part = self._kept.get(key) or (None if self._open else self._of_whole.get(key))
        if part is None or len(self._open) + part.height > self._levels:
            return None
        new = [self._kept[each] for each in part.parts - self._counted]
        self._counted |= part.parts
        self._spent += sum(each.steps for each in new) + (part.steps if key not in part.parts else 0)
        if self._spent > self._most:
            raise BudgetSpentError
        return part

    def _new(self, key: Hashable, find: Callable[[], Any]) -> _Part:
        place = self._open[key] = len(self._open)
        part = _Part(key)
        self._stack.append(part)
        try:
            part.found = find()
        finally:
            del self._open[key]
            self._stack.pop()
        part.height += 1
        part.here = {}
        if part.lowest > place:
            part.parts.add(key)
            self._counted.add(key)
            self._kept[key] = part
        elif not place:
            self._of_whole[key] = part
        part.lowest = part.lowest if part.lowest < place else sys.maxsize
        return part
