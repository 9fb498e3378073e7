"""What speaks against a mock's becoming an AsyncMock although it is awaited."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.analysis.mocking.handed_on import is_named
from codemods.analysis.mocking.mock_subjects import Maker, children_given
from codemods.analysis.mocking.mock_uses import CALLS, RECORDED, Kind, Use
from codemods.analysis.mocking.mock_values import Nature
from codemods.analysis.mocking.mock_verdict import Verdict
from codemods.analysis.mocking.xfail import (
    ANY_ERROR,
    STOP,
    TYPE_ERROR,
    expects_failure,
    is_expected_to_raise,
    names_errors,
)
from codemods.model import Evidence
from codemods.semantics.access_path import Step
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import last_name
from codemods.semantics.pytest.values.mocks import NON_CALLABLE, SYNC, dotted_keywords, mock_name

_OF_FUTURES = frozenset({"result", "done", "exception", "cancel", "cancelled", "add_done_callback"})
_SAME = frozenset({"__aenter__", "__aexit__", "__doc__", "__func__", "__module__", "__name__", "__objclass__",
                   "__qualname__", "__self__"})  # fmt: skip
"""What an AsyncMock has, or lacks, as the other mocks do."""
_CONFIGURING = frozenset({"configure_mock", "attach_mock", "mock_add_spec"})
_NAMED = 3
"""How many places a sentence names, if there are more."""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a mock stays as it is, and the place that says so."""

    reason: str
    node: ast.AST | None = None
    evidence: Evidence | None = None
    """The place, if it is in another file."""
    is_meant: bool = False
    """Whether it shows that the mock is no AsyncMock on purpose, so that there is nothing to say."""


def _by_use(reason: str, use: Use) -> Objection:
    return Objection(f"{reason}{wording_of(use.evidence)}", use.node, use.evidence)


def wording_of(*places: Evidence | None) -> str:
    """Return where in other files something is, as it ends a sentence; nothing if some of it is in this one."""
    found = list(dict.fromkeys(each.place for each in places if each is not None))
    more = f" and {len(found) - _NAMED} more places" if len(found) > _NAMED + 1 else ""
    named = found[:_NAMED] if more else found
    way = "at" if any(each is not None and each.line for each in places) else "in"
    return f" {way} {', '.join(named)}{more}" if found and None not in places else ""


def objection(verdict: Verdict) -> Objection | None:
    """Return the first thing that speaks against awaiting every call."""
    return next(_objections(verdict), None)


def _objections(verdict: Verdict) -> Iterator[Objection]:
    yield from _about_uses(verdict)
    yield from _about_results(verdict)
    if (chosen := _chosen(verdict)) is not None and isinstance(_first_origin(verdict), ast.FunctionDef):
        yield Objection("the patch says so, and its test isn't async", chosen)
    yield from _about_name(verdict)
    yield from _about_attributes(verdict)
    yield from _about_values(verdict)
    if (raised := _raised_unseen(verdict)) is not None:
        yield Objection(
            "it may raise when it is called, and an AsyncMock only does so when it is awaited", raised, is_meant=True
        )
    for use in verdict.proofs:
        if use.evidence is not None:
            continue
        if (reason := expects_failure(verdict.suite, use.node, _errors_lost(verdict))) is not None:
            yield Objection(reason, use.node)
        late = verdict.has_effect and use.kind is Kind.WAITED
        if late and is_expected_to_raise(verdict.suite.module, use.node):
            yield Objection("it raises when it is called, and an AsyncMock when it is awaited", use.node)
    yield from _about_errors(verdict)


def _about_uses(verdict: Verdict) -> Iterator[Objection]:
    for use in verdict.uses:
        if use.kind is Kind.SYNC:
            by = use.taker if use.taker is not None and use.taker.definition else None
            way = f", by way of `{by.name}`" if by else ""
            known = "also stands for a sync function" if use.declared else f"is also called without `await`{way}"
            yield _by_use(f"it {known}", use)
        if use.kind is Kind.OTHER and use.name == STOP:
            if _gives_in_turn(verdict):
                yield _by_use("the StopIteration that it raises in the end is expected", use)
        elif use.kind is Kind.OTHER:
            yield _by_use("it is also used in a way that an AsyncMock may not stand", use)


