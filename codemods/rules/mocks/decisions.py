"""What is to be done with each mock of a file: which rule's finding it is, and its whole fix."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from codemods.analysis.mocking.mock_objections import Objection, doubt, is_awaited_again, objection, wording_of
from codemods.analysis.mocking.mock_subjects import Creation, Maker, Subject, subjects
from codemods.analysis.mocking.mock_uses import Kind, Path, Use
from codemods.analysis.mocking.mock_values import Nature
from codemods.analysis.mocking.mock_verdict import Verdict, candidates
from codemods.analysis.suite import Suite
from codemods.model import Evidence, Safety
from codemods.rules.base import Context
from codemods.rules.mocks.placing import place, target
from codemods.rules.mocks.wording import label, message, rule_code, shown, why
from codemods.rules.mocks.writing import CantWriteError, Draft, assert_awaits, child_text, count_awaits, renamed, unwrap

AMBIGUOUS = "PAM915"


@dataclass(frozen=True, slots=True)
class Decision:
    """One finding to be: without a draft, the reason why the mock stays as it is."""

    code: str
    node: ast.AST
    message: str
    draft: Draft | None = None
    safety: Safety = Safety.MANUAL
    evidence: tuple[Evidence, ...] = ()


_known: WeakKeyDictionary[Suite, tuple[Decision, ...]] = WeakKeyDictionary()


def decisions(context: Context) -> tuple[Decision, ...]:
    """Return what the rules for mocks have to say about a file; decided once for all of them."""
    if context.suite not in _known:
        found = subjects(context.suite)
        _known[context.suite] = tuple(each for subject in found for each in _decide(context, subject))
    return _known[context.suite]


def _decide(context: Context, subject: Subject) -> Iterator[Decision]:
    verdicts = [each for each in candidates(context.suite, subject) if not any(map(_is_magic, each.path))]
    if all(each.is_async for each in subject.creations):
        for verdict in verdicts:
            if "return_value" not in verdict.path:
                yield from _of_async(context, verdict)
        return
    yield from _in_async_blocks(context, subject, verdicts)
    accepted: list[Verdict] = []
    closed: list[Path] = []
    for verdict in verdicts:
        if any(verdict.path[: len(path)] == path for path in closed):
            continue
        if not verdict.proofs:
            yield from _unseen(context, verdict)
        else:
            closed.append(verdict.path)
            against = objection(verdict)
            accepted += [] if against else [verdict]
            yield from () if against is None else (_left_alone(context, verdict, against),)
    yield from _convert(context, subject, accepted)


def _in_async_blocks(context: Context, subject: Subject, verdicts: list[Verdict]) -> Iterator[Decision]:
    """Yield what makes a Mock in `async with` or `async for` a MagicMock, which supports both."""
    used = next((each.async_blocks for each in verdicts if not each.path), [])
    if not used or any(each.kind != "Mock" or each.maker is Maker.NOTHING for each in subject.creations):
        return
    draft = Draft()
    for creation in subject.creations:
        renamed(context, creation, draft, "MagicMock")
    name = label(context, next(each for each in verdicts if not each.path))
    message = f"`{name}` is used in `async with` or `async for`: `MagicMock` instead of `Mock`"
    yield Decision("PAM312", _node(subject), message, draft, Safety.REVIEW, (shown(context, used[0]),))


def _is_magic(step: str) -> bool:
    return step.startswith("__") and step.endswith("__")


def _convert(context: Context, subject: Subject, accepted: list[Verdict]) -> Iterator[Decision]:
    groups: dict[Safety, list[Verdict]] = {}
    for verdict in accepted:
        groups.setdefault(Safety.REVIEW if doubt(verdict) else Safety.SAFE, []).append(verdict)
    for safety, verdicts in groups.items():
        draft = Draft()
        try:
            for verdict in verdicts:
                _write(context, subject, verdict, draft)
        except CantWriteError as error:
            yield from (_left_alone(context, each, Objection(str(error))) for each in verdicts)
            continue
        evidence = tuple(shown(context, use) for verdict in verdicts for use in verdict.proofs[:2])
        yield Decision(
            rule_code(context, verdicts[0]), _node(subject), message(context, verdicts), draft, safety, evidence
        )


def _write(context: Context, subject: Subject, verdict: Verdict, draft: Draft) -> None:
    creations = [each for each in subject.creations if not each.is_async]
    if verdict.path:
        place(context, creations, verdict, draft)
    else:
        for creation in creations:
            renamed(context, creation, draft)
            if verdict.keeps_child:
                _keep_child(context, verdict, creation, draft)
        unwrap(context, verdict.configs, draft)
    assert_awaits(context, verdict.assertions, draft)


def _keep_child(context: Context, verdict: Verdict, creation: Creation, draft: Draft) -> None:
    text = child_text(context, creation, creation.call, draft)
    found = target(context.module, creation)
    if found is not None and verdict.is_tracked:
        draft.edits.append(context.module.edit(found[0], "insert_after", text=f"{found[1]}.return_value = {text}"))
    else:
        draft.edits.append(context.module.edit(creation.call, "add_keyword", keyword="return_value", text=text))


def _node(subject: Subject) -> ast.AST:
    return next((each.call for each in subject.creations if not each.is_async), subject.creations[0].call)


def _left_alone(context: Context, verdict: Verdict, objection: Objection) -> Decision:
    evidence = [shown(context, use) for use in verdict.proofs[:1]]
    if objection.evidence is not None or objection.node is not None:
        evidence.append(objection.evidence or context.module.evidence(objection.node))  # type: ignore[arg-type]
    message = f"`{label(context, verdict)}` left alone: {objection.reason}"
    return Decision(AMBIGUOUS, _node(verdict.subject), message, evidence=tuple(evidence))


def _unseen(context: Context, verdict: Verdict) -> Iterator[Decision]:
    called = any(use.kind is Kind.SYNC for use in verdict.uses)
    if verdict.gives_awaitable and not called:
        node = next(each.node for each in verdict.configs if each.nature in (Nature.WRAPPED, Nature.STUCK))
        yield _left_alone(
            context, verdict, Objection("it gives an awaitable, but nothing in this file awaits it", node)
        )


def _of_async(context: Context, verdict: Verdict) -> Iterator[Decision]:
    if said := verdict.overreach:
        yield from _of_sync(context, verdict, said[0])
        return
    wrapped = [each for each in verdict.configs if each.nature is Nature.WRAPPED]
    node = verdict.subject.creations[0].call
    if wrapped and is_awaited_again(verdict):
        return
    if wrapped and (against := objection(verdict)) is not None:
        yield _left_alone(context, verdict, against)
    elif wrapped:
        draft = Draft()
        unwrap(context, wrapped, draft)
        code, *draft.also = sorted(set(draft.also))
        safety = Safety.SAFE if verdict.is_all_seen else Safety.REVIEW
        message = (
            f"`{label(context, verdict)}` is an `AsyncMock`: it gives the awaitable itself, not the value behind it"
        )
        evidence = tuple(context.module.evidence(each.node) for each in wrapped)
        yield Decision(code, node, message, draft, safety, evidence)
    else:
        yield from _of_counts(context, verdict)


def _of_sync(context: Context, verdict: Verdict, said: Use) -> Iterator[Decision]:
    """Yield what makes a mock of something sync one that isn't async."""
    draft = Draft()
    try:
        for creation in verdict.subject.creations:
            renamed(context, creation, draft, "MagicMock")
    except CantWriteError:
        return
    where = wording_of(said.evidence)
    called = isinstance(said.node, ast.Call) and not said.evidence
    what = "is called without `await`" if called else f"stands for a sync function{where}"
    message = f"`{label(context, verdict)}` {what}: `MagicMock` instead of `AsyncMock`"
    node = verdict.subject.creations[0].call
    yield Decision("PAM311", node, message, draft, Safety.REVIEW, (shown(context, said),))


def _of_counts(context: Context, verdict: Verdict) -> Iterator[Decision]:
    """Yield what counts awaits instead of calls, where the mock is awaited wherever it is called."""
    name = label(context, verdict)
    if assertions := verdict.assertions or verdict.likely_assertions:
        draft = Draft()
        assert_awaits(context, assertions, draft)
        draft.also.clear()
        safety = Safety.SAFE if verdict.assertions else Safety.REVIEW
        message = f"`{name}` {_awaited(context, verdict)}: assert its awaits"
        evidence = tuple(shown(context, use) for use in verdict.proofs[:1])
        yield Decision("PAM307", assertions[0].node, message, draft, safety, evidence)
    if reads := verdict.counts:
        draft = Draft()
        count_awaits(context, reads, draft)
        message = f"`{name}` {_awaited(context, verdict)}: count its awaits"
        evidence = tuple(shown(context, use) for use in verdict.proofs[:1])
        yield Decision("PAM308", reads[0].node, message, draft, Safety.REVIEW, evidence)


def _awaited(context: Context, verdict: Verdict) -> str:
    if verdict.assertions or not verdict.proofs[0].evidence:
        return "is awaited wherever it is called"
    return why([verdict])
