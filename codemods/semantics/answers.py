"""What a file may ask about the others, and what it is answered; all of it picklable, and none of it a tree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Protocol

from codemods.model import Evidence
from codemods.semantics.access_path import AccessPath


class Answer(str, Enum):
    """Whether a call of something has to be awaited."""

    ASYNC = "async"
    SYNC = "sync"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Taker:
    """Who gets what a call gives that nothing awaits there: the callers of the function that returns it, or a call."""

    name: str
    """The name of the function, or of what is called."""
    definition: Evidence | None = None
    """Where the function stands."""
    is_property: bool = False
    is_async: bool = False
    calls: int = 0
    """How many calls of what the function returns lead to it: one, if it returns a mock, or a lambda around a call."""
    is_awaited: bool = False
    """Whether it is awaited in a file that uses the function."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of another file: its name, and where it stands."""

    name: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class ExternalUse:
    """A use of a mock in another file; the fields are those of ``Use``."""

    path: tuple[str, ...]
    kind: str
    used: bool
    name: str
    evidence: Evidence
    stands_for: AccessPath | None = None
    taker: Taker | None = None
    plain: bool = False
    functions: tuple[Function, ...] = ()
    at_times: bool = False
    declared: bool = False
    """Whether the evidence is where what the mock stands for is defined, and not where it is used."""
    members: tuple[str, ...] | None = None
    """The members of the object to whose constructor the mock goes that lead there; None if anything may."""
    by: Function | None = None
    """The function of the file that was asked in which it is, or by which it comes to those of a further file."""


@dataclass(frozen=True, slots=True)
class FutureHelper:
    """A function that makes a finished awaitable of its arguments.

    ``parameters`` is the text between its parentheses; ``result`` and ``error`` are the parameter or the constant with
    which it finishes.
    """

    parameters: str
    result: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Callee:
    """What is known of something that is called."""

    answer: Answer = Answer.UNKNOWN
    evidence: Evidence | None = None
    gives_nothing: bool = False
    """Whether it does something and returns nothing."""
    is_coroutine_function: bool = False
    """Whether it is written with ``async def``, and nothing wraps it."""
    patched: Answer = Answer.UNKNOWN
    """Whether patch puts an AsyncMock in its place, or, by the answer ``SYNC``, a MagicMock."""
    is_object: bool = False
    """Whether it is, or may be, an instance of a class, which is there for more than to be called."""


@dataclass(frozen=True, slots=True)
class Argument:
    """What becomes of an argument: its uses, None if they aren't known, and what it is declared to be."""

    uses: tuple[ExternalUse, ...] | None = None
    path: AccessPath | None = None


@dataclass(frozen=True, slots=True)
class FixtureValue:
    """What a fixture gives, and whether it is a mock, or what a mock gives."""

    path: AccessPath | None = None
    is_mock: bool = False


@dataclass(frozen=True, slots=True)
class AsyncFixture:
    """An async fixture, and where it stands."""

    evidence: Evidence
    only_on_request: bool
    """Whether it is certain that the name means it, and that it isn't set up where nobody asks for it."""
    is_run: bool = True
    """Whether pytest-asyncio sets it up: a plain one of strict mode is nobody's as it stands."""


@dataclass(frozen=True, slots=True)
class LoopOverride:
    """What a fixture does with the event loop, as ``loops.overrides`` has it, and where it stands."""

    kind: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class DriverHelper:
    """What a helper does: whether it calls ``asyncio.run``, and whether it returns what the coroutine does."""

    is_run: bool
    returns: bool


@dataclass(frozen=True, slots=True)
class Replaced:
    """What is replaced while a function runs: functions, by the last parts of their names, or the clock."""

    names: frozenset[str]
    of_clock: bool
    evidence: Evidence
    is_doubtful: bool = False
    """Whether it is only called ``clock``, which may as well be a real one."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What runs with a function of a file and stands in others: fixtures, set-up, base classes, what it calls."""

    replaced: tuple[Replaced, ...] = ()
    tasks: Evidence | None = None
    """Where something begins tasks that run beside it."""
    signals: Evidence | None = None
    """Where something handles signals."""


@dataclass(frozen=True, slots=True)
class LoopSetUp:
    """A fixture that makes or runs a loop for a test, as a message names it, and where it does."""

    fixture: str
    evidence: Evidence


class ClassKind(str, Enum):
    """Who runs the methods of a class; a base that can't be resolved makes it unknown."""

    PLAIN = "plain"
    TEST_CASE = "test case"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CaseHeir:
    """A class that inherits from a plain ``TestCase`` of the project."""

    evidence: Evidence
    lost: Evidence | None = None
    """An async test of it, which nothing awaits."""
    doubt: str | None = None
    """Why its base may have to stay what it is."""