def _about_results(verdict: Verdict) -> Iterator[Objection]:
    results = verdict.subject.at((*verdict.path, "return_value"))
    if not verdict.handed_on and all(use.evidence or use.kind is Kind.WRITE for use in results):
        return
    from codemods.analysis.mocking.mock_results import (
        compared,
        taken_by_mock,
    )  # most results are awaited where they are

    if (use := taken_by_mock(verdict)) is not None and use.taker is not None:
        yield _by_use(f"`{use.taker.name}` is a mock too, and doesn't await what it gets", use)
    if (use := compared(verdict)) is not None:
        yield Objection("what it gives is compared with what was handed on", use.node, is_meant=True)


def _about_errors(verdict: Verdict) -> Iterator[Objection]:
    if TYPE_ERROR not in _errors_lost(verdict):
        return
    if wanting := names_errors(verdict.suite.module):
        from codemods.analysis.mocking.type_errors import is_wanted_by_test  # most files name none

    for use in reached(verdict, verdict.proofs):
        if use.name == TYPE_ERROR:
            yield _by_use("the TypeError that it raises now is caught", use)
        away = use.evidence is not None or verdict.suite.module.outer_definition(use.node) is not use.origin
        if away and wanting and (reason := is_wanted_by_test(verdict.suite, use.origin)) is not None:
            yield Objection(reason, use.node)


def reached(verdict: Verdict, uses: list[Use]) -> list[Use]:
    """Return the uses in functions that their test names, or that lead to one that it names; all, if it names none."""
    if len(uses) < 2:
        return uses
    named = {use for use in uses if any(is_named(verdict.suite, each, use.origin) for each in use.functions)}
    return [use for use in uses if use in named or not use.functions] if named else uses


def _errors_lost(verdict: Verdict) -> set[str]:
    """Return the errors that a call of the mock may raise now, and that one of an AsyncMock doesn't."""
    ends = {STOP, "RuntimeError"} if _gives_in_turn(verdict) else set()
    return ends | (set() if verdict.has_effect or verdict.gives_awaitable else {TYPE_ERROR})


def _gives_in_turn(verdict: Verdict) -> bool:
    effects = [each.node for each in verdict.configs if each.name == "side_effect"]
    return any(isinstance(each, (ast.List, ast.Tuple)) for each in effects)


def _about_name(verdict: Verdict) -> Iterator[Objection]:
    for use in verdict.subject.above(verdict.path):
        if use.kind is Kind.REBOUND:
            yield Objection("its name is bound several times", use.node)
        if use.name in _CONFIGURING:
            yield Objection(f"`{use.name}` says what it is", use.node)
    if verdict.subject.other_value is not None:
        yield Objection("something else is kept in the same place", verdict.subject.other_value)
    if (made_awaitable := _awaitable_mocks(verdict.suite.module)) is not None:
        yield Objection("the file makes mocks awaitable by itself", made_awaitable)
    for creation in verdict.subject.creations if not verdict.path else ():
        if creation.kind in NON_CALLABLE:
            yield Objection("a mock that can't be called is awaited", creation.call)
        if _is_annotated(verdict.suite.module, creation.call):
            yield Objection("its annotation names the class that it has now", creation.call)


def _awaitable_mocks(module: Module) -> ast.AST | None:
    """Return the place that gives a class ``__await__``, as in ``MagicMock.__await__ = …``."""
    return next(iter(module.stores.get("__await__", ())), None)


def _is_annotated(module: Module, call: ast.Call) -> bool:
    parent = module.parents[call]
    return isinstance(parent, ast.AnnAssign) and mock_name(module, parent.annotation) in SYNC - {"Mock"}


def _about_attributes(verdict: Verdict) -> Iterator[Objection]:
    if (found := next(attribute_uses(verdict), None)) is not None:
        yield Objection("its attributes are used too, and those of an AsyncMock are async", found.node)
    path = verdict.path
    for creation in verdict.subject.creations:
        unpacked = dotted_keywords(creation.call)
        if unpacked is None:
            yield Objection("not all of its keywords are known", creation.call)
        elif any(steps[: len(path)] == path for steps, _ in unpacked) and (not path or len(unpacked) > 1):
            yield Objection("a dictionary says what it gives", creation.call)


