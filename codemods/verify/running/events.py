"""What the recorder wrote: events, read while they come, and what they add up to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from codemods.verify.running.event import FAILURE, Event, parsed
from codemods.verify.running.outcomes import MockCalls, Observed, Outcome, Unawaited

_STEP = 2 * 1024 * 1024
"""Bytes that are read at once; a longer line is none of the recorder's."""
_ALL = 512 * 1024 * 1024
"""Bytes of events that one process may write: some millions; what comes later isn't read."""


class EventLog:
    """The events of one pytest process, in a file that is made here, so that nothing else can stand in its place."""

    def __init__(self, path: Path) -> None:
        """Make the file; raises OSError if there is anything of that name."""
        self._file = open(path, "x+b", buffering=0)  # noqa: SIM115  (closed by __exit__)
        self._position = 0
        self._in_long_line = False
        self.has_more = False
        """Whether a whole step was read last: more may be there already."""

    def __enter__(self) -> EventLog:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the file."""
        self._file.close()

    def new(self) -> Iterator[Event]:
        """Yield what was written since the last call, of whole lines and up to a bound; what isn't an event is left."""
        self._file.seek(self._position)
        data = self._file.read(min(_STEP, _ALL - self._position))
        self.has_more = len(data) == _STEP
        whole = data[: data.rfind(b"\n") + 1] or (data if self.has_more else b"")
        self._position += len(whole)
        for line in whole.splitlines(keepends=True):
            begins, self._in_long_line = not self._in_long_line, not line.endswith(b"\n")
            event = parsed(line) if begins and not self._in_long_line else None
            if event is not None:
                yield event


class Tally:
    """What the events of a run come to so far, over all its processes."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._tests: dict[str, Observed] = {}
        self._unawaited_in: defaultdict[str, list[Unawaited]] = defaultdict(list)
        self._warned_in: defaultdict[str, list[str]] = defaultdict(list)
        self.collected: set[str] = set()
        self.deselected: set[str] = set()
        self.imported: set[str] = set()
        self.outside_copy: set[str] = set()
        self.mocks: list[MockCalls] = []
        self.rootdir: str | None = None
        self.begin()

    def begin(self) -> None:
        """Be ready for a new process."""
        self.started: dict[str, None] = {}
        """What runs now, tests or the file being collected."""
        self.interrupted: set[str] = set()
        """The tests that were told to end because they took too long."""
        self.interruptible = False
        self.exit: int | None = None
        self.finished = False

    def add(self, event: Event) -> None:
        """Take in an event."""
        getattr(self, f"_{event['event']}")(event)

    def _session(self, event: Event) -> None:
        self.rootdir, self.interruptible = event["rootdir"], event["interruptible"]

    def _collecting(self, event: Event) -> None:
        self.started = {event["id"]: None}

    def _uncollectable(self, event: Event) -> None:
        self.note(event["id"], _observed(Outcome.UNCOLLECTABLE, event))

    def _collected(self, event: Event) -> None:
        self.started = {each: None for each in self.started if "::" in each}
        self.collected |= event["ids"]

    def _deselected(self, event: Event) -> None:
        self.deselected |= event["ids"]

    def _start(self, event: Event) -> None:
        self.started[event["id"]] = None

    def _result(self, event: Event) -> None:
        self.started.pop(event["id"], None)
        late = event["id"] in self.interrupted
        self.note(event["id"], _observed(Outcome.TIMEOUT if late else event["outcome"], event, event["seconds"]))

    def note(self, test: str, seen: Observed) -> None:
        """Keep what became of a test; of several that share an id, the broken one counts."""
        before = self._tests.get(test)
        if before is None or not before.broken:
            self._tests[test] = seen

    @property
    def tests(self) -> dict[str, Observed]:
        """What became of the tests."""
        return {test: self._with_warnings(test, seen) for test, seen in self._tests.items()}

    def _with_warnings(self, test: str, seen: Observed) -> Observed:
        unawaited, warned = self._unawaited_in.get(test, ()), self._warned_in.get(test, ())
        return replace(seen, unawaited=tuple(unawaited), warnings=tuple(warned)) if unawaited or warned else seen

    @property
    def left(self) -> list[str]:
        """The tests that were to run and that nothing is known of."""
        return sorted(self.collected - self._tests.keys())

    @property
    def done(self) -> int:
        """How many tests are over."""
        return len(self._tests)

    def _unawaited(self, event: Event) -> None:
        self._unawaited_in[event["id"]].append(Unawaited(event["coroutine"], event["made"]))

    def _warned(self, event: Event) -> None:
        self._warned_in[event["id"]].append(event["text"])

    def _mocks(self, event: Event) -> None:
        self.mocks += [MockCalls(event["id"], event["passed"], path, mock) for path, mock in event["mocks"]]

    def _imported(self, event: Event) -> None:
        self.imported |= event["copy"]
        self.outside_copy |= event["origin"]

    def _finish(self, event: Event) -> None:
        self.finished, self.exit = True, event["exit"]
        self.started = {each: None for each in self.started if "::" in each}  # a test may have ended the session


def _observed(outcome: Outcome, event: Event, seconds: float = 0.0) -> Observed:
    return Observed(outcome, seconds, **{each: event[each] for each in FAILURE})
