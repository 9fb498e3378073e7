"""One finding to be about a mock, and the reason why one stays as it is."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.analysis.mocking.mock_objections import Objection
from codemods.analysis.mocking.mock_subjects import Subject
from codemods.analysis.mocking.mock_verdict import Verdict
from codemods.model import Evidence, Safety
from codemods.rules.base import Context
from codemods.rules.mocks._wording import label, shown
from codemods.rules.mocks._writing import Draft

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
    evidence = [shown(context, use) for use in verdict.proofs[:1]]
    if objection.evidence is not None or objection.node is not None:
        evidence.append(objection.evidence or context.module.evidence(objection.node))  # type: ignore[arg-type]
    message = f"`{label(context, verdict)}` left alone: {objection.reason}"
    return Decision(AMBIGUOUS, place_of(verdict.subject), message, evidence=tuple(evidence))
