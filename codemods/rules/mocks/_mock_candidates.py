"""The mocks below a subject about which its file says anything."""

from __future__ import annotations

from codemods.analysis.mocking.mock_roots import outermost
from codemods.analysis.mocking.mock_subjects import Subject, children_given
from codemods.analysis.mocking.mock_uses import ASYNC_USES, Kind, Path
from codemods.analysis.mocking.mock_verdict import Verdict, overrides
from codemods.semantics.file.arguments import keyword
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.mocks import dotted_keywords

_ABSENCE = frozenset({"assert_not_called", "assert_not_awaited"})


def candidates(suite: Suite, subject: Subject) -> list[Verdict]:
    """Return what the file says about each path below a subject that it calls, awaits or configures, shortest first."""
    paths: dict[Path, None] = {(): None}
    for use in subject.uses:
        asserted = use.kind is Kind.ASSERT and use.name not in _ABSENCE
        if asserted or (use.kind in ASYNC_USES and not use.evidence):
            paths[use.path] = None
        elif use.kind is Kind.WRITE and use.path and use.path[-1] in ("return_value", "side_effect"):
            paths[use.path[:-1]] = None
    for creation in subject.creations:
        paths |= {steps[:-1]: None for steps, _ in dotted_keywords(creation.call) or ()}
    given = set.union(*map(children_given, subject.creations))
    if any(keyword(each.call, "return_value") for each in subject.creations):
        given.add("return_value")
    own = [path for path in sorted(paths, key=len) if not path or path[0] not in given]
    return [Verdict(suite, subject, path) for path in own if not _is_elsewhere(suite, subject, path)]


def _is_elsewhere(suite: Suite, subject: Subject, path: Path) -> bool:
    """Return whether what is kept at ``path`` is another mock wherever the file uses it."""
    found = overrides(subject, path)
    tests = {test.node for test in suite.tests}
    here = outermost(suite.module, subject.creations[0].call)
    return any(each.origin not in tests or here is each.origin for each in found)
