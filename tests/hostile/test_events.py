"""What a suite writes in the place of the recorder: data, of which only whole and valid events count."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from time import sleep

import pytest

from codemods.verify.running import events, watching
from codemods.verify.running.event import Event, parsed, printable
from codemods.verify.running.events import EventLog, Tally
from codemods.verify.running.outcomes import Observed, Outcome, Unawaited
from codemods.verify.running.watching import watch

TEST = "test_it.py::test_it"
RESULT = {"event": "result", "id": TEST, "outcome": "passed", "seconds": 1.5}

VALID: list[dict[str, object]] = [
    {"event": "session", "rootdir": "/a project", "interruptible": True},
    {"event": "collecting", "id": "test_it.py"},
    {"event": "uncollectable", "id": "", "error": "no"},
    {"event": "uncollectable", "id": "test_b.py", "error": "no", "frames": [["a.py", 1]], "through": ["f"]},
    {"event": "collected", "ids": [TEST, "../other/test_it.py::test[a b/../c]"]},
    {"event": "deselected", "ids": []},
    {"event": "start", "id": TEST},
    RESULT,
    {**RESULT, "seconds": 0, "functions": [["test_it.py", 3]], "unknown": {"a": 1}},
    {"event": "unawaited", "id": TEST, "coroutine": "f", "made": None},
    {"event": "unawaited", "id": TEST, "coroutine": "f", "made": ["a.py", 3]},
    {"event": "imported", "copy": ["a.py"], "origin": []},
    {"event": "finish", "exit": 1},
]


@pytest.mark.parametrize("event", VALID, ids=lambda event: f"{event['event']}-{len(event)}")
def test_events_of_the_recorder(event: dict[str, object]) -> None:
    found = parsed(json.dumps(event).encode() + b"\n")
    assert found is not None
    Tally().add(found)


def _without(key: str) -> dict[str, object]:
    return {name: value for name, value in RESULT.items() if name != key}


INVALID: dict[str, object] = {
    "no object": [RESULT],
    "a number": 1,
    "no event": {"id": TEST},
    "an unknown event": {**RESULT, "event": "results"},
    "an attribute": {**RESULT, "event": "tests"},
    "a method": {**RESULT, "event": "_add"},
    "an event of many": {**RESULT, "event": ["result"]},
    "no id": _without("id"),
    "no outcome": _without("outcome"),
    "no seconds": _without("seconds"),
    "an id of another type": {**RESULT, "id": [TEST]},
    "an id without a test": {**RESULT, "id": "test_it.py"},
    "the suite": {**RESULT, "id": ""},
    "an absolute id": {**RESULT, "id": "/etc/test_it.py::test_it"},
    "an id with a NUL": {**RESULT, "id": "test\0.py::test_it"},
    "an unknown outcome": {**RESULT, "outcome": "splendid"},
    "an outcome of many": {**RESULT, "outcome": {"passed": 1}},
    "an outcome that only verify gives": {**RESULT, "outcome": "timeout"},
    "seconds in words": {**RESULT, "seconds": "1"},
    "seconds that are true": {**RESULT, "seconds": True},
    "an error of another type": {**RESULT, "error": {}},
    "frames of another type": {**RESULT, "frames": 1},
    "frames of three": {**RESULT, "frames": [["a.py", 1, 2]]},
    "frames of one": {**RESULT, "frames": [["a.py"]]},
    "frames above the root": {**RESULT, "frames": [["../a.py", 1]]},
    "frames that climb": {**RESULT, "frames": [["a/../../a.py", 1]]},
    "absolute frames": {**RESULT, "frames": [["/a.py", 1]]},
    "lines of another type": {**RESULT, "frames": [["a.py", 1.5]]},
    "a negative line": {**RESULT, "functions": [["a.py", -1]]},
    "a huge line": {**RESULT, "functions": [["a.py", 10**30]]},
    "names of another type": {**RESULT, "through": "f"},
    "names of numbers": {**RESULT, "through": [1]},
    "ids of another type": {"event": "collected", "ids": TEST},
    "ids in an object": {"event": "collected", "ids": {TEST: 1}},
    "ids of numbers": {"event": "collected", "ids": [1]},
    "ids of lists": {"event": "deselected", "ids": [[TEST]]},
    "no ids": {"event": "collected"},
    "a relative root": {"event": "session", "rootdir": "a", "interruptible": True},
    "a root of another type": {"event": "session", "rootdir": 1, "interruptible": True},
    "half a session": {"event": "session", "rootdir": "/a", "interruptible": 1},
    "an absolute import": {"event": "imported", "copy": ["/a.py"], "origin": []},
    "an import above the root": {"event": "imported", "copy": [], "origin": ["../a.py"]},
    "half an import": {"event": "imported", "copy": []},
    "a coroutine of another type": {"event": "unawaited", "id": TEST, "coroutine": 1, "made": None},
    "a coroutine made nowhere": {"event": "unawaited", "id": TEST, "coroutine": "f", "made": []},
    "an exit of another type": {"event": "finish", "exit": "0"},
    "a huge exit": {"event": "finish", "exit": 2**40},
    "an exit that is true": {"event": "finish", "exit": True},
}


@pytest.mark.parametrize("event", INVALID.values(), ids=INVALID.keys())
def test_what_is_no_event_is_passed_over(event: object) -> None:
    assert parsed(json.dumps(event).encode()) is None


RAW = {
    "nothing": b"",
    "no JSON": b"result",
    "half": b'{"event": "finish", "exit": ',
    "no UTF-8": b'{"event": "\xff"}',
    "deep lists": b"[" * 500_000,
    "deep objects": b'{"event":' * 200_000,
    "deep in a field": b'{"event": "start", "id": ' + b"[" * 500_000 + b"]" * 500_000 + b"}",
    "many digits": b'{"event": "finish", "exit": ' + b"9" * 10_000 + b"}",
}


@pytest.mark.parametrize("line", RAW.values(), ids=RAW.keys())
def test_what_is_no_json_is_passed_over(line: bytes) -> None:
    assert parsed(line) is None


@pytest.mark.parametrize("seconds", ["-1", "NaN", "Infinity", "-Infinity", "1e400", "1e300", "9" * 400])
def test_impossible_times_are_none(seconds: str) -> None:
    event = parsed(json.dumps(RESULT).replace("1.5", seconds).encode())
    assert event is not None
    assert event["seconds"] == 0.0


def test_an_error_drives_no_terminal() -> None:
    event = parsed(json.dumps({**RESULT, "error": "\x1b[2Ja\r\nb\tc\u202e\x9b\0" + "d" * 10_000}).encode())
    assert event is not None
    assert event["error"].startswith("\\x1b[2Ja\\r\nb\tc\\u202e\\x9b\\x00ddd")
    assert len(event["error"]) < 2100
    assert printable("é\n\t☃") == "é\n\t☃"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    with EventLog(tmp_path / "events") as log:
        yield log


def append(log: Path, data: bytes) -> None:
    with open(log, "ab") as file:
        file.write(data)


def start(number: int) -> bytes:
    return b'{"event": "start", "id": "a::%d"}\n' % number


def drained(log: EventLog) -> list[str]:
    found = [event["id"] for event in log.new()]
    while log.has_more:
        found += [event["id"] for event in log.new()]
    return found


def test_lines_in_pieces(log: EventLog, tmp_path: Path) -> None:
    append(tmp_path / "events", start(1) + start(2)[:10])
    assert drained(log) == ["a::1"]
    assert drained(log) == []
    append(tmp_path / "events", start(2)[10:])
    assert drained(log) == ["a::2"]


@pytest.mark.parametrize("size", [100, 255, 256, 257, 1000])
def test_a_line_that_is_too_long_is_passed_over(
    log: EventLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(events, "_STEP", 256)
    append(tmp_path / "events", start(1) + b"x" * size + start(2) + start(3) + b"[" * size + b"\n" + start(4))
    assert drained(log) == ["a::1", "a::3", "a::4"]
    append(tmp_path / "events", start(5))
    assert drained(log) == ["a::5"]


def test_a_long_line_that_still_grows(log: EventLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_STEP", 64)
    for _ in range(10):
        append(tmp_path / "events", b"x" * 50)
        assert drained(log) == []
    append(tmp_path / "events", b"\n" + start(1))
    assert drained(log) == ["a::1"]


def test_events_without_an_end(log: EventLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_STEP", 1000)
    monkeypatch.setattr(events, "_ALL", 5000)
    append(tmp_path / "events", start(1) * 1000)
    assert len(list(log.new())) <= 1000 // len(start(1))
    assert 100 < len(drained(log)) <= 5000 // len(start(1))
    append(tmp_path / "events", start(2))
    assert drained(log) == []


def test_a_file_that_is_cut(log: EventLog, tmp_path: Path) -> None:
    append(tmp_path / "events", start(1) + start(2))
    assert drained(log) == ["a::1", "a::2"]
    (tmp_path / "events").write_bytes(b"")
    assert drained(log) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
@pytest.mark.parametrize("kind", ["pipe", "link", "device", "folder"])
def test_what_takes_the_place_of_the_file_is_not_read(log: EventLog, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "events"
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        target = tmp_path / "target" if kind == "link" else Path("/dev/zero")
        (tmp_path / "target").write_bytes(start(1))
        path.symlink_to(target)
    assert drained(log) == []
    with pytest.raises(FileExistsError):
        EventLog(path)


def test_a_tally_of_forged_events() -> None:
    tally = Tally()
    for event in [*INVALID.values(), *VALID, {**RESULT, "id": "nowhere.py::test_it"}]:
        if found := parsed(json.dumps(event).encode()):
            tally.add(found)
    assert tally.tests[TEST] == Observed(
        Outcome.PASSED, 0.0, functions=(("test_it.py", 3),), unawaited=(Unawaited("f"), Unawaited("f", ("a.py", 3)))
    )
    assert (tally.exit, tally.rootdir, tally.imported) == (1, "/a project", {"a.py"})


class _Endless:
    """A session that is over, in a process that goes on to write events."""

    has_more = False

    def __init__(self) -> None:
        self.steps = 0

    def new(self) -> Iterator[Event]:
        self.steps += 1
        assert self.steps < 1000
        yield {"event": "finish", "exit": 0}

    def poll(self) -> None:
        return None

    def wait(self, seconds: float) -> None:
        sleep(seconds)


def test_events_after_the_end_keep_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_TO_EXIT", 0.1)
    endless = _Endless()
    watch(endless, endless, Tally(), lambda test: 1000.0, lambda: None)  # type: ignore[arg-type]
