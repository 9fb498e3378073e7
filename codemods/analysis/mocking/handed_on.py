"""What becomes of a call's result that nothing awaits there, as the function that returns it is used in a file."""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import chain

from codemods.analysis.mocking.mock_uses import Kind, Use, is_passed_on, waiting
from codemods.semantics.answers import Function, Taker
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import last_name
from codemods.semantics.memo import once
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import fixture_value, only_value
from codemods.semantics.pytest.values.mocks import mock_class
from codemods.semantics.pytest.values.paths import infer_path

_METHODS_OF_DATA = frozenset(dir(dict)) | frozenset(dir(list)) | frozenset(dir(str))


def followed(suite: Suite, use: Use) -> Iterator[Use]:
    """Yield a use, and those places that use what a function returns of it, and don't await that."""
    taker = use.taker
    found = list(_by_callers(suite, use, taker)) if taker is not None and taker.definition is not None else []
    yield from (each for each in found if each.kind is Kind.SYNC)
    if taker is not None and any(each.kind is not Kind.SYNC for each in found):
        use = replace(use, taker=replace(taker, is_awaited=True))
    yield use


def _by_callers(suite: Suite, use: Use, taker: Taker) -> Iterator[Use]:
    module = suite.module
    named = _named(suite, taker)
    for node, is_certain in chain.from_iterable(named.get(each, ()) for each in (None, *tests_of(suite, use.origin))):
        value = _value(module, node, taker)
        if value is not None:
            found = waiting(module, value)
            is_async = found.kind is not Kind.SYNC
            if is_certain or not (is_async or _is_handed_further(module, value)):
                by = found.taker or (None if is_async else taker)
                yield replace(use, kind=found.kind, node=value, used=found.used, taker=by, evidence=None)


@once
def _named(suite: Suite, taker: Taker) -> Mapping[ast.AST | None, list[tuple[ast.expr, bool]]]:
    """Return the places that read the function, by test, and whether it is certain that they mean it."""
    found: defaultdict[ast.AST | None, list[tuple[ast.expr, bool]]] = defaultdict(list)
    for node in _reads(suite.module, taker.name):
        here = suite.module.outer_definition(node)
        known = _means(suite, node, taker) if isinstance(node.ctx, ast.Load) else None
        if known is not None:
            found[here if here in suite.test_nodes else None].append((node, known))
    return dict(found)


def _reads(module: Module, name: str) -> Iterator[ast.Attribute | ast.Name]:
    return chain(module.attributes.get(name, ()), module.loads.get(name, ()))


def is_named(suite: Suite, function: Function, origin: ast.AST | None) -> bool:
    """Return whether a test, or one of those for which a function sets something up, names a function."""
    return not _readers(suite, function).isdisjoint({origin, *tests_of(suite, origin)})


def is_only_named_in(suite: Suite, use: Use, tests: Collection[ast.AST | None]) -> bool:
    """Return whether some tests name the function of another file in which a use is, and nothing else may run it."""
    readers = {each for function in use.functions for each in _readers(suite, function)}
    unconcerned = suite.test_nodes.keys() - {use.origin, *tests_of(suite, use.origin)}
    return suite.is_test_module and not readers.isdisjoint(tests) and readers <= {*tests, *unconcerned}


@once
def _readers(suite: Suite, function: Function) -> set[ast.AST | None]:
    return {suite.module.outer_definition(each) for each in naming(suite, function)}


@once
def naming(suite: Suite, function: Function) -> list[ast.Attribute | ast.Name]:
    """Return the places that read a name that may mean a function of another file."""
    return [each for each in _reads(suite.module, function.name) if not _is_another(suite, each, function)]


def _is_another(suite: Suite, node: ast.expr, function: Function) -> bool:
    path = infer_path(suite, node)
    found = suite.module.answers.callee(path).evidence if path is not None else None
    return found is not None and (found.path, found.line) != (function.path, function.line)


@once
def tests_of(suite: Suite, origin: ast.AST | None) -> list[ast.AST]:
    """Return a test, or the tests for which a function sets something up."""
    if origin in suite.test_nodes or not isinstance(origin, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return [] if origin is None else [origin]
    from codemods.semantics.pytest.reach import reach_of  # most mocks are made in tests

    return [each for each in reach_of(suite).leading_to(origin) if each in suite.test_nodes]


def _means(suite: Suite, node: ast.Attribute | ast.Name, taker: Taker) -> bool | None:
    """Return whether a name certainly means the function, or only may; None if it doesn't."""
    path = infer_path(suite, node)
    found = suite.module.answers.callee(path).evidence if path is not None else None
    place = taker.definition
    if found is not None and place is not None:
        return True if (found.path, found.line) == (place.path, place.line) else None
    if not suite.is_test_module or isinstance(node, ast.Name) or _is_of_mock(suite, node.value):
        return None
    return None if taker.name in _METHODS_OF_DATA else False


def _is_of_mock(suite: Suite, node: ast.expr) -> bool:
    while isinstance(node, (ast.Attribute, ast.Call)):
        if isinstance(node, ast.Call) and mock_class(suite.module, node):
            return True
        node = node.value if isinstance(node, ast.Attribute) else node.func
    value = only_value(suite.module, node) or fixture_value(suite, node)
    return value is not None and mock_class(suite.module, value) is not None


def _value(module: Module, node: ast.expr, taker: Taker) -> ast.expr | None:
    """Return the expression that has what the function returns, if it is called there, or read as a property."""
    value: ast.AST = module.parents[node] if not taker.is_property else node
    if not taker.is_property and not module.is_called(node):
        return None
    if taker.is_async:
        value = module.parents[value]
    for _ in range(taker.calls):
        outer = module.parents[value]
        value = outer if isinstance(outer, ast.Call) and outer.func is value else module.tree
    return value if isinstance(value, (ast.Call, ast.Attribute, ast.Name, ast.Await)) else None


def _is_handed_further(module: Module, value: ast.expr) -> bool:
    """Return whether it isn't known what becomes of a value: a function gets it that is no assertion, nor Python's."""
    if not is_passed_on(module, value):
        return False
    parent = module.parents[value]
    name = last_name(parent.func) if isinstance(parent, ast.Call) else ""
    return not (hasattr(builtins, name) or name.startswith("assert"))
