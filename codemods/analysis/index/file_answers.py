"""The answers to what one file asks about the others, and a record of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, cast

from codemods.analysis.index.suites import Depth
from codemods.model import Evidence, Question
from codemods.semantics.access_path import AccessPath
from codemods.semantics.answers import (
    Argument,
    AsyncFixture,
    Callee,
    CaseHeir,
    DriverHelper,
    ExternalUse,
    FixtureValue,
    FutureHelper,
    ImportedName,
    LoopOverride,
    LoopSetUp,
    RecordedMock,
    Surroundings,
)
from codemods.semantics.limits import own_frames

if TYPE_CHECKING:
    from codemods.analysis.index.facts import Facts
    from codemods.analysis.index.fixtures import FixtureFacts
    from codemods.analysis.index.given import GivenNames
    from codemods.analysis.index.loops import LoopFacts
    from codemods.analysis.index.objects import ObjectFacts
    from codemods.analysis.index.recorded import RecordedMocks
    from codemods.analysis.index.runners import RunnerFacts

_FRAMES = 600
"""How many calls inside of each other one question may take, whoever asks it."""
Source = Literal["facts", "objects", "fixtures", "given", "loops", "recorded", "runners"]
Method = TypeVar("Method", bound=Callable[..., Any])


class Sources(Protocol):
    """What answers, each loaded when a question is asked of its kind."""

    @property
    def facts(self) -> Facts:
        """What answers questions about the code of other files."""

    @property
    def objects(self) -> ObjectFacts:
        """What answers questions about what is handed to other files."""

    @property
    def fixtures(self) -> FixtureFacts:
        """What answers questions about fixtures."""

    @property
    def given(self) -> GivenNames:
        """What answers who uses the names of a file."""

    @property
    def loops(self) -> LoopFacts:
        """What answers questions about event loops."""

    @property
    def recorded(self) -> RecordedMocks:
        """What answers what a run has shown."""

    @property
    def runners(self) -> RunnerFacts:
        """What answers questions about who runs tests."""


def _question(unknown: object, of: Source, *, leads_on: bool = True) -> Callable[[Method], Method]:
    """Have a method answer each question once.

    Args:
        unknown: The answer where no level is left.
        of: What answers.
        leads_on: Whether an answer takes further questions; else it is the same at every depth.
    """

    def once(method: Method) -> Method:
        @wraps(method)
        def answer(self: FileAnswers, *args: str | int | AccessPath) -> Any:
            answers = self if leads_on else self.whole
            question = method.__name__, args
            if question not in answers.known:
                answers.known[question] = unknown
                if answers.depth.levels:
                    if of not in vars(answers._sources):  # to load what answers takes frames: not those of an answer
                        with own_frames(_FRAMES):
                            getattr(answers._sources, of)
                    with suppress(RecursionError), own_frames(_FRAMES):  # what is nested so deeply stays unknown
                        answers.known[question] = method(answers, *args)
            return answers.known[question]

        return cast("Method", answer)

    return once


class FileAnswers:
    """The answers to one file, as far as a depth allows."""

    def __init__(self, file: Path, depth: Depth, sources: Sources, whole: FileAnswers | None = None) -> None:
        """Answer the questions of a file; ``whole`` are the answers to it that lead as far as any, if these don't."""
        self.known: dict[Question, Any] = {}
        """What was asked, and answered."""
        self.depth = depth
        self.whole = whole or self
        self._file = file
        self._sources = sources

    @_question(None, "facts", leads_on=False)
    def definition(self, dotted: str, /) -> ImportedName | None:
        """Return what a name that the file imports from its project stands for."""
        return self._sources.facts.definition(self._file, dotted)

    @_question(Callee(), "facts", leads_on=False)
    def callee(self, path: AccessPath, /) -> Callee:
        """Return whether a call of something has to be awaited, and what it does."""
        return self._sources.facts.callee(self._file, path)

    @_question(Callee(), "facts", leads_on=False)
    def declared_callee(self, path: AccessPath, /) -> Callee:
        """Return the same where the class of an object is only declared: it may be any heir, and override a method."""
        return self._sources.facts.declared_callee(self._file, path)

    @_question(Argument(), "objects")
    def argument(self, path: AccessPath, place: int | str, /) -> Argument:
        """Return what a call of ``path`` does with an argument, given by its place or keyword."""
        if not self.depth.calls:
            return Argument()
        return self._sources.objects.argument(self._file, path, place, self.depth.further)

    @_question(None, "objects")
    def attribute_uses(self, path: AccessPath, name: str, /) -> tuple[ExternalUse, ...] | None:
        """Return what code does with what is stored as an attribute of ``path``."""
        if not self.depth.calls:
            return None
        return self._sources.objects.attribute_uses(self._file, path, name, self.depth.further)

    @_question(None, "objects")
    def future_helper(self, path: AccessPath, /) -> FutureHelper | None:
        """Return what kind of finished future a function makes of its arguments."""
        return self._sources.objects.future_helper(self._file, path, self.depth.inside)

    @_question(None, "loops")
    def loop_made(self, path: AccessPath, /) -> str | None:
        """Return what kind of event loop a function returns: see ``loops.making``."""
        return self._sources.loops.made(self._file, path, self.depth.inside)

    @_question(FixtureValue(), "fixtures")
    def fixture_value(self, name: str, /) -> FixtureValue:
        """Return what the nearest fixture of a name outside the file gives."""
        return self._sources.fixtures.value(self._file, name, self.depth.inside)

    @_question((), "recorded", leads_on=False)
    def recorded_mocks(self, text: str, /) -> tuple[RecordedMock, ...]:
        """Return what a run of the suite has shown of the mocks that this file makes, if that was its text then."""
        return self._sources.recorded.of(self._file, text)

    @_question(True, "fixtures", leads_on=False)
    def has_fixture(self, name: str, /) -> bool:
        """Return whether a name means, or may mean, a fixture of the project or of pytest to the file."""
        return self._sources.fixtures.has(self._file, name)

    @_question(None, "fixtures", leads_on=False)
    def async_fixture(self, name: str, /) -> AsyncFixture | None:
        """Return the fixture that a name means, or may mean, outside the file, if pytest-asyncio sets it up."""
        return self._sources.fixtures.asynchronous(self._file, name)

    @_question(frozenset(), "runners", leads_on=False)
    def test_runners(self, qualname: str, /) -> frozenset[str]:
        """Return the runners that a test of this file names, by a mark or a fixture that it reaches in any file."""
        return self._sources.runners.of_test(self._file, qualname)

    @_question(frozenset(), "runners", leads_on=False)
    def user_runners(self, qualname: str, /) -> frozenset[str]:
        """Return the runners of all tests, in any file, that reach a fixture of this one."""
        return self._sources.runners.of_users(self._file, qualname)

    @_question(None, "fixtures")
    def fixture_users(self, name: str, /) -> tuple[ExternalUse, ...] | None:
        """Return what the files below do with what a fixture of this file gives."""
        return self._sources.fixtures.uses(self._file, name, replace(self.depth.inside, calls=1))

    @_question(True, "facts", leads_on=False)
    def is_named_in_another_file(self, name: str, /) -> bool:
        """Return whether another file of the project holds a name, whatever it means there."""
        return self._sources.facts.is_named_in_another_file(self._file, name)

    @_question(None, "loops", leads_on=False)
    def driver_helper(self, path: AccessPath, /) -> DriverHelper | None:
        """Return how a function of the project that does nothing else runs the coroutine that it is given."""
        return self._sources.loops.driver_helper(self._file, path)

    @_question(None, "loops", leads_on=False)
    def runs_loop(self, path: AccessPath, /) -> Evidence | None:
        """Return where a function of the project, or one that it uses, runs an event loop."""
        return self._sources.loops.runs(self._file, path)

    @_question(False, "loops", leads_on=False)
    def only_keeps(self, path: AccessPath, /) -> bool:
        """Return whether a class of the project does nothing but keep values when an instance is made."""
        return self._sources.loops.only_keeps(self._file, path)

    @_question(None, "loops", leads_on=False)
    def begins_tasks(self, path: AccessPath, /) -> Evidence | None:
        """Return where a function of the project, or one of its file that it uses, begins tasks."""
        return self._sources.loops.begins_tasks(self._file, path)

    @_question((), "given", leads_on=False)
    def users(self, name: str, /) -> tuple[Evidence, ...]:
        """Return where other files use a name of this one."""
        return self._sources.given.users(self._file, name)

    @_question((), "given", leads_on=False)
    def case_heirs(self, name: str, /) -> tuple[CaseHeir, ...]:
        """Return the classes of other files that inherit from a plain ``TestCase`` of this one."""
        return self._sources.given.case_heirs(self._file, name)

    @_question(None, "facts", leads_on=False)
    def caught(self, name: str, /) -> Evidence | None:
        """Return where code that is no test awaits a call of that name and catches a TypeError that it raises."""
        return self._sources.facts.caught(self._file, name)

    @_question(None, "facts", leads_on=False)
    def awaited_call(self, name: str, /) -> Evidence | None:
        """Return where code that is no test awaits a call of that name, which no two functions of the project have."""
        return self._sources.facts.awaited_call(self._file, name)

    @_question((), "facts", leads_on=False)
    def passed_on(self, path: AccessPath, /) -> tuple[str, ...]:
        """Return what code that is no test calls with the unawaited result of a function, by the names of those."""
        return self._sources.facts.passed_on(self._file, path)

    @_question(None, "loops", leads_on=False)
    def delegated(self, name: str, /) -> Evidence | None:
        """Return where a generator of another file that isn't a coroutine yields from a call of that name."""
        return self._sources.loops.delegated(self._file, name)

    @_question(None, "fixtures", leads_on=False)
    def loop_set_up(self, name: str, /) -> LoopSetUp | None:
        """Return the nearest fixture of a name outside the file that runs a loop; of no name, one that all use."""
        return self._sources.fixtures.loop_set_up(self._file, name)

    @_question(False, "fixtures", leads_on=False)
    def bases_lack(self, line: int, name: str, /) -> bool:
        """Return whether the bases of a class in other files are known, and none has, or may have, such a fixture."""
        return self._sources.fixtures.bases_lack(self._file, line, name)

    @_question(None, "fixtures", leads_on=False)
    def loop_beside(self, qualname: str, /) -> LoopSetUp | None:
        """Return the fixture that a test of this file reaches and that makes an event loop of its own."""
        return self._sources.fixtures.loop_beside(self._file, qualname)

    @_question(Surroundings(), "fixtures", leads_on=False)
    def surroundings(self, line: int, /) -> Surroundings:
        """Return what of other files runs with the function that begins at a line."""
        return self._sources.fixtures.surroundings(self._file, line)

    @_question(None, "fixtures")
    def loop_override(self, name: str, /) -> LoopOverride | None:
        """Return what the nearest fixture of a name outside the file does with the event loop."""
        return self._sources.fixtures.override(self._file, name, self.depth.inside)

    @_question(None, "fixtures")
    def overridden(self, name: str, /) -> Evidence | None:
        """Return where a fixture of a name in a file below does more than make a loop."""
        return self._sources.fixtures.overridden(self._file, name, self.depth.inside)

    @_question(None, "fixtures")
    def fetched(self, name: str, /) -> Evidence | None:
        """Return where a file below gets the fixture of a name by ``getfixturevalue``."""
        return self._sources.fixtures.fetched(self._file, name, self.depth.inside)

    @_question(None, "fixtures")
    def driven(self, name: str, /) -> Evidence | None:
        """Return where a sync function of a file below that asks for the fixture of a name runs an event loop."""
        return self._sources.fixtures.driven(self._file, name)

    @_question(None, "fixtures")
    def awaited(self, name: str, /) -> Evidence | None:
        """Return where an async function of a file below asks for the fixture of a name."""
        return self._sources.fixtures.awaited(self._file, name)
