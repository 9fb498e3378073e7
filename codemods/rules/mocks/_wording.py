"""What is said about a mock: the code of its rule, its name, and the message."""

from __future__ import annotations

import ast

from codemods.analysis.mocking.mock_objections import doubt, wording_of
from codemods.analysis.mocking.mock_subjects import Maker
from codemods.analysis.mocking.mock_uses import Kind, Use
from codemods.analysis.mocking.mock_verdict import Verdict
from codemods.model import Evidence
from codemods.rules.base import Context
from codemods.rules.mocks._placing import target
from codemods.semantics.pytest.values.mocks import mock_class


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
    what = why(verdicts) if len(verdicts) == 1 else f"are awaited{_where(verdicts[0].proofs)}"
    return f"{names} {what}: `AsyncMock` instead of `{kind}`{f', {unsure.reason}' if unsure else ''}"


def why(verdicts: list[Verdict]) -> str:
    """Return what says that a mock has to be awaited, as the middle of a sentence."""
    proofs = verdicts[0].proofs
    targets = [use for use in proofs if use.kind is Kind.TARGET]
    if targets and (targets[0].evidence or not verdicts[0].path):
        return f"stands for an async function{_where(targets)}"
    return f"is awaited{_where(proofs)}"


def _where(proofs: list[Use]) -> str:
    return wording_of(proofs[0].evidence)


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
