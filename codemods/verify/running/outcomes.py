"""What is seen of a test in one run of the suite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from codemods.semantics.answers import RecordedMock

Place = tuple[str, int]
"""A path below the root, posix, and a line."""


class Outcome(str, Enum):
    """What became of a test: pytest's words, and three for what pytest doesn't live to say."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    XPASSED = "xpassed"
    CRASHED = "crashed"
    """The process ended while the test ran."""
    TIMEOUT = "timeout"
    """The test took longer than it may."""
    NOT_RUN = "not run"
    """The run ended before its turn came."""
    UNCOLLECTABLE = "uncollectable"
    """Said of a file: pytest can't collect the tests in it."""


_BROKEN = frozenset(
    (Outcome.FAILED, Outcome.ERROR, Outcome.CRASHED, Outcome.TIMEOUT, Outcome.NOT_RUN, Outcome.UNCOLLECTABLE)
)


@dataclass(frozen=True, slots=True)
class Unawaited:
    """A coroutine that was never awaited."""

    name: str
    """The qualified name of its function."""
    made: Place | None = None
    """Where it was called, unless that is outside the project."""


@dataclass(frozen=True, slots=True)
class Observed:
    """One test in one run, or one file that can't be collected."""

    outcome: Outcome
    seconds: float = 0.0
    error: str = ""
    frames: tuple[Place, ...] = ()
    """Where the error came through, the place that raised it last."""
    through: frozenset[str] = frozenset()
    """The names of the functions that the error came through."""
    functions: tuple[Place, ...] = ()
    """Where the test function and those of its fixtures begin; known of failures only."""
    unawaited: tuple[Unawaited, ...] = ()
    warnings: tuple[str, ...] = ()
    """What else was said while it ran of what it left behind: loops, tasks, connections."""

    @property
    def broken(self) -> bool:
        """Whether it makes the run a failure."""
        return self.outcome in _BROKEN


@dataclass(frozen=True, slots=True)
class MockCalls:
    """What became of the calls of a mock in one test."""

    test: str
    passed: bool
    path: str
    """The file that makes the mock."""
    mock: RecordedMock


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """One run of the suite, or of some of its tests."""

    phase: str
    tests: Mapping[str, Observed]
    """By node id, without the addresses of objects.

    A file that can't be collected stands under its path, and the suite under ``SUITE`` if pytest didn't get so far.
    """
    collected: frozenset[str] = frozenset()
    """The tests that were to run."""
    deselected: frozenset[str] = frozenset()
    """Those that the arguments of pytest left out."""
    rootdir: str | None = None
    """What pytest takes for the root of the suite: node ids begin with a path from there."""
    exit: int | None = None
    """The exit code of pytest; None if it didn't end by itself."""
    seconds: float = 0.0
    processes: int = 1
    """How often pytest was started: again after each crash, for the tests that were left."""
    imported: frozenset[str] = frozenset()
    """The files of the project that were imported, by path."""
    outside_copy: frozenset[str] = frozenset()
    """Those that were imported from the project itself and not from the copy."""
    mocks: tuple[MockCalls, ...] = ()
    """What became of the calls of mocks, if that was noted."""
    output: str = field(default="", repr=False)
    """The end of what pytest printed."""


SUITE = ""
"""In the place of a test: the suite as a whole."""
