"""What an AsyncMock has that the code uses as something sync: a call of it would only make a coroutine."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.mocking.handed_on import naming, tests_of
from codemods.analysis.mocking.mock_objections import wording_of
from codemods.analysis.mocking.mock_subjects import Creation, Maker, Subject, children_given
from codemods.analysis.mocking.mock_uses import ASYNC_USES, ENTERED, Kind, Path, Use
from codemods.analysis.mocking.mock_verdict import Verdict
from codemods.edits.calls import add_keyword
from codemods.edits.statements import insert_after
from codemods.model import Safety
from codemods.rules.base import Context
from codemods.rules.mocks._decision import ABSENCE, Decision, label, shown
from codemods.rules.mocks._placing import target
from codemods.rules.mocks._writing import CantWriteError, Draft, class_text
from codemods.semantics.pytest.values.mocks import OWN, dotted_keywords

_UNSURE = frozenset({Kind.ESCAPE, Kind.OTHER, Kind.REBOUND, Kind.WRITE})
_BY_OPERATOR = frozenset({Kind.ESCAPE, Kind.OTHER, Kind.COMPARED})
"""How a use may be one by an operator, which a plain Mock doesn't stand."""


def of_children(context: Context, subject: Subject) -> Iterator[Decision]:
    """Yield what gives an AsyncMock children of another kind, by the rule that says so."""
    found: dict[str, list[tuple[Verdict, Use]]] = {}
    for verdict in _outermost(context, subject):
        use = _entered(subject, verdict) or _called(verdict)
        if use is not None and (_is_named(verdict) or _may_run(context, subject, use)):
            found.setdefault("PAM312" if use.name == ENTERED else "PAM311", []).append((verdict, use))
    for code, children in found.items():
        if (decision := _decided(context, subject, code, children)) is not None:
            yield decision


def _outermost(context: Context, subject: Subject) -> Iterator[Verdict]:
    """Yield what is said of each child that is used as something sync, but for those that hang below another."""
    seen: list[Path] = []
    used = (use.path for use in subject.uses if use.path and use.kind in (Kind.SYNC, Kind.ASSERT))
    for path in sorted(dict.fromkeys(used), key=len):
        if any(path[: len(each)] == each for each in seen) or not _is_own(subject, path):
            continue
        verdict = Verdict(context.suite, subject, path)
        if _is_sync(verdict):
            seen.append(path)
            yield verdict


def _is_own(subject: Subject, path: Path) -> bool:
    """Return whether what hangs at a path is what the mock makes by itself."""
    if subject.overrides(path) or any(each.startswith("__") for each in path) or path[-1] == "return_value":
        return False
    for each in subject.creations:
        unpacked = dotted_keywords(each.call)
        given = children_given(each) | {
            one.arg for one in each.call.keywords if one.arg in ("return_value", "side_effect")
        }
        if path[0] in given or unpacked is None or any(steps[0] == path[0] for steps, _ in unpacked):
            return False
    return True


def _is_sync(verdict: Verdict) -> bool:
    kinds = {use.kind for use in verdict.uses}
    asked = any("await" in use.name for use in verdict.uses if use.kind in (Kind.ASSERT, Kind.READ))
    bound = any(map(_hides, verdict.subject.above(verdict.path))) or _is_of_coroutine(verdict)
    plain = Kind.SYNC in kinds and kinds.isdisjoint(ASYNC_USES | _UNSURE)
    return plain and not asked and not bound and not _is_never_called(verdict)


def _is_never_called(verdict: Verdict) -> bool:
    """Return whether a test makes the mock, and all that it asks of the child is that nothing calls it."""
    module = verdict.suite.module
    asked = [use for use in verdict.uses if use.kind in (Kind.ASSERT, Kind.READ) and use.evidence is None]
    if not asked or module.outer_definition(verdict.subject.creations[0].call) not in verdict.suite.test_nodes:
        return False
    from codemods.analysis.mocking.mock_counts import says_called  # most files say nothing of such children

    read = (use.kind is Kind.READ and says_called(module, use) for use in asked)
    return not any(read) and all(use.kind is Kind.READ or use.name == "assert_not_called" for use in asked)


def _hides(use: Use) -> bool:
    return use.kind is Kind.REBOUND or (use.kind is Kind.OTHER and use.name != ENTERED)


