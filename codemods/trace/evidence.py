"""The evidence that a run gives: what was seen in each test, put together by the mocks of each file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from codemods.semantics.answers import RecordedMock
from codemods.semantics.project.recording import Recording, merged, text_key
from codemods.verify.running.outcomes import MockCalls


def recording_of(seen: Iterable[MockCalls], texts: Mapping[str, str]) -> Recording:
    """Return what was seen of mocks in all tests; of those of a test that failed, only that they are there.

    Args:
        seen: What was seen.
        texts: The texts of the files that the run was about, by path: of others, nothing is kept.
    """
    keys = {path: text_key(text) for path, text in texts.items()}
    known = (each for each in seen if each.path in keys)
    return merged(Recording({each.path: keys[each.path]}, {each.path: (_counted(each),)}) for each in known)


def _counted(seen: MockCalls) -> RecordedMock:
    mock = seen.mock
    if not seen.passed:
        return RecordedMock(mock.line, mock.column, mock.members, 0, 0, 0, 0, 0)
    return replace(mock, test=seen.test) if mock.awaited else mock
