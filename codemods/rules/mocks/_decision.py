"""One finding to be about a mock: the code of its rule, the names and the message, or why the mock stays as it is."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.analysis.mocking.mock_objections import Objection, doubt, reached, wording_of
from codemods.analysis.mocking.mock_subjects import Maker, Subject
from codemods.analysis.mocking.mock_uses import Kind, Use
from codemods.analysis.mocking.mock_verdict import Verdict
from codemods.model import Evidence, Safety
from codemods.rules.base import Context
from codemods.rules.mocks._placing import target
from codemods.rules.mocks._writing import Draft
from codemods.semantics.pytest.values.mocks import mock_class

ABSENCE = frozenset({"assert_not_called", "assert_not_awaited"})
"""What a test asserts of a mock that nothing uses."""
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


def place_of(subject: Subject) -> ast.AST:
    """Return the call to which a finding about a mock points."""
    return next((each.call for each in subject.creations if not each.is_async), subject.creations[0].call)


def left_alone(context: Context, verdict: Verdict, objection: Objection) -> Decision:
    """Return what says why a mock stays as it is."""
    evidence = [shown(context, use) for use in reached(verdict, verdict.proofs)[:1]]
    if objection.evidence is not None or objection.node is not None:
        evidence.append(objection.evidence or context.module.evidence(objection.node))  # type: ignore[arg-type]
    message = f"`{label(context, verdict)}` left alone: {objection.reason}"
    return Decision(AMBIGUOUS, place_of(verdict.subject), message, evidence=tuple(evidence))


def rule_code(context: Context, verdict: Verdict) -> str:
    """Return the rule to whose work a change belongs."""
    first = verdict.subject.creations[0]
    holder = context.module.parents[first.call]
    if verdict.path:
        return "PAM302"
    if first.maker is Maker.KEYWORD or any(use.kind is Kind.TARGET for use in verdict.uses):
        return "PAM303"
    call = context.module.parents[holder] if isinstance(holder, ast.keyword) else holder
    if isinstance(call, ast.Call):
        in_mock = isinstance(holder, ast.keyword) and mock_class(context.module, call)
        return "PAM302" if in_mock else "PAM303" if any(use.node is call for use in verdict.uses) else "PAM301"
    return "PAM301"


def message(context: Context, verdicts: list[Verdict]) -> str:
    """Return what a finding says about the mocks that it changes."""
    names = ", ".join(f"`{label(context, each)}`" for each in verdicts)
    kind = next(each.kind for each in verdicts[0].subject.creations if not each.is_async)
    unsure = next((found for each in verdicts if (found := doubt(each)) is not None), None)
    return f"{names} {why(verdicts)}: `AsyncMock` instead of `{kind}`{f', {unsure.reason}' if unsure else ''}"


def why(verdicts: list[Verdict]) -> str:
    """Return what says that mocks have to be awaited, as the middle of a sentence."""
    proofs = [_proof(each) for each in verdicts]
    where = wording_of(*(each.evidence for each in proofs))
    several = len(verdicts) > 1
    if all(each.kind is Kind.TARGET for each in proofs):
        return f"{'stand for async functions' if several else 'stands for an async function'}{where}"
    known = ", or known to be async," if any(each.kind is Kind.TARGET for each in proofs) else ""
    return f"{'are' if several else 'is'} awaited{known}{where}"


def _proof(verdict: Verdict) -> Use:
    """Return the use that a message speaks of: that what the mock stands for is async, or where it is awaited."""
    proofs = reached(verdict, verdict.proofs)
    targets = [use for use in proofs if use.kind is Kind.TARGET]
    return targets[0] if targets and (targets[0].evidence or not verdict.path) else proofs[0]


def shown(context: Context, use: Use) -> Evidence:
    """Return the place of a use, in whatever file it is."""
    return use.evidence or context.module.evidence(use.node)


def label(context: Context, verdict: Verdict) -> str:
    """Return how a file calls the mock at a path."""
    first = verdict.subject.creations[0]
    found = target(context.module, first)
    parent = context.module.parents[first.call]
    given = context.module.function_of(parent) if isinstance(parent, (ast.Return, ast.Yield)) else None
    text = found[1] if found else getattr(given, "name", None) or " ".join(context.module.segment(first.call).split())
    return ".".join((text if len(text) < 60 else f"{text[:56]} ...", *verdict.path))
