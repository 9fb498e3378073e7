"""Work that leads to more work of its kind, and yet ends: nothing is done twice, and nothing goes on without end.

No bound counts seconds, and none depends on what was asked before: the same question has the same answer on any
machine, in any order.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

Found = TypeVar("Found")
Args = ParamSpec("Args")


class Keeping(Protocol):
    """What keeps what was found out about it: a file, a suite."""

    kept: dict[Hashable, Any]


Place = TypeVar("Place", bound=Keeping)


def kept(find: Callable[Concatenate[Place, Args], Found]) -> Callable[Concatenate[Place, Args], Found]:
    """Make a function keep what it returns for the same arguments with the first of them.

    It serves functions that count how deep they are: with several ways at each depth, they would do the same again and
    again.
    """

    def found(place: Place, /, *args: Args.args, **kwargs: Args.kwargs) -> Found:
        key = (find, *args, *kwargs.values())
        if key not in place.kept:
            place.kept[key] = find(place, *args, **kwargs)
        answer: Found = place.kept[key]
        return answer

    return update_wrapper(found, find)


class Levels:
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


class Budget:
    """The steps that one piece of work may take, and what pieces of it gave.

    A piece that leads back to itself is unknown there. What a piece gives is kept unless it rests on one that is still
    open; from then on it costs what it cost at first, so that whether the budget lasts doesn't depend on what was
    asked before.
    """

    def __init__(self, steps: int, levels: int = 32) -> None:
        """Allow so many steps, and so many pieces inside of each other."""
        self._most = steps
        self._levels = levels
        self._spent = 0
        self._height = 0
        self._open: dict[Hashable, int] = {}
        self._lowest = sys.maxsize
        self._kept: dict[Hashable, tuple[Any, int, int]] = {}
        self._of_whole: dict[Hashable, tuple[Any, int, int]] = {}

    def whole(self, find: Callable[[], Found], unknown: Found) -> Found:
        """Return what a whole piece of work finds, ``unknown`` if it takes too many steps."""
        spent, self._spent = self._spent, 0
        try:
            return find()
        except BudgetSpentError:
            return unknown
        finally:
            self._spent = spent

    def spend(self, steps: int = 1) -> None:
        """Note that steps were taken.

        Raises:
            BudgetSpentError: They were too many.
        """
        self._spent += steps
        if self._spent > self._most:
            raise BudgetSpentError

    def part(self, key: Hashable, find: Callable[[], Found]) -> Found | None:
        """Return what a part of the work finds; None if it is being looked for already."""
        if key in self._open:
            self._lowest = min(self._lowest, self._open[key])
            return None
        known = self._kept.get(key) or (None if self._open else self._of_whole.get(key))
        if known is None:
            return self._new_part(key, find)
        found: Found
        found, cost, height = known
        self._go_down(height)
        self.spend(cost)
        self._height = max(self._height, height)
        return found

    def _go_down(self, levels: int) -> None:
        if len(self._open) + levels > self._levels:
            raise BudgetSpentError

    def _new_part(self, key: Hashable, find: Callable[[], Found]) -> Found:
        self._go_down(1)
        place, spent, lowest, height = len(self._open), self._spent, self._lowest, self._height
        self._open[key], self._lowest, self._height = place, sys.maxsize, 0
        try:
            found = find()
            if self._lowest > place:
                self._kept[key] = found, self._spent - spent, self._height + 1
            elif not place:
                self._of_whole[key] = found, self._spent - spent, self._height + 1
            return found
        finally:
            del self._open[key]
            self._lowest = min(lowest, self._lowest if self._lowest < place else sys.maxsize)
            self._height = max(height, self._height + 1)
