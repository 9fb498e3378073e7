"""The evidence that a run gives: what was seen in each test, put together by the mocks of each file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from codemods.semantics.answers import RecordedMock
from codemods.semantics.project.recording import Recording, text_key
from codemods.verify.running.outcomes import MockCalls

Place = tuple[int, "int | None", tuple[str, ...]]


def recording_of(seen: Iterable[MockCalls], texts: Mapping[str, str]) -> Recording:
    """Return what was seen of mocks in all tests.

    A test that failed counts for what it awaits, and never against it.

    Args:
        seen: What was seen.
        texts: The texts of the files that the run was about, by path: of others, nothing is kept.
    """
    found: defaultdict[str, defaultdict[Place, list[MockCalls]]] = defaultdict(lambda: defaultdict(list))
    for each in seen:
        if each.path in texts:
            found[each.path][each.line, each.column, each.members].append(each)
    mocks = {
        path: tuple(_together(place, calls) for place, calls in sorted(places.items(), key=_in_order))
        for path, places in found.items()
    }
    return Recording({path: text_key(texts[path]) for path in found}, mocks)


def _in_order(item: tuple[Place, object]) -> tuple[object, ...]:
    line, column, members = item[0]
    return line, -1 if column is None else column, members


def _together(place: Place, seen: Iterable[MockCalls]) -> RecordedMock:
    passed = [each for each in seen if each.passed]
    line, column, members = place
    return RecordedMock(
        line=line, column=column, members=members,
        calls=sum(each.calls for each in passed),
        awaited=sum(each.awaited for each in passed),
        awaitable=sum(each.awaitable for each in passed),
        unsure=sum(each.unsure for each in passed),
        asked=sum(each.asked for each in passed),
        test=next((each.test for each in passed if each.awaited), None),
    )  # fmt: skip