@dataclass(frozen=True, slots=True)
class ImportedName:
    """What an imported name is, as far as the file that defines it can tell."""

    kind: ClassKind | None = None
    base: str | None = None
    marks: tuple[str | None, ...] = ()
    """The names of a class's own and inherited marks, None for one that can't be told."""
    bare: str | None = None
    """What it does as a decorator without parentheses: see ``decorator_effect``."""
    called: str | None = None
    """What it does as a decorator with parentheses."""


@dataclass(frozen=True, slots=True)
class RecordedMock:
    """What became of the calls of a mock, or of a child of one, in tests that passed."""

    line: int
    column: int | None
    """Where the call stands that makes the mock, in bytes from 0; None if only the line is known."""
    members: tuple[str, ...]
    """The way to the child: the names of attributes; the result of a call is ``return_value``."""
    calls: int
    awaited: int
    awaitable: int
    """How many calls gave something that can be awaited by itself: that says nothing of the mock."""
    unsure: int
    """How many results were awaited of which it isn't certain that they are those of this mock."""
    asked: int
    """How often code asked whether it, or what it gave, is to be awaited."""
    test: str | None = None
    """The first of these tests in which a result of it was awaited."""

    @property
    def kept(self) -> int:
        """How many calls nothing awaited."""
        return max(0, self.calls - self.awaited - self.awaitable - self.unsure)


class Answers(Protocol):
    """The answers to what one file asks about the others; what isn't known is unknown, None, or False."""

    def definition(self, dotted: str, /) -> ImportedName | None:
        """Return what a name that the file imports from its project stands for."""

    def callee(self, path: AccessPath, /) -> Callee:
        """Return whether a call of something has to be awaited, and what it does."""

    def declared_callee(self, path: AccessPath, /) -> Callee:
        """Return the same where the class of an object is only declared: it may be any heir, and override a method."""

    def argument(self, path: AccessPath, place: int | str, /) -> Argument:
        """Return what a call of ``path`` does with an argument, given by its place or keyword."""

    def attribute_uses(self, path: AccessPath, name: str, /) -> tuple[ExternalUse, ...] | None:
        """Return what code does with what is stored as an attribute of ``path``."""

    def future_helper(self, path: AccessPath, /) -> FutureHelper | None:
        """Return what kind of finished future a function makes of its arguments."""

    def driver_helper(self, path: AccessPath, /) -> DriverHelper | None:
        """Return how a function of the project that does nothing else runs the coroutine that it is given."""

    def loop_made(self, path: AccessPath, /) -> str | None:
        """Return what kind of event loop a function returns: see ``loops.making``."""

    def runs_loop(self, path: AccessPath, /) -> Evidence | None:
        """Return where a function of the project, or one that it uses, runs an event loop."""

    def only_keeps(self, path: AccessPath, /) -> bool:
        """Return whether a class of the project does nothing but keep values when an instance is made."""

    def begins_tasks(self, path: AccessPath, /) -> Evidence | None:
        """Return where a function of the project, or one of its file that it uses, begins tasks."""

    def users(self, name: str, /) -> tuple[Evidence, ...]:
        """Return where other files use a name of this one, the first place of each.

        Args:
            name: What the module defines or imports, or a method by the dotted path of its class and itself: that is
                used where an heir overrides it, too.
        """

    def is_named_in_another_file(self, name: str, /) -> bool:
        """Return whether another file of the project holds a name, whatever it means there."""

    def case_heirs(self, name: str, /) -> tuple[CaseHeir, ...]:
        """Return the classes of other files that inherit from a plain ``TestCase`` of this one."""

    def caught(self, name: str, /) -> Evidence | None:
        """Return where code that is no test awaits a call of that name and catches a TypeError that it raises."""

    def awaited_call(self, name: str, /) -> Evidence | None:
        """Return where code that is no test awaits a call of that name, which no two functions of the project have."""

    def passed_on(self, path: AccessPath, /) -> tuple[str, ...]:
        """Return what code that is no test calls with the unawaited result of a function, by the names of those."""

    def delegated(self, name: str, /) -> Evidence | None:
        """Return where a generator of another file that isn't a coroutine yields from a call of that name."""

    def fixture_value(self, name: str, /) -> FixtureValue:
        """Return what the nearest fixture of a name outside the file gives."""

    def recorded_mocks(self, text: str, /) -> tuple[RecordedMock, ...]:
        """Return what a run of the suite has shown of the mocks that this file makes.

        Args:
            text: What ``recording.text_key`` returns for the text of the file: nothing is known of other texts.
        """

    def has_fixture(self, name: str, /) -> bool:
        """Return whether a name means, or may mean, a fixture of the project or of pytest to the file."""

    def async_fixture(self, name: str, /) -> AsyncFixture | None:
        """Return the async fixture that a name means, or may mean, outside the file: one that is set up first."""

    def test_runners(self, qualname: str, /) -> frozenset[str]:
        """Return the runners that a test of this file names, by a mark or a fixture that it reaches in any file."""

    def user_runners(self, qualname: str, /) -> frozenset[str]:
        """Return the runners of all tests, in any file, that reach a fixture of this one."""

    def fixture_users(self, name: str, /) -> tuple[ExternalUse, ...] | None:
        """Return what the files below do with what a fixture of this file gives."""

    def loop_override(self, name: str, /) -> LoopOverride | None:
        """Return what the nearest fixture of a name outside the file does with the event loop."""

    def loop_set_up(self, name: str, /) -> LoopSetUp | None:
        """Return the nearest fixture of a name outside the file that runs a loop; of no name, one that all use."""

    def bases_lack(self, line: int, name: str, /) -> bool:
        """Return whether the bases of a class in other files are known, and none has, or may have, such a fixture."""

    def loop_beside(self, qualname: str, /) -> LoopSetUp | None:
        """Return the fixture that a test of this file reaches and that makes an event loop of its own."""

    def surroundings(self, line: int, /) -> Surroundings:
        """Return what of other files runs with the function that begins at a line."""

    def overridden(self, name: str, /) -> Evidence | None:
        """Return where a fixture of a name in a file below does more than make a loop."""

    def fetched(self, name: str, /) -> Evidence | None:
        """Return where a file below gets the fixture of a name by ``getfixturevalue``."""

    def driven(self, name: str, /) -> Evidence | None:
        """Return where a sync function of a file below that asks for the fixture of a name runs an event loop."""

    def awaited(self, name: str, /) -> Evidence | None:
        """Return where an async function of a file below asks for the fixture of a name."""


