"""What becomes of a ``CoroutineMock``: an AsyncMock, with what it gave where its result is used."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from codemods.analysis.mocking.mock_arguments import calls_of
from codemods.analysis.mocking.mock_config import Config
from codemods.analysis.mocking.mock_flow import Flow
from codemods.analysis.mocking.mock_objections import attribute_uses, reached, wording_of
from codemods.analysis.mocking.mock_subjects import Creation, Maker, Subject
from codemods.analysis.mocking.mock_uses import ASYNC_USES, AWAIT_READS, AWAITED, CALL_READS, CALLS, Kind, Trail
from codemods.analysis.mocking.mock_uses import Use as MockUse
from codemods.analysis.mocking.mock_values import Nature
from codemods.analysis.mocking.mock_verdict import Verdict
from codemods.analysis.mocking.other_files import replacing
from codemods.analysis.mocking.patch_targets import target_of
from codemods.model import Evidence
from codemods.rules.legacy._asynctest import COROUTINE_MOCK, Use, decorated
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import last_name
from codemods.semantics.memo import once
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.mocks import ASYNC, SPECS, SYNC, has_spec
from codemods.semantics.pytest.values.patches import patches, receivers

_MOCKS = SYNC | {ASYNC, COROUTINE_MOCK}
_SURE = frozenset({Nature.PLAIN, Nature.WRAPPED})


@dataclass(frozen=True, slots=True)
class Coroutines:
    """One place that names CoroutineMock, and what it takes to name AsyncMock instead; or why that can't be."""

    use: Use
    creation: Creation | None = None
    keeps_child: bool = False
    configs: tuple[Config, ...] = ()
    doubt: str | None = None
    reason: str | None = None
    checks: tuple[ast.Attribute, ...] = ()
    """The reads of ``awaited`` that are all that an assertion asks for."""


def coroutine_mocks(suite: Suite, uses: list[Use]) -> list[Coroutines]:
    """Return what becomes of each place that names CoroutineMock."""
    mine = tuple(each for each in uses if each.name == COROUTINE_MOCK)
    return _all_judged(suite, mine) if mine else []


@once
def _all_judged(suite: Suite, uses: tuple[Use, ...]) -> list[Coroutines]:
    flow = Flow(suite)
    made = {each: creation for each in uses if (creation := _creation(suite.module, each.node)) is not None}
    verdicts = {each: _verdict(suite, flow, creation) for each, creation in made.items()}
    asked = {use.node for each in verdicts.values() for use in each.subject.uses if use.name == AWAITED}
    unseen = [each for each in suite.module.attributes.get(AWAITED, ()) if each not in asked]
    return [
        _judged(suite, each, made[each], verdicts[each], unseen) if each in made else _named(suite, each)
        for each in uses
    ]


def _verdict(suite: Suite, flow: Flow, creation: Creation) -> Verdict:
    return Verdict(suite, Subject((creation,), tuple(dict.fromkeys(_uses(suite, flow, creation))), None), ())


def _named(suite: Suite, use: Use) -> Coroutines:
    """Judge a place that makes no mock."""
    if _is_asked(suite.module, use.node):
        return Coroutines(use, doubt="if no CoroutineMock of another file is asked for")
    return Coroutines(use, reason="the class itself is handed on")


def _judged(suite: Suite, use: Use, creation: Creation, verdict: Verdict, unseen: list[ast.Attribute]) -> Coroutines:
    configs = tuple(verdict.configs)
    if (reason := _about_awaited(suite.module, verdict, unseen) or _reason(creation, verdict)) is not None:
        return Coroutines(use, creation, reason=reason)
    keeps_child = not _is_configured(creation) and verdict.keeps_child and not _is_object(verdict)
    doubt = _doubt_of_users(suite.module, creation, verdict)
    if _children(verdict) and any(each.kind is Kind.ESCAPE for each in verdict.subject.at(())):
        doubt = "if nothing else of it is used"
    if used := _sync_children(verdict):
        doubt = f"if no attribute of it, which would be async, is used{wording_of(used[0].evidence)}"
    if keeps_child and any(decorated(suite.module, creation.call)):
        doubt = "if no two runs of the test share what it gives"
    if _wraps(creation):
        doubt = "if what it wraps is an async function, or gives nothing to await"
    checks = tuple(dict.fromkeys(each.node for each in _readings(verdict) if isinstance(each.node, ast.Attribute)))
    if checks:
        doubt = "if nothing else asks it whether it was awaited"
    if any(each.nature not in _SURE for each in configs):
        doubt = "if what it gives isn't an awaitable"
    return Coroutines(use, creation, keeps_child, configs, doubt, checks=checks)


def _creation(module: Module, node: ast.expr) -> Creation | None:
    parent = module.parents[node]
    if isinstance(parent, ast.Call) and parent.func is node:
        return Creation(parent, COROUTINE_MOCK, Maker.CALLEE)
    if isinstance(parent, ast.keyword) and parent.arg == "new_callable":
        call = module.parents[parent]
        if isinstance(call, ast.Call):
            return Creation(call, COROUTINE_MOCK, Maker.KEYWORD)
    return None


def _is_asked(module: Module, node: ast.expr) -> bool:
    parent = module.parents[node]
    asks = isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id == "isinstance"
    return asks and node in parent.args[1:]  # type: ignore[attr-defined]