def attribute_uses(verdict: Verdict) -> Iterator[Use]:
    """Yield the uses of an attribute that isn't just data, and not a mock of its own."""
    subject, path = verdict.subject, verdict.path
    given = set() if path else set.union(*map(children_given, subject.creations))
    for use in subject.below(path):
        step = use.path[len(path)]
        own = step in ("return_value", "side_effect") or step in given
        if not own and step not in _SAME and not _is_stored(verdict, use):
            yield use


def _is_stored(verdict: Verdict, use: Use) -> bool:
    """Return whether a use stores something, or reaches what is stored: no child that a mock makes does anything."""
    for size in range(len(verdict.path) + 1, len(use.path) + 1):
        step = use.path[size - 1]
        if step in ("return_value", "side_effect") or step.startswith("__"):
            return False
        if use.path[:size] in verdict.subject.written:
            return True
    return False


def _about_values(verdict: Verdict) -> Iterator[Objection]:
    if (use := _inspecting(verdict)) is not None:
        yield Objection("the file looks into the future that it gives", use.node)
    for each in verdict.configs:
        if each.nature in (Nature.STUCK, Nature.STOP, Nature.OPAQUE):
            yield Objection(each.value.reason, each.node)
    raising = [each for each in verdict.configs if each.value.raises and each.name == "return_value"]
    if raising and any(each.name == "side_effect" for each in verdict.configs):
        yield Objection("it has a side effect beside a future that raises")


def _inspecting(verdict: Verdict) -> Use | None:
    """Return the use that asks a future which would be gone."""
    if not any(each.nature is Nature.WRAPPED for each in verdict.configs):
        return None
    ends = {(*verdict.path, "return_value", name) for name in _OF_FUTURES}
    return next((use for use in verdict.subject.below(verdict.path) if use.path in ends and not use.evidence), None)


def _peeked(module: Module, use: Use) -> ast.AST | None:
    """Return the place that looks at the future behind an awaited call."""
    waited = module.parents[use.node]
    outer = module.parents.get(waited)
    if not isinstance(waited, ast.Await):
        return None
    peeks = isinstance(outer, ast.Await) or (isinstance(outer, ast.Attribute) and outer.attr in _OF_FUTURES)
    return outer if peeks else None


def is_awaited_again(verdict: Verdict) -> bool:
    """Return whether the file awaits, or looks into, what an awaited call gives: it wants the awaitable."""
    for use in verdict.subject.below(verdict.path):
        awaited = isinstance(verdict.suite.module.parents.get(use.node), ast.Await)
        again = awaited and use.evidence is None and use.kind is Kind.OTHER
        if use.path[len(verdict.path)] == "return_value" and (again or use.path[-1] in _OF_FUTURES):
            return True
    calls = (use for use in verdict.uses if use.kind in CALLS and use.evidence is None)
    return any(_peeked(verdict.suite.module, use) is not None for use in calls)


def _chosen(verdict: Verdict) -> ast.Call | None:
    """Return the patch that says to make a sync mock where it would make an AsyncMock by itself."""
    seen = verdict.gives_awaitable or any(use.kind is not Kind.TARGET for use in verdict.proofs)
    chosen = [each.call for each in verdict.subject.creations if each.maker is Maker.KEYWORD]
    return chosen[0] if chosen and not verdict.path and not seen else None


def doubt(verdict: Verdict) -> Objection | None:
    """Return what would have to be known for the change to be safe."""
    if (use := _raising_later(verdict)) is not None:
        return _by_use("if it may raise when it is awaited, not when it is called", use)
    for each in verdict.configs:
        if each.nature is Nature.UNKNOWN:
            return Objection("if what it gives isn't an awaitable", each.node)
    if (chosen := _chosen(verdict)) is not None:
        return Objection("if it wasn't chosen to keep what calls it from awaiting", chosen)
    if (hidden := _hidden_error(verdict)) is not None:
        return hidden
    if (use := verdict.returned) is not None and use.taker is not None:
        return Objection(f"if what `{use.taker.name}` returns of it is awaited{wording_of(use.evidence)}", use.node)
    if (seen := _doubt_of_run(verdict)) is not None:
        return seen
    proven = {use.origin for use in verdict.proofs}
    for use in verdict.subject.above(verdict.path):
        if use.kind is Kind.ESCAPE and use.origin not in proven:
            return Objection("if nothing else calls it without `await`", use.node)
    return None