class NoAnswers:
    """The answers to a file that is all there is: nothing."""

    def definition(self, dotted: str, /) -> ImportedName | None:
        """Return None: nothing is known."""
        return None

    def callee(self, path: AccessPath, /) -> Callee:
        """Return that nothing is known."""
        return Callee()

    declared_callee = callee

    def argument(self, path: AccessPath, place: int | str, /) -> Argument:
        """Return that nothing is known."""
        return Argument()

    def fixture_value(self, name: str, /) -> FixtureValue:
        """Return that nothing is known."""
        return FixtureValue()

    def surroundings(self, line: int, /) -> Surroundings:
        """Return that nothing is known."""
        return Surroundings()

    def recorded_mocks(self, text: str, /) -> tuple[RecordedMock, ...]:
        """Return nothing: no run is known."""
        return ()

    def has_fixture(self, name: str, /) -> bool:
        """Return True: it can't be ruled out."""
        return True

    def is_named_in_another_file(self, name: str, /) -> bool:
        """Return True: it can't be ruled out."""
        return True

    def only_keeps(self, path: AccessPath, /) -> bool:
        """Return False: nothing is known."""
        return False

    def bases_lack(self, line: int, name: str, /) -> bool:
        """Return False: nothing is known."""
        return False

    def test_runners(self, qualname: str, /) -> frozenset[str]:
        """Return that nothing is known."""
        return frozenset()

    user_runners = test_runners

    def users(self, name: str, /) -> tuple[Evidence, ...]:
        """Return nothing: there are no others."""
        return ()

    def case_heirs(self, name: str, /) -> tuple[CaseHeir, ...]:
        """Return nothing: there are no others."""
        return ()

    def passed_on(self, path: AccessPath, /) -> tuple[str, ...]:
        """Return nothing: there are no others."""
        return ()

    def _nothing(self, *_: object) -> None:
        return None

    attribute_uses = fixture_users = future_helper = driver_helper = loop_made = runs_loop = begins_tasks = caught = (
        async_fixture
    ) = loop_override = loop_set_up = loop_beside = overridden = fetched = driven = awaited = awaited_call = (
        delegated
    ) = _nothing


def without_place(answer: Any) -> Any:
    """Return an answer without its place: where something is says nothing as long as it isn't known what it is."""
    if isinstance(answer, Evidence):
        return True
    if isinstance(answer, tuple) and answer and isinstance(answer[0], Evidence):
        return [each.path for each in answer]
    return replace(answer, evidence=None) if hasattr(answer, "evidence") else answer
