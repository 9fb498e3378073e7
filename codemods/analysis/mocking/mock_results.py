"""What speaks against an AsyncMock where a call's result is handed on: who gets it, and what it is compared with."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping

from codemods.analysis.mocking.mock_subjects import Subject, subjects
from codemods.analysis.mocking.mock_uses import CALLS, READS, Kind, Use, is_waiter
from codemods.analysis.mocking.mock_verdict import Verdict
from codemods.semantics.access_path import AccessPath
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import last_name
from codemods.semantics.file.reaching_bindings import names_bound_by
from codemods.semantics.memo import once
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import only_value
from codemods.semantics.pytest.values.mocks import mock_name
from codemods.semantics.pytest.values.patches import Patch, patches
from codemods.semantics.pytest.values.paths import infer_path, text_of_string

_Call = tuple[str, int, str]
"""The file and the line of a call, and the name that is called."""
_PARTS = (ast.List, ast.Tuple, ast.Dict, ast.Set, ast.Starred, ast.keyword)


def taken_by_mock(verdict: Verdict) -> Use | None:
    """Return the use whose result goes to a call of another mock, which awaits nothing."""
    return next((use for use in verdict.handed_on if _is_mock(verdict, use)), None)


def is_given_to_mock(verdict: Verdict) -> bool:
    """Return whether the code hands what the replaced function gives, unawaited, to something that a test replaces."""
    suite = verdict.suite
    test = _test(suite, suite.module.outer_definition(verdict.subject.creations[0].call))
    replaced = {name for name, tests in _replaced(suite).items() if test in tests} if test is not None else set()
    paths = [use.stands_for for use in verdict.subject.at(verdict.path) if use.stands_for is not None]
    return any(not replaced.isdisjoint(suite.module.answers.passed_on(each)) for each in paths if replaced)


def takers(suite: Suite, name: str) -> Iterator[tuple[AccessPath, str]]:
    """Yield the calls of a name whose results a file hands on unawaited: what is called, and what gets it."""
    for each in (*suite.module.attributes.get(name, ()), *suite.module.loads.get(name, ())):
        path = infer_path(suite, each) if suite.module.is_called(each) else None
        if path is not None:
            yield from ((path, taker) for taker in _takers(suite.module, suite.module.parents[each]))


def _takers(module: Module, call: ast.AST) -> Iterator[str]:
    parent = module.parents[call]
    target = parent.targets[0] if isinstance(parent, ast.Assign) else None
    places = names_bound_by(module, target) or [] if isinstance(target, ast.Name) else [call]
    holders = (module.parents[each] for each in places)
    yield from (last_name(each.func) for each in holders if isinstance(each, ast.Call) and not is_waiter(module, each))


def compared(verdict: Verdict) -> Use | None:
    """Return the place that compares what a call gives, where it is handed on before anything is seen to await it."""
    unseen = not any(use.kind in (Kind.AWAITED, Kind.WAITED) for use in verdict.proofs)
    if not unseen and not any(use.kind is not Kind.SYNC or use.evidence for use in verdict.handed_on):
        return None
    kinds = (Kind.COMPARED, Kind.ESCAPE)
    found = (use for use in verdict.subject.at((*verdict.path, "return_value")) if use.kind in kinds)
    return next((use for use in found if _is_compared(verdict.suite.module, use.node)), None)


def _is_compared(module: Module, node: ast.AST) -> bool:
    """Return whether ``m.return_value`` is compared with something else than what an ``await`` gave."""
    if not isinstance(node, ast.Attribute):
        return False
    parent = module.parents[node]
    while isinstance(parent, _PARTS) or (isinstance(parent, ast.Call) and mock_name(module, parent.func) == "call"):
        node, parent = parent, module.parents[parent]
    if not isinstance(parent, ast.Compare) and not (isinstance(parent, ast.Call) and _asserts(parent)):
        return False
    given = [parent.left, *parent.comparators] if isinstance(parent, ast.Compare) else getattr(parent, "args", [])
    others = [only_value(module, each) or each for each in given if each is not node]
    return not any(isinstance(each, ast.Await) for each in others)


def _asserts(call: ast.Call) -> bool:
    return last_name(call.func).startswith("assert")


def _is_mock(verdict: Verdict, use: Use) -> bool:
    assert use.taker is not None
    if use.taker.definition is not None:
        return False
    suite, name = verdict.suite, use.taker.name
    replaced = _replaced(suite).get(name, set())
    test = _test(suite, use.origin)
    if None in replaced or test in replaced or (test is None and replaced):
        return True
    place = use.evidence or suite.module.evidence(use.node)
    calls = _calls(suite).get((place.path, place.line, name), {})
    near = calls.values() if test is None else (calls.get(test, ()), calls.get(None, ()))
    return any(other is not verdict.subject for each in near for other in each)


def _test(suite: Suite, node: ast.AST | None) -> ast.AST | None:
    """Return a function if it is a test; what is done in any other may be meant by each of them."""
    return node if node in suite.test_nodes else None


@once
def _calls(suite: Suite) -> Mapping[_Call, Mapping[ast.AST | None, list[Subject]]]:
    """Return the mocks of a file whose attributes are called, by where that is, and by test."""
    found: defaultdict[_Call, defaultdict[ast.AST | None, list[Subject]]] = defaultdict(lambda: defaultdict(list))
    for subject in subjects(suite):
        for use in subject.uses:
            if use.path and (use.kind in CALLS or use.kind is Kind.ESCAPE):
                place = use.evidence or suite.module.evidence(use.node)
                found[place.path, place.line, use.path[-1]][_test(suite, use.origin)].append(subject)
    return dict(found)


@once
def _replaced(suite: Suite) -> Mapping[str, set[ast.AST | None]]:
    """Return in which tests a file puts a mock under a name, or asks one of that name for its calls."""
    found: defaultdict[str, set[ast.AST | None]] = defaultdict(set)
    for name, node in (*_patched(suite.module), *_asked(suite.module)):
        found[name].add(_test(suite, suite.module.outer_definition(node)))
    return dict(found)


def _patched(module: Module) -> Iterator[tuple[str, ast.AST]]:
    for call in module.nodes(ast.Call):
        for patch in patches(module, call):
            yield _name(module, patch), call


def _name(module: Module, patch: Patch) -> str:
    text = text_of_string(module, patch.target) or ""
    return patch.attribute or text.rpartition(".")[2]


def _asked(module: Module) -> Iterator[tuple[str, ast.AST]]:
    for node in module.nodes(ast.Attribute):
        of_mock = node.attr in READS or node.attr in ("return_value", "side_effect") or node.attr.startswith("assert_")
        if of_mock and isinstance(node.value, ast.Attribute):
            yield node.value.attr, node
        elif isinstance(node.ctx, ast.Store):
            yield node.attr, node