def _doubt_of_run(verdict: Verdict) -> Objection | None:
    """Return what a recorded run leaves open of what it shows, or shows against what reading says."""
    read = [use for use in verdict.proofs if use.name != RECORDED]
    if any(use.kind is Kind.NEVER_AWAITED for use in verdict.uses):
        return Objection("if it is what is awaited: no test that ran did so (recorded)")
    if not read and any(use.at_times for use in verdict.proofs):
        return Objection("if it is awaited wherever it is called, as it isn't in each test that ran (recorded)")
    return None


def _raised_unseen(verdict: Verdict) -> ast.expr | None:
    """Return what may raise in a sync test that runs no loop, where nothing is seen to await the mock."""
    origin, module = _first_origin(verdict), verdict.suite.module
    effects = [each.node for each in verdict.configs if each.name == "side_effect"]
    if not effects or not isinstance(origin, ast.FunctionDef) or any(_is_wait(use) for use in verdict.proofs):
        return None
    from codemods.analysis.loops.drivers import is_driver
    from codemods.analysis.mocking.mock_raising import may_raise  # few mocks raise

    runs = any(is_driver(module, call) for call in module.inside(ast.Call, origin))
    return None if runs else next((each for each in effects if may_raise(verdict.suite, each)), None)


def _first_origin(verdict: Verdict) -> ast.AST | None:
    """Return the function in which a mock is first seen to be async; None if it isn't seen at all."""
    return verdict.proofs[0].origin if verdict.proofs else None


def _is_wait(use: Use) -> bool:
    return use.kind in (Kind.AWAITED, Kind.WAITED)


def _raising_later(verdict: Verdict) -> Use | None:
    """Return a call that isn't awaited at once, and raises: an AsyncMock does that when the awaitable is awaited."""
    late = [use for use in reached(verdict, verdict.proofs) if use.kind is Kind.WAITED and not _is_run(verdict, use)]
    effects = [each.node for each in verdict.configs if each.name == "side_effect"]
    if not late or not effects:
        return None
    from codemods.analysis.mocking.mock_raising import may_raise  # most mocks are awaited where they are called

    return late[0] if any(may_raise(verdict.suite, each) for each in effects) else None


def _is_run(verdict: Verdict, use: Use) -> bool:
    """Return whether a call is all that a loop is started for, which raises what it raises."""
    parent = None if use.evidence is not None else verdict.suite.module.parents.get(use.node)
    return isinstance(parent, ast.Call) and last_name(parent.func) in ("run", "run_until_complete")


def _hidden_error(verdict: Verdict) -> Objection | None:
    """Return what may hide the TypeError that the mock raises now, where a test may go by that."""
    if TYPE_ERROR not in _errors_lost(verdict) or not verdict.proofs:
        return None
    waits = reached(verdict, [use for use in verdict.proofs if use.kind is not Kind.TARGET])
    if not waits and (place := _catching(verdict)) is not None:
        return Objection(f"if the TypeError that is caught{wording_of(place)} now isn't what the test is about")
    waits = waits or verdict.proofs
    if all(use.name == ANY_ERROR for use in waits):
        return Objection("if the TypeError that is caught there now isn't what the test is about", waits[0].node)
    if not names_errors(verdict.suite.module):
        return None
    from codemods.analysis.mocking.type_errors import may_be_wanted  # most files name none

    found = (may_be_wanted(verdict.suite, use.origin, verdict.subject.apart) for use in waits)
    reason = next((each for each in found if each is not None), None)
    return Objection(f"if {reason}", waits[0].node) if reason is not None else None


def _catching(verdict: Verdict) -> Evidence | None:
    """Return where code awaits a call of the same name, whatever it means there, and catches what that raises."""
    from codemods.analysis.mocking.type_errors import caught_awaits  # most awaits are seen

    for name in sorted(_names_of_target(verdict)):
        here = next(caught_awaits(verdict.suite, name), None)
        place = verdict.suite.module.evidence(here) if here is not None else verdict.suite.module.answers.caught(name)
        if place is not None:
            return place
    return None


def _names_of_target(verdict: Verdict) -> set[str]:
    """Return how code may call the async function in whose place the mock is."""
    if verdict.path:
        return {verdict.path[-1]} - {"return_value", "side_effect"}
    stands = [use.stands_for.steps[-1] for use in verdict.subject.at(()) if use.stands_for is not None]
    defined = [getattr(use.node, "name", "") for use in verdict.proofs]
    return {name for name in (*stands, *defined) if not isinstance(name, Step)} - {""}
