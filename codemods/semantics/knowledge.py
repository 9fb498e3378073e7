"""What the rules ask of the index while they look at one file, and what they are told; all of it picklable."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from codemods.model import Evidence


class Answer(str, Enum):
    """Whether a call of something has to be awaited."""

    ASYNC = "async"
    SYNC = "sync"
    UNKNOWN = "unknown"


class About(str, Enum):
    """What is asked of a path."""

    CALL = "call"
    """Whether a call of it has to be awaited."""
    ARGUMENT = "argument"
    """What it does, called, with an argument; ``name`` is the argument's place or keyword."""
    ATTRIBUTE = "attribute"
    """What the code does with what is stored in its attribute ``name``."""
    HELPER = "helper"
    """What kind of finished future it makes of its arguments."""
    GIVES = "gives"
    """What the fixture of that name gives, as a path."""
    FIXTURE = "fixture"
    """Whether the fixture of that name is one that pytest-asyncio sets up."""
    USERS = "users"
    """What the test files below do with what a fixture of the file gives."""
    LOOP = "loop"
    """What kind of event loop a function of the project returns: see ``loops.making``."""
    OVERRIDE = "override"
    """What the nearest fixture of that name in a conftest does with the event loop: see ``loops.overrides``."""
    OVERRIDDEN = "overridden"
    """Where a fixture of that name in a file below does more than make a loop."""
    FETCHED = "fetched"
    """Where the files below get the fixture of that name by ``getfixturevalue``."""
    DRIVEN = "driven"
    """Where the sync functions of the files below that ask for the fixture of that name run an event loop."""
    AWAITED = "awaited"
    """Where an async function of the files below asks for the fixture of that name."""
    RUNS = "runs"
    """Where a function of the project, or one of its file that it uses, runs an event loop."""
    NAMED = "named"
    """Whether another file of the project holds that name, whatever it means there."""
    DRIVES = "drives"
    """Whether a function of the project only runs the coroutine that it is given: see ``awaits.driver_helpers``."""
    SCHEDULES = "schedules"
    """Whether a function of the project, or one of its file that it uses, begins tasks."""
    SET_UP = "set up"
    """Where the nearest fixture of that name in a conftest, or any that is used automatically, runs an event loop."""
    DELEGATED = "delegated"
    """Where a generator of another file that isn't a coroutine yields from a call of that name."""
    IMPORTED = "imported"
    """Where another file takes that name from the file that asks."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question about a path: see ``Symbols.find``."""

    about: About
    path: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class ForeignUse:
    """A use of a mock in another file; the fields are those of ``Use``."""

    path: tuple[str, ...]
    kind: str
    used: bool
    name: str
    evidence: Evidence


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
class Known:
    """What the index says; a question that it can't answer is unknown in every respect."""

    answer: Answer = Answer.UNKNOWN
    evidence: Evidence | None = None
    uses: tuple[ForeignUse, ...] | None = None
    path: str | None = None
    """What the argument, or the fixture, is: a path that can be asked about."""
    helper: FutureHelper | None = None
    gives_nothing: bool = False
    """Whether it does something and returns nothing."""
    is_unnamed: bool = False
    """Whether no other file of the project holds the name."""
    is_coroutine_function: bool = False
    """Whether it is written with ``async def``, so that patch puts an AsyncMock in its place."""
    loop: str | None = None
    """The kind of loop that the function makes, or of the fixture that overrides ``event_loop``."""
    is_mock: bool = False
    """Whether the fixture gives a mock, or what a mock gives, whatever it stands for."""