def _uses(suite: Suite, flow: Flow, creation: Creation) -> Iterator[MockUse]:
    if creation.maker is Maker.CALLEE:
        yield from flow.uses(creation.call)
        return
    origin = suite.module.outer_definition(creation.call)
    trail = Trail((), origin, shared=True)
    yield MockUse((), Kind.ESCAPE, creation.call, origin)
    for patch in patches(suite.module, creation.call):
        target = target_of(suite, patch)
        yield from replacing(flow.suite, target, creation.call, Trail((), origin))
        yield from flow.all(creation.call, partial(calls_of, flow, target.definition, trail))
        for name in receivers(suite.module, patch):
            yield from flow.uses_of(name)


def _is_configured(creation: Creation) -> bool:
    return any(each.arg in ("return_value", "side_effect", "wraps") for each in creation.call.keywords)


def _sync_children(verdict: Verdict) -> list[MockUse]:
    """Return the uses of attributes that a mock makes itself, but for those that are awaited."""
    return reached(verdict, [each for each in attribute_uses(verdict) if each.kind not in ASYNC_USES])


def _children(verdict: Verdict) -> set[str]:
    """Return the attributes that a file gives a mock, with which it is more than a function."""
    return {path[0] for path in verdict.subject.written if path} - {"return_value", "side_effect"}


def _wraps(creation: Creation) -> bool:
    """Return whether a mock hands on to what it wraps, which says nothing of its attributes unless they are used."""
    names = {each.arg for each in creation.call.keywords}
    return "wraps" in names and not creation.call.args and names.isdisjoint(SPECS - {"wraps"})


def _reason(creation: Creation, verdict: Verdict) -> str | None:
    """Return why a mock has to stay a CoroutineMock."""
    if creation.maker is Maker.CALLEE and has_spec(creation.call) and not _wraps(creation):
        return "a spec says what its attributes are"
    if any(each.arg is None for each in creation.call.keywords):
        return "not all of its keywords are known"
    if used := [each for each in _sync_children(verdict) if not each.at_times]:
        line = getattr(used[0].node, "lineno", creation.call.lineno)
        place = f"one is used{wording_of(used[0].evidence)}" if used[0].evidence else f"line {line} uses one"
        return f"its attributes are sync, those of an AsyncMock are async, and {place}"
    stuck = (each for each in verdict.configs if each.nature in (Nature.STUCK, Nature.STOP))
    return next((each.value.reason for each in stuck), None)


def _readings(verdict: Verdict) -> list[MockUse]:
    return [each for each in verdict.subject.uses if each.name == AWAITED]


def checked(module: Module, node: ast.AST) -> tuple[ast.Assert, str] | None:
    """Return the assertion that only asks whether a mock was awaited, and the method that does so."""
    parent = module.parents[node]
    is_denied = isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not)
    statement = module.parents[parent] if is_denied else parent
    if not isinstance(statement, ast.Assert) or statement.msg is not None:
        return None
    return statement, "assert_not_awaited" if is_denied else "assert_awaited"


def _about_awaited(module: Module, verdict: Verdict, unseen: list[ast.Attribute]) -> str | None:
    """Return what to do where something reads ``awaited`` that isn't an assertion of the file about this mock."""
    readings = _readings(verdict)
    reading = next((each for each in readings if each.evidence or checked(module, each.node) is None), None)
    if reading is None and not unseen:
        return None
    node = reading.node if reading is not None else unseen[0]
    place = reading.evidence if reading is not None else None
    return (
        f"`{AWAITED}`{wording_of(place)} is nothing that an AsyncMock has: {_instead(place or module.evidence(node))}"
    )


def _instead(place: Evidence) -> str:
    """Return what to write for the line that reads ``awaited``."""
    if not place.text.startswith("assert"):
        return "ask its `await_count`, or wait for an event"
    return f"write `{'assert_not_awaited' if place.text.startswith('assert not ') else 'assert_awaited'}()`"


def _is_object(verdict: Verdict) -> bool:
    """Return whether a mock has attributes given, and the file calls only these."""
    return bool(_children(verdict)) and not any(use.kind in CALLS for use in verdict.uses)


def _doubt_of_users(module: Module, creation: Creation, verdict: Verdict) -> str | None:
    """Return what would have to be known of the code that gets a mock out of sight: its attributes are sync now."""
    if creation.maker is not Maker.CALLEE or _is_put(module, creation.call):
        return None
    proven = {use.origin for use in verdict.proofs}
    asked = any(use.kind is Kind.ASSERT or use.name in CALL_READS | AWAIT_READS for use in verdict.uses)
    is_function = asked or _is_configured(creation) or bool(verdict.configs)
    for use in verdict.uses:
        handed = use.kind is Kind.ESCAPE and use.origin not in proven and not _is_put(module, use.node)
        if handed and (not is_function or _is_decorated(module, use.node)):
            return "if what gets it calls no attribute of it"
    return None


def _is_put(module: Module, node: ast.AST) -> bool:
    """Return whether a place puts a mock where a function was: in an attribute, by a patch, as what a mock calls."""
    parent = module.parents.get(node)
    stored = parent.targets[0] if isinstance(parent, ast.Assign) and parent.value is node else node
    if isinstance(stored, (ast.Attribute, ast.Subscript)) and isinstance(stored.ctx, ast.Store):
        return True
    holder = module.parents.get(parent) if isinstance(parent, ast.keyword) else parent
    around = isinstance(holder, ast.Call) and any(each.new is node for each in patches(module, holder))
    in_mock = isinstance(parent, ast.keyword) and isinstance(holder, ast.Call) and last_name(holder.func) in _MOCKS
    return around or in_mock or (isinstance(node, ast.Call) and bool(patches(module, node)))


def _is_decorated(module: Module, node: ast.AST) -> bool:
    """Return whether a mock is what a factory's decorator gets, which may well write to it: ``factory(1)(mock)``."""
    call = module.parents.get(node)
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Call)
