"""What is to be done with each mock of a file: which rule's finding it is, and its whole fix."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from codemods.analysis.mocking.mock_objections import Objection, doubt, objection, reached
from codemods.analysis.mocking.mock_subjects import (
    Creation,
    Maker,
    Subject,
    children_given,
    is_replaced,
    subjects,
)
from codemods.analysis.mocking.mock_uses import ASYNC_USES, BOTH_WAYS, RECORDED, Kind, Path, Use
from codemods.analysis.mocking.mock_values import SHARED, UNSEEN, Nature
from codemods.analysis.mocking.mock_verdict import Verdict
from codemods.edits.calls import add_keyword
from codemods.edits.statements import insert_after
from codemods.model import Safety
from codemods.rules.base import Context
from codemods.rules.mocks._decision import ABSENCE, Decision, label, left_alone, message, place_of, rule_code, shown
from codemods.rules.mocks._placing import place, target
from codemods.rules.mocks._writing import CantWriteError, Draft, assert_awaits, child_text, renamed, unwrap
from codemods.semantics.file.arguments import keyword
from codemods.semantics.file.names import runs_only_below
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.mocks import dotted_keywords, mock_class

_A_RUN = "; a run may show it: `codemods trace`"
_SINCE = 8
"""The first minor version of Python with an AsyncMock."""
_known: WeakKeyDictionary[Suite, tuple[Decision, ...]] = WeakKeyDictionary()


def decisions(context: Context) -> tuple[Decision, ...]:
    """Return what the rules for mocks have to say about a file; decided once for all of them."""
    if context.suite not in _known:
        found = [each for each in subjects(context.suite) if not _is_for_old_pythons(context, each)]
        decided = [each for subject in found for each in _decide(context, subject)]
        if "spec" in context.module.text:
            from codemods.rules.mocks._spec_children import of_specs  # most files have no such mock

            decided += of_specs(context)
        _known[context.suite] = tuple(decided)
    return _known[context.suite]


def _is_for_old_pythons(context: Context, subject: Subject) -> bool:
    """Return whether a mock is only made where ``unittest.mock`` has no AsyncMock."""
    return any(runs_only_below(context.module, each.call, _SINCE) for each in subject.creations)


def _decide(context: Context, subject: Subject) -> Iterator[Decision]:
    verdicts = [each for each in _candidates(context.suite, subject) if not any(map(_is_magic, each.path))]
    if all(each.is_async for each in subject.creations):
        from codemods.rules.mocks._async_decisions import of_async  # most files have no such mock
        from codemods.rules.mocks._sync_children import of_children

        for verdict in verdicts:
            if "return_value" not in verdict.path:
                yield from of_async(context, verdict)
        yield from of_children(context, subject)
        return
    if _may_be_async(verdicts):
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
            if against is not None and not against.is_meant:
                yield left_alone(context, verdict, against)
    yield from _convert(context, subject, accepted)


def _may_be_async(verdicts: list[Verdict]) -> bool:
    """Return whether patch may have made an AsyncMock by itself: what it replaces isn't seen, and is awaited."""
    own = next((each for each in verdicts if not each.path), None)
    sure = own is None or all(each.is_certain for each in own.subject.creations)
    return own is not None and not sure and bool(own.proofs) and not own.gives_awaitable


def _candidates(suite: Suite, subject: Subject) -> list[Verdict]:
    """Return what the file says about each path below a subject that it calls, awaits or configures, shortest first."""
    paths: dict[Path, None] = {(): None}
    for use in subject.uses:
        path = _mock_of(use)
        if path is not None and not is_replaced(suite.module, subject, path, use):
            paths[path] = None
    for creation in subject.creations:
        paths |= {steps[:-1]: None for steps, _ in dotted_keywords(creation.call) or ()}
    given = set.union(*map(children_given, subject.creations))
    if any(keyword(each.call, "return_value") for each in subject.creations):
        given.add("return_value")
    own = [path for path in sorted(paths, key=len) if not path or path[0] not in given]
    return [Verdict(suite, subject, path) for path in own if not _is_overridden(suite, subject, path)]


def _mock_of(use: Use) -> Path | None:
    """Return the mock that a use calls, awaits or configures, by its path."""
    if use.kind is Kind.WRITE:
        return use.path[:-1] if use.path[-1:] in (("return_value",), ("side_effect",)) else None
    asserted = use.kind is Kind.ASSERT and use.name not in ABSENCE
    is_shown = use.kind in ASYNC_USES and (use.evidence is None or use.name == RECORDED)
    return use.path if asserted or is_shown else None


def _is_overridden(suite: Suite, subject: Subject, path: Path) -> bool:
    """Return whether what is kept at ``path`` is another mock wherever the file uses it."""
    found = subject.overrides(path)
    tests = {test.node for test in suite.tests}
    here = suite.module.outer_definition(subject.creations[0].call)
    return any(each.origin not in tests or here is each.origin for each in found)


def _in_async_blocks(context: Context, subject: Subject, verdicts: list[Verdict]) -> Iterator[Decision]:
    """Yield what makes a Mock in `async with` or `async for` a MagicMock, which supports both."""
    used = next((each.async_blocks for each in verdicts if not each.path), [])
    if not used or any(each.kind != "Mock" or each.maker is Maker.NOTHING for each in subject.creations):
        return
    draft = Draft()
    try:
        for creation in subject.creations:
            renamed(context, creation, draft, "MagicMock")
    except CantWriteError:
        return
    name = label(context, next(each for each in verdicts if not each.path))
    message = f"`{name}` is used in `async with` or `async for`: `MagicMock` instead of `Mock`"
    yield Decision("PAM312", place_of(subject), message, draft, Safety.REVIEW, (shown(context, used[0]),))


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
            yield from (left_alone(context, each, Objection(str(error))) for each in verdicts)
            continue
        evidence = tuple(shown(context, use) for verdict in verdicts for use in reached(verdict, verdict.proofs)[:2])
        yield Decision(
            rule_code(context, verdicts[0]), place_of(subject), message(context, verdicts), draft, safety, evidence
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
        draft.edits.append(insert_after(context.module, found[0], f"{found[1]}.return_value = {text}"))
    else:
        draft.edits.append(add_keyword(context.module, creation.call, keyword="return_value", text=text))


def _unseen(context: Context, verdict: Verdict) -> Iterator[Decision]:
    called = any(use.kind is Kind.SYNC or use.name == BOTH_WAYS for use in verdict.uses)
    given = (each for each in verdict.configs if each.nature in (Nature.WRAPPED, Nature.STUCK))
    node = next((each.node for each in given if each.value not in (SHARED, UNSEEN)), None)
    if node is not None and not called:
        yield left_alone(context, verdict, Objection(_about_callers(context, verdict), node))


def _about_callers(context: Context, verdict: Verdict) -> str:
    """Return what is known of the code that calls a mock out of sight, by its name."""
    name = _name(context, verdict)
    place = context.module.answers.awaited_call(name) if name.isidentifier() else None
    if place is not None:
        return f"it gives an awaitable, and it isn't known whether it is what is awaited at {place.place}{_A_RUN}"
    return f"it gives an awaitable, but it isn't known what calls it{_A_RUN}"


def _name(context: Context, verdict: Verdict) -> str:
    """Return how code may call a mock: the attribute that it is, or is a keyword for."""
    module, call = context.module, verdict.subject.creations[0].call
    holder = module.parents[call]
    if (
        isinstance(holder, ast.keyword)
        and holder.arg
        and not verdict.path
        and mock_class(module, module.parents[holder])
    ):
        return holder.arg
    return label(context, verdict).rpartition(".")[2]
