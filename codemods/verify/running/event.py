"""One event of the recorder, checked: the suite runs in the same process, and may write anything in its place."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from typing import Any

from codemods.semantics.answers import RecordedMock
from codemods.verify.running.outcomes import Outcome, Place

Event = Mapping[str, Any]
"""The name of the event, and its fields as ``_SHAPES`` says."""

_LONG = 2000
"""Characters of an error that are kept."""
_LARGE = 2**31
_OF_A_MOCK, _DEEP = 9, 50
"""The fields of a mock, and the members on the way to a child of one."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_ENDINGS = frozenset(Outcome) - {Outcome.TIMEOUT, Outcome.NOT_RUN, Outcome.UNCOLLECTABLE}
"""What the recorder says of a test."""


class _InvalidError(Exception):
    """A field isn't what it has to be."""


def parsed(line: bytes) -> Event | None:
    """Return the event that a line holds; None if it holds none, or one that the recorder never writes."""
    try:
        found = json.loads(line)
        name = found.get("event") if isinstance(found, dict) else None
        shape = _SHAPES.get(name) if isinstance(name, str) else None
        if shape is None:
            return None
        optional = FAILURE if shape.keys() >= FAILURE.keys() else {}
        checked = {key: check(found[key]) for key, check in shape.items() if key in found or key not in optional}
    except (ValueError, KeyError, RecursionError, _InvalidError):
        return None
    return {"event": name, **{key: empty for key, (_, empty) in optional.items()}, **checked}


def _is(kind: type, value: object) -> Any:
    if not isinstance(value, kind):
        raise _InvalidError
    return value


def _text(value: object) -> str:
    text: str = _is(str, value)
    return text


def _flag(value: object) -> bool:
    flag: bool = _is(bool, value)
    return flag


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= _LARGE:
        raise _InvalidError
    return value


def _seconds(value: object) -> float:
    """Return a time; a suite that turns the clock back makes it negative, and that says nothing of the test."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _InvalidError
    return float(value) if 0 <= value < _LARGE else 0.0


def _ending(value: object) -> Outcome:
    outcome = Outcome(_text(value))
    if outcome not in _ENDINGS:
        raise _InvalidError
    return outcome


def _test(value: object) -> str:
    test = _text(value)
    if "::" not in test or not _leads_nowhere_else(test.partition("::")[0]):
        raise _InvalidError
    return test


def _file(value: object) -> str:
    """Return the node id of what is collected: that of the session is empty."""
    path = _text(value)
    if not _leads_nowhere_else(path):
        raise _InvalidError
    return path


def _leads_nowhere_else(path: str) -> bool:
    """Say whether a path may begin a node id: tests may lie above pytest's root, but nothing lies behind a NUL."""
    return "\0" not in path and not os.path.isabs(path)


def _folder(value: object) -> str:
    path = _text(value)
    if "\0" in path or not os.path.isabs(path):
        raise _InvalidError
    return path


def _tests(value: object) -> frozenset[str]:
    return frozenset(map(_test, _is(list, value)))


def _below(value: object) -> str:
    path = _text(value)
    if "\0" in path or os.path.isabs(path) or ".." in path.split("/"):
        raise _InvalidError
    return path


def _paths(value: object) -> frozenset[str]:
    return frozenset(map(_below, _is(list, value)))


def _place(value: object) -> Place:
    path, line = _is(list, value)
    if (number := _whole(line)) < 0:
        raise _InvalidError
    return _below(path), number


def _places(value: object) -> tuple[Place, ...]:
    return tuple(map(_place, _is(list, value)))


def _place_or_none(value: object) -> Place | None:
    return None if value is None else _place(value)


def _names(value: object) -> frozenset[str]:
    return frozenset(map(_text, _is(list, value)))


def _error(value: object) -> str:
    return printable(_text(value)[:_LONG])


def printable(text: str) -> str:
    """Return a text of the suite in which nothing drives a terminal; lines stay lines."""
    return _CONTROL.sub(lambda found: ascii(found.group())[1:-1], text)


def _mocks(value: object) -> tuple[tuple[str, RecordedMock], ...]:
    return tuple(map(_mock, _is(list, value)))


def _mock(value: object) -> tuple[str, RecordedMock]:
    """Return the file and the mock of its line, its column, the way to the child, and five counts."""
    if len(given := _is(list, value)) != _OF_A_MOCK:
        raise _InvalidError
    path, line, column, members, *counts = given
    names = tuple(map(_text, _is(list, members)))
    if len(names) > _DEEP or any(not each.isprintable() or len(each) > _LONG for each in names):
        raise _InvalidError
    numbers = tuple(map(_whole, (line, *counts, *(() if column is None else (column,)))))
    if min(numbers) < 0:
        raise _InvalidError
    return _below(path), RecordedMock(line, column, names, *counts)


Check = Callable[[object], Any]
FAILURE: Mapping[str, tuple[Check, object]] = {
    "error": (_error, ""),
    "frames": (_places, ()),
    "through": (_names, frozenset()),
    "functions": (_places, ()),
}
"""What an event tells of a failure, and what holds where it doesn't."""
_OF_A_FAILURE = {key: check for key, (check, _) in FAILURE.items()}
_SHAPES: Mapping[str, Mapping[str, Check]] = {
    "session": {"rootdir": _folder, "interruptible": _flag},
    "collecting": {"id": _file},
    "uncollectable": {"id": _file, **_OF_A_FAILURE},
    "collected": {"ids": _tests},
    "deselected": {"ids": _tests},
    "start": {"id": _test},
    "result": {"id": _test, "outcome": _ending, "seconds": _seconds, **_OF_A_FAILURE},
    "unawaited": {"id": _text, "coroutine": _text, "made": _place_or_none},
    "warned": {"id": _text, "text": _error},
    "mocks": {"id": _test, "passed": _flag, "mocks": _mocks},
    "imported": {"copy": _paths, "origin": _paths},
    "finish": {"exit": _whole},
}
"""The fields of each event, and what makes a valid value of each."""