def _is_of_coroutine(verdict: Verdict) -> bool:
    """Return whether a call on the way isn't awaited: what is used is the coroutine then, or that is wrong already."""
    calls = [verdict.path[:index] for index, step in enumerate(verdict.path) if step == "return_value"]
    return any(use.kind is Kind.SYNC for use in verdict.subject.at_any(calls))


def _is_named(verdict: Verdict) -> bool:
    """Return whether the file asks what the child was called with, or says what it gives."""
    every = (*verdict.uses, *verdict.subject.below(verdict.path))
    here = (use for use in every if use.evidence is None and use.name not in ABSENCE)
    return any(use.kind in (Kind.ASSERT, Kind.READ, Kind.WRITE) for use in here)


def _may_run(context: Context, subject: Subject, use: Use) -> bool:
    """Return whether those for whom the mock is made may run the function in which it is used: they call it."""
    module, here = context.module, context.module.outer_definition(subject.creations[0].call)
    if use.at_times or any(each.name in module.stores for each in use.functions[:1]):
        return False
    if not use.functions or not context.suite.is_test_module:
        return True
    others = context.suite.test_nodes.keys() - {here, *tests_of(context.suite, here)} if here else set()
    named = (node for each in use.functions for node in naming(context.suite, each))
    called = (each for each in named if isinstance(each, ast.Name) or module.is_called(each))
    return any(module.outer_definition(each) not in others for each in called)


def _called(verdict: Verdict) -> Use | None:
    """Return the call in the code under test, be it in another file, that goes on without await."""
    return next(
        (use for use in verdict.uses if use.kind is Kind.SYNC and use.plain and (use.evidence or use.shared)), None
    )


def _entered(subject: Subject, verdict: Verdict) -> Use | None:
    """Return where what a call gives is the subject of `async with` or `async for`."""
    below = subject.at((*verdict.path, "return_value"))
    return next((use for use in below if use.kind is Kind.OTHER and use.name == ENTERED), None)


def _decided(context: Context, subject: Subject, code: str, children: list[tuple[Verdict, Use]]) -> Decision | None:
    draft, kind = Draft(), "MagicMock" if code == "PAM312" else _plain_kind(context, children)
    try:
        for verdict, _ in children:
            for creation in subject.creations:
                _write(context, creation, verdict.path, kind, draft)
    except CantWriteError:
        return None
    names = ", ".join(f"`{label(context, verdict)}`" for verdict, _ in children)
    what = _why(code, [use for _, use in children])
    message = f"{names} {what}: `{kind}` instead of the `AsyncMock` that the mock has there"
    evidence = tuple(shown(context, use) for _, use in children)
    return Decision(code, subject.creations[0].call, message, draft, Safety.REVIEW, evidence)


def _why(code: str, uses: list[Use]) -> str:
    """Return what says that mocks are to be of another kind, as the middle of a sentence."""
    several = len(uses) > 1
    where = wording_of(*(use.evidence for use in uses))
    if all(use.declared for use in uses):
        return f"{'stand for sync functions' if several else 'stands for a sync function'}{where}"
    done = "used in `async with` or `async for`" if code == "PAM312" else "called without `await`"
    return f"{'are' if several else 'is'} {done}{where}"


def _plain_kind(context: Context, children: list[tuple[Verdict, Use]]) -> str:
    """Return the class of mock that the file has already, if it can do all that is done with what a call gives."""
    names = context.module.scopes.module_names()
    has_magic = "MagicMock" in names and "Mock" not in names
    return "MagicMock" if has_magic or any(_needs_magic(verdict) for verdict, _ in children) else "Mock"


def _needs_magic(verdict: Verdict) -> bool:
    """Return whether what a call gives is used by more than its attributes: in `with` or `for`, by an operator."""
    path = (*verdict.path, "return_value")
    if path in verdict.subject.written:
        return False
    uses = (*verdict.subject.at(path), *verdict.subject.below(path))
    return any(use.kind in _BY_OPERATOR or any(each.startswith("__") for each in use.path) for use in uses)


def _write(context: Context, creation: Creation, path: Path, kind: str, draft: Draft) -> None:
    text = f"{class_text(context, creation, kind, creation.call, draft)}()"
    if (found := target(context.module, creation)) is not None:
        statement, owner = found
        draft.edits.append(insert_after(context.module, statement, f"{'.'.join((owner, *path))} = {text}"))
    elif len(path) == 1 and creation.maker is Maker.CALLEE and path[0] not in OWN:
        draft.edits.append(add_keyword(context.module, creation.call, keyword=path[0], text=text))
    else:
        raise CantWriteError("there is no statement behind which it could be set")
