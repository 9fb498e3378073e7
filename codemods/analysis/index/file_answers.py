"""What one file is told about the others, and a record of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from codemods.analysis.index import loops
from codemods.model import Evidence, Question
from codemods.semantics.answers import (
    Argument,
    Callee,
    DriverHelper,
    FixtureValue,
    ForeignUse,
    FutureHelper,
    ImportedName,
    LoopOverride,
    LoopSetUp,
)
from codemods.semantics.limits import own_frames

if TYPE_CHECKING:
    from codemods.analysis.index.index import Index
    from codemods.semantics.pytest.suite import Suite

_CALLS_DEEP = 2
_LEVELS = 5
"""How many questions are followed that files ask while they are looked at for another one."""
_FRAMES = 600
"""How many calls inside of each other one question may take, whoever asks it."""
Method = TypeVar("Method", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Depth:
    """How deep a question leads: over so many calls that hand something on, and so many further questions."""

    calls: int = _CALLS_DEEP
    levels: int = _LEVELS


WHOLE = Depth()


def _question(unknown: object, *, leads_on: bool = True) -> Callable[[Method], Method]:
    """Have a method answer each question once.

    Args:
        unknown: The answer where no level is left.
        leads_on: Whether an answer takes further questions; else it is the same at every depth.
    """

    def once(method: Method) -> Method:
        @wraps(method)
        def answer(self: FileAnswers, *args: str) -> Any:
            answers = self if leads_on else self.whole
            question = method.__name__, args
            if question not in answers.known:
                answers.known[question] = unknown
                if answers.depth.levels:
                    with suppress(RecursionError), own_frames(_FRAMES):  # what is nested so deeply stays unknown
                        answers.known[question] = method(answers, *args)
            return answers.known[question]

        return cast("Method", answer)

    return once


class FileAnswers:
    """The answers to one file, as far as a depth allows."""

    def __init__(self, index: Index, file: Path, depth: Depth) -> None:
        """Answer the questions of a file."""
        self.known: dict[Question, Any] = {}
        """What was asked, and answered."""
        self.depth = depth
        self._index = index
        self._file = file

    @property
    def whole(self) -> FileAnswers:
        """The answers to the same file that lead as far as any."""
        return self._index.answers(self._file)

    @property
    def _around(self) -> Depth:
        return Depth(_CALLS_DEEP, self.depth.levels - 1)

    @property
    def _further(self) -> Depth:
        return Depth(self.depth.calls - 1, self.depth.levels - 1)

    def _suite(self, file: Path) -> Suite | None:
        return self._index.suite(file, self._around)

    @_question(None, leads_on=False)
    def definition(self, dotted: str, /) -> ImportedName | None:
        """Return what a name that the file imports from its project stands for."""
        return self._index.definition(self._file, dotted)

    @_question(Callee(), leads_on=False)
    def callee(self, path: str, /) -> Callee:
        """Return whether a call of something has to be awaited, and what it does."""
        return self._index.callee(self._file, path)

    @_question(Argument())
    def argument(self, path: str, place: str, /) -> Argument:
        """Return what a call of ``path`` does with an argument, given by its place or keyword."""
        return self._index.argument(self._file, path, place, self._further) if self.depth.calls else Argument()

    @_question(None)
    def attribute_uses(self, path: str, name: str, /) -> tuple[ForeignUse, ...] | None:
        """Return what code does with what is stored as an attribute of ``path``."""
        return self._index.attribute_uses(self._file, path, name, self._further) if self.depth.calls else None

    @_question(None)
    def future_helper(self, path: str, /) -> FutureHelper | None:
        """Return what kind of finished future a function makes of its arguments."""
        return self._index.future_helper(self._file, path, self._around)

    @_question(None)
    def loop_made(self, path: str, /) -> str | None:
        """Return what kind of event loop a function returns: see ``loops.making``."""
        return self._index.loop_made(self._file, path, self._around)

    @_question(FixtureValue())
    def fixture_value(self, name: str, /) -> FixtureValue:
        """Return what the nearest fixture of a name outside the file gives."""
        return self._index.fixture_value(self._file, name, self._around)

    @_question(None)
    def async_fixture(self, name: str, /) -> Evidence | None:
        """Return where the nearest fixture of a name outside the file stands, if pytest-asyncio sets it up."""
        return self._index.async_fixture(self._file, name, self._around)

    @_question(None)
    def fixture_users(self, name: str, /) -> tuple[ForeignUse, ...] | None:
        """Return what the files below do with what a fixture of this file gives."""
        return self._index.fixture_users(self._file, name, replace(self._around, calls=_CALLS_DEEP - 1))

    @_question(True, leads_on=False)
    def is_named_elsewhere(self, name: str, /) -> bool:
        """Return whether another file of the project holds a name, whatever it means there."""
        return self._index.is_named_elsewhere(self._file, name)

    @_question(None, leads_on=False)
    def driver_helper(self, path: str, /) -> DriverHelper | None:
        """Return how a function of the project that does nothing else runs the coroutine that it is given."""
        return self._index.loops.driver_helper(self._file, path)

    @_question(None, leads_on=False)
    def runs_loop(self, path: str, /) -> Evidence | None:
        """Return where a function of the project, or one of its file that it uses, runs an event loop."""
        return self._index.loops.runs(self._file, path)

    @_question(None, leads_on=False)
    def begins_tasks(self, path: str, /) -> Evidence | None:
        """Return where a function of the project, or one of its file that it uses, begins tasks."""
        return self._index.loops.begins_tasks(self._file, path)

    @_question(None, leads_on=False)
    def imported(self, name: str, /) -> Evidence | None:
        """Return where another file takes a function of this one."""
        return self._index.loops.imported(self._file, name)

    @_question(None, leads_on=False)
    def delegated(self, name: str, /) -> Evidence | None:
        """Return where a generator of another file that isn't a coroutine yields from a call of that name."""
        return self._index.loops.delegated(self._file, name)

    @_question(None, leads_on=False)
    def loop_set_up(self, name: str, /) -> LoopSetUp | None:
        """Return the nearest fixture of a name outside the file that runs a loop; of no name, one that all use."""
        return self._index.loops.set_up(self._file, name)

    @_question(None)
    def loop_override(self, name: str, /) -> LoopOverride | None:
        """Return what the nearest fixture of a name outside the file does with the event loop."""
        return self._index.loops.override(self._file, name, self._suite)

    @_question(None)
    def overridden(self, name: str, /) -> Evidence | None:
        """Return where a fixture of a name in a file below does more than make a loop."""
        return self._index.loops.below(self._file, name, loops.overriding, self._suite)

    @_question(None)
    def fetched(self, name: str, /) -> Evidence | None:
        """Return where a file below gets the fixture of a name by ``getfixturevalue``."""
        return self._index.loops.below(self._file, name, loops.fetch, self._suite)

    @_question(None)
    def driven(self, name: str, /) -> Evidence | None:
        """Return where a sync function of a file below that asks for the fixture of a name runs an event loop."""
        return self._index.loops.below(self._file, name, loops.driving, self._suite)

    @_question(None)
    def awaited(self, name: str, /) -> Evidence | None:
        """Return where an async function of a file below asks for the fixture of a name."""
        return self._index.loops.below(self._file, name, loops.awaiting, self._suite)
