"""What the recorder wrote: events, read while they come, and what they add up to."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from codemods.verify.running.outcomes import Observed, Outcome, Unawaited


class EventLog:
    """The events of one pytest process."""

    def __init__(self, path: Path) -> None:
        """Begin at the start of the file, which need not exist yet."""
        self._path = path
        self._position = 0

    def new(self) -> Iterator[dict[str, Any]]:
        """Yield what was written since the last call, whole lines only; what isn't an event is passed over."""
        try:
            with open(self._path, "rb") as file:
                file.seek(self._position)
                data = file.read()
        except FileNotFoundError:
            return
        whole = data[: data.rfind(b"\n") + 1]
        self._position += len(whole)
        for line in whole.splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and isinstance(event.get("event"), str):
                yield event


class Tally:
    """What the events of a run come to so far, over all its processes."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._tests: dict[str, Observed] = {}
        self._unawaited_in: defaultdict[str, list[Unawaited]] = defaultdict(list)
        self.collected: set[str] = set()
        self.deselected: set[str] = set()
        self.imported: set[str] = set()
        self.foreign: set[str] = set()
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

    def add(self, event: dict[str, Any]) -> None:
        """Take in an event."""
        handler = getattr(self, f"_{event['event']}", None)
        if handler is not None:
            handler(event)

    def _session(self, event: dict[str, Any]) -> None:
        self.rootdir, self.interruptible = event["rootdir"], event["interruptible"]

    def _collecting(self, event: dict[str, Any]) -> None:
        self.started = {event["id"]: None}

    def _uncollectable(self, event: dict[str, Any]) -> None:
        self.note(event["id"], _observed(Outcome.UNCOLLECTABLE, event))

    def _collected(self, event: dict[str, Any]) -> None:
        self.started = {each: None for each in self.started if "::" in each}
        self.collected |= set(event["ids"])

    def _deselected(self, event: dict[str, Any]) -> None:
        self.deselected |= set(event["ids"])

    def _start(self, event: dict[str, Any]) -> None:
        self.started[event["id"]] = None

    def _result(self, event: dict[str, Any]) -> None:
        self.started.pop(event["id"], None)
        late = event["id"] in self.interrupted
        self.note(event["id"], _observed(Outcome.TIMEOUT if late else Outcome(event["outcome"]), event))

    def note(self, test: str, seen: Observed) -> None:
        """Keep what became of a test; of several that share an id, the broken one counts."""
        before = self._tests.get(test)
        if before is None or not before.broken:
            self._tests[test] = seen

    @property
    def tests(self) -> dict[str, Observed]:
        """What became of the tests."""
        return {
            test: replace(seen, unawaited=tuple(self._unawaited_in[test])) if test in self._unawaited_in else seen
            for test, seen in self._tests.items()
        }

    @property
    def left(self) -> list[str]:
        """The tests that were to run and that nothing is known of."""
        return sorted(self.collected - self._tests.keys())

    @property
    def done(self) -> int:
        """How many tests are over."""
        return len(self._tests)

    def _unawaited(self, event: dict[str, Any]) -> None:
        made = event["made"]
        self._unawaited_in[event["id"]].append(Unawaited(event["coroutine"], tuple(made) if made else None))

    def _imported(self, event: dict[str, Any]) -> None:
        self.imported |= set(event["copy"])
        self.foreign |= set(event["origin"])

    def _finish(self, event: dict[str, Any]) -> None:
        self.finished, self.exit = True, event["exit"]
        self.started = {each: None for each in self.started if "::" in each}  # a test may have ended the session


def _observed(outcome: Outcome, event: dict[str, Any]) -> Observed:
    frames, functions = (tuple((path, line) for path, line in event.get(key, ())) for key in ("frames", "functions"))
    through = frozenset(event.get("through", ()))
    return Observed(outcome, event.get("seconds", 0.0), event.get("error", ""), frames, through, functions)


def tail(path: Path, size: int = 4000) -> str:
    """Return the end of a text file."""
    with open(path, "rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - size))
        return file.read().decode("utf-8", "replace")
