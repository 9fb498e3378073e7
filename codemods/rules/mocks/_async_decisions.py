"""What is to be done with an AsyncMock: what it gives, how it is counted, whether it should be one."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.analysis.mocking.mock_objections import (
    attribute_uses,
    is_awaited_again,
    objection,
    reached,
    wording_of,
)
from codemods.analysis.mocking.mock_uses import ASYNC_USES, Kind, Use
from codemods.analysis.mocking.mock_values import Nature
from codemods.analysis.mocking.mock_verdict import Verdict
from codemods.model import Safety
from codemods.rules.base import Context
from codemods.rules.mocks._decision import Decision, label, left_alone, shown, why
from codemods.rules.mocks._writing import CantWriteError, Draft, assert_awaits, count_awaits, renamed, unwrap


def of_async(context: Context, verdict: Verdict) -> Iterator[Decision]:
    """Yield what there is to say about a mock that is an AsyncMock, or stands for an async function in a patch."""
    if uses := verdict.overreach:
        if not _is_object(context, verdict):
            yield from _of_sync(context, verdict, next((each for each in uses if each.declared), uses[0]))
        return
    if any(each.nature is Nature.WRAPPED for each in verdict.configs):
        yield from of_wrapped(context, verdict)
    else:
        yield from _of_counts(context, verdict)


def of_wrapped(context: Context, verdict: Verdict) -> Iterator[Decision]:
    """Yield what has an AsyncMock give values instead of the awaitables around them."""
    wrapped = [each for each in verdict.configs if each.nature is Nature.WRAPPED]
    if not wrapped or is_awaited_again(verdict):
        return
    if (against := objection(verdict)) is not None:
        if not against.is_meant:
            yield left_alone(context, verdict, against)
        return
    draft = Draft()
    unwrap(context, wrapped, draft)
    code, *draft.also = sorted(set(draft.also))
    safety = Safety.SAFE if verdict.is_all_seen else Safety.REVIEW
    message = f"`{label(context, verdict)}` is an `AsyncMock`: it gives the awaitable itself, not the value behind it"
    evidence = tuple(context.module.evidence(each.node) for each in wrapped)
    yield Decision(code, verdict.subject.creations[0].call, message, draft, safety, evidence)


def _is_object(context: Context, verdict: Verdict) -> bool:
    """Return whether a mock stands for more than a function: for an object, or what has attributes to await."""
    stands = (use.stands_for for use in verdict.subject.at(verdict.path) if use.stands_for is not None)
    known = any(context.module.answers.declared_callee(each).is_object for each in stands)
    return known or any(map(_may_be_awaited, attribute_uses(verdict)))


def _may_be_awaited(use: Use) -> bool:
    unsure = use.kind is Kind.ESCAPE or (use.kind is Kind.SYNC and not use.plain)
    return unsure or use.kind in ASYNC_USES or "await" in use.name


def _of_sync(context: Context, verdict: Verdict, use: Use) -> Iterator[Decision]:
    """Yield what makes a mock of something sync one that isn't async."""
    draft = Draft()
    try:
        for creation in verdict.subject.creations:
            renamed(context, creation, draft, "MagicMock")
    except CantWriteError:
        return
    what = "stands for a sync function" if use.declared else "is called without `await`"
    message = f"`{label(context, verdict)}` {what}{wording_of(use.evidence)}: `MagicMock` instead of `AsyncMock`"
    node = verdict.subject.creations[0].call
    yield Decision("PAM311", node, message, draft, Safety.REVIEW, (shown(context, use),))


def _of_counts(context: Context, verdict: Verdict) -> Iterator[Decision]:
    """Yield what counts awaits instead of calls, where the mock is awaited wherever it is called."""
    if all(use.kind is Kind.TARGET for use in verdict.proofs) and _is_given_to_mock(verdict):
        return
    name = label(context, verdict)
    if assertions := verdict.assertions or verdict.likely_assertions:
        draft = Draft()
        assert_awaits(context, assertions, draft)
        draft.also.clear()
        safety = Safety.SAFE if verdict.assertions else Safety.REVIEW
        message = f"`{name}` {_awaited(context, verdict)}: assert its awaits"
        evidence = tuple(shown(context, use) for use in reached(verdict, verdict.proofs)[:1])
        yield Decision("PAM307", assertions[0].node, message, draft, safety, evidence)
    if reads := verdict.counts:
        draft = Draft()
        count_awaits(context, reads, draft)
        message = f"`{name}` {_awaited(context, verdict)}: count its awaits"
        evidence = tuple(shown(context, use) for use in reached(verdict, verdict.proofs)[:1])
        yield Decision("PAM308", reads[0].node, message, draft, Safety.REVIEW, evidence)


def _is_given_to_mock(verdict: Verdict) -> bool:
    """Return whether the code hands what the mock gives to another mock, where no call of it is followed."""
    asked = any(use.kind in (Kind.ASSERT, Kind.READ) for use in verdict.uses)
    if not asked or not verdict.proofs:
        return False
    from codemods.analysis.mocking.mock_results import is_given_to_mock  # most mocks are seen to be awaited

    return is_given_to_mock(verdict)


def _awaited(context: Context, verdict: Verdict) -> str:
    if verdict.assertions or not verdict.proofs[0].evidence:
        return "is awaited wherever it is called"
    return why([verdict])
