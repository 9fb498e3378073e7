"""Delta debugging turned round: of findings without which the tests pass, put back all that break nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Sequence

from codemods.model import Key
from codemods.verify.tracing.suspects import Failing

Hint = Callable[[Failing, Collection[Key]], frozenset[Key]]
"""Which of some findings an error points at."""


class PutBack:
    """One search. It is known that the tests pass with none of the suspects.

    Each culprit ends alone: the tests pass with what was put back before it, and fail with it as well. Whoever finds
    ``k`` of ``n`` this way needs about ``k log(n / k)`` runs, and one or two for each where the errors point at them.
    """

    def __init__(self, suspects: Sequence[Key], failing: Failing | None, hint: Hint) -> None:
        """Begin.

        Args:
            suspects: The findings, in the order of the source.
            failing: How the tests fail with all of them; None if it isn't known whether they do.
            hint: Which findings an error points at.
        """
        self._suspects = tuple(suspects)
        self._hint = hint
        self.kept: set[Key] = set()
        self.culprits: dict[Key, Failing] = {}
        """The findings that can't be put back, and what they break."""
        self.steps = self._steps(failing)
        """Yields the findings to try next; takes the tests that fail with them."""

    @property
    def undecided(self) -> set[Key]:
        """The suspects that are still out."""
        return set(self._suspects) - self.kept - self.culprits.keys()

    def _steps(self, failing: Failing | None) -> Generator[frozenset[Key], Failing, None]:
        if not self._suspects:
            return
        if failing is None:
            failing = yield frozenset(self._suspects)
        if failing:
            yield from self._solve(self._suspects, failing)
        else:
            self.kept |= set(self._suspects)

    def _solve(self, group: Sequence[Key], failing: Failing) -> Generator[frozenset[Key], Failing, None]:
        """Sort out a group with which, on top of what is kept, the tests fail as ``failing`` says."""
        if len(group) == 1:
            self.culprits[group[0]] = failing
            if len(self.culprits) == 1 and len(self.undecided) > 1:  # most often there is no second one
                yield from self._try(tuple(self.undecided))
            return
        first, second = self._split(group, failing)
        broken = yield from self._try(first)
        if broken:
            yield from self._solve(first, broken)
            if self.undecided & set(second) and not (broken := (yield from self._try(second))):
                return
        if self.undecided & set(second):
            yield from self._solve(second, broken or failing)

    def _try(self, group: Sequence[Key]) -> Generator[frozenset[Key], Failing, Failing]:
        """Put a group back if the tests pass with it; return what it breaks."""
        broken = yield frozenset(self.kept | set(group))
        if not broken:
            self.kept |= set(group)
        return broken

    def _split(self, group: Sequence[Key], failing: Failing) -> tuple[Sequence[Key], Sequence[Key]]:
        pointed = self._hint(failing, group)
        if pointed and len(pointed) < len(group):
            return [key for key in group if key not in pointed], [key for key in group if key in pointed]
        middle = len(group) // 2
        return group[:middle], group[middle:]
