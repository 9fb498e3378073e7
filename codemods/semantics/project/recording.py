"""What a run of the suite has shown of its mocks: plain data, which anybody may have written, and so is checked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import Any

from codemods.semantics.answers import RecordedMock

SCHEMA = 1
_LARGE = 2**31
_LONG = 2000
"""Characters of a name."""
_DEEP = 50
"""Members on the way to a child of a mock."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What a run has shown, by the paths of the files that make the mocks."""

    texts: Mapping[str, str] = field(default_factory=dict)
    """What tells the texts of the files apart: of another text, nothing is known."""
    mocks: Mapping[str, tuple[RecordedMock, ...]] = field(default_factory=dict)

    def of(self, path: str, text: str) -> tuple[RecordedMock, ...]:
        """Return what is known of the mocks that a file makes, if it has the text that it had in the run.

        Args:
            path: The file's, posix, from the root.
            text: What ``text_key`` returns for its text.
        """
        return self.mocks.get(path, ()) if self.texts.get(path) == text else ()


def text_key(text: str) -> str:
    """Return what tells a text apart from others."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def merged(recordings: Iterable[Recording]) -> Recording:
    """Return what several runs have shown of the same texts; where they differ, the last one's counts."""
    texts: dict[str, str] = {}
    mocks: dict[str, dict[tuple[int, int, tuple[str, ...]], RecordedMock]] = {}
    for each in recordings:
        for path, text in each.texts.items():
            if texts.get(path) != text:
                texts[path], mocks[path] = text, {}
            for mock in each.mocks.get(path, ()):
                before = mocks[path].get(_place(mock))
                mocks[path][_place(mock)] = _sum(before, mock) if before else mock
    return Recording(texts, {path: tuple(sorted(each.values(), key=_place)) for path, each in mocks.items()})


def _place(mock: RecordedMock) -> tuple[int, int, tuple[str, ...]]:
    return mock.line, -1 if mock.column is None else mock.column, mock.members


def _sum(one: RecordedMock, other: RecordedMock) -> RecordedMock:
    return replace(
        one,
        calls=one.calls + other.calls,
        awaited=one.awaited + other.awaited,
        awaitable=one.awaitable + other.awaitable,
        unsure=one.unsure + other.unsure,
        asked=one.asked + other.asked,
        test=one.test or other.test,
    )


def written(recording: Recording) -> bytes:
    """Return a recording as JSON."""
    files = [
        {"path": path, "text": text, "mocks": [asdict(each) for each in recording.mocks.get(path, ())]}
        for path, text in sorted(recording.texts.items())
    ]
    return json.dumps({"schema": SCHEMA, "files": files}, indent=1).encode() + b"\n"


def read_recording(data: bytes) -> Recording:
    """Return the recording that JSON holds.

    Raises:
        ValueError: It holds none, and why.
    """
    try:
        document = json.loads(data)
        if _of(dict, document).get("schema") != SCHEMA:
            raise ValueError(f"isn't a recording of schema {SCHEMA}")
        files = [_of(dict, each) for each in _of(list, document.get("files"))]
        paths = [(_name(each.get("path")), each) for each in files]
        texts = {path: _name(each.get("text")) for path, each in paths}
        mocks = {path: tuple(map(_mock, _of(list, each.get("mocks")))) for path, each in paths}
    except (KeyError, RecursionError) as error:
        raise ValueError(f"isn't a recording: {error}") from None
    return Recording(texts, mocks)


def _mock(value: object) -> RecordedMock:
    given = _of(dict, value)
    column, test = given["column"], given["test"]
    members = tuple(_name(each) for each in _of(list, given["members"]))
    if len(members) > _DEEP:
        raise ValueError("isn't a recording: a child of a mock is too deep")
    return RecordedMock(
        line=_number(given["line"]),
        column=None if column is None else _number(column),
        members=members,
        calls=_number(given["calls"]),
        awaited=_number(given["awaited"]),
        awaitable=_number(given["awaitable"]),
        unsure=_number(given["unsure"]),
        asked=_number(given["asked"]),
        test=None if test is None else _name(test),
    )


def _of(kind: type, value: object) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"isn't a recording: {type(value).__name__} where a {kind.__name__} belongs")
    return value


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _LARGE:
        raise ValueError("isn't a recording: not a number where one belongs")
    return value


def _name(value: object) -> str:
    name: str = _of(str, value)
    if len(name) > _LONG or not name.isprintable():
        raise ValueError("isn't a recording: not a name where one belongs")
    return name
