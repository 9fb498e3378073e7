"""The files that are looked at for a question of another one, each as far as the question leads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.analysis.index.modules import Modules, forget_suites
from codemods.semantics.answers import Answers
from codemods.semantics.pytest.suite import Suite

if TYPE_CHECKING:
    from codemods.analysis.mocking.mock_flow import Flow

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


class Suites:
    """Files whose own questions are answered; what is found out about one is kept."""

    def __init__(self, modules: Modules, answers: Callable[[Path, Depth], Answers]) -> None:
        """Take what reads the files, and what answers them."""
        self._modules = modules
        self._answers = answers
        self._suites: dict[tuple[Path, Depth], Suite | None] = {}
        self._flows: dict[tuple[Path, Depth], Flow | None] = {}

    def forget(self) -> None:
        """Let go of all of them."""
        self._flows.clear()
        forget_suites(self._suites)
        self._modules.forget()

    def suite(self, file: Path, depth: Depth) -> Suite | None:
        """Return a file whose questions are answered as far as ``depth`` allows; None if it can't be parsed."""
        key = file, depth
        if key not in self._suites:
            suite = self._modules.suite(file)
            answers = self._answers(file, depth)
            self._suites[key] = Suite(suite.module.answered_by(answers), suite.config) if suite is not None else None
        return self._suites[key]

    def flow(self, file: Path, depth: Depth) -> Flow | None:
        """Return what follows the objects of a file; None if it can't be parsed."""
        from codemods.analysis.mocking.mock_flow import Flow  # what asks for one has loaded it

        key = file, depth
        if key not in self._flows:
            suite = self.suite(file, depth)
            self._flows[key] = Flow(suite) if suite is not None else None
        return self._flows[key]
