"""Whether the test, or the code, waits for the TypeError of an ``await`` on what can't be awaited."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from codemods.analysis.mocking.mock_uses import Kind, waiting
from codemods.analysis.mocking.xfail import BROAD, TYPE_ERROR, caught_in_code, is_failure_expected
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, last_name
from codemods.semantics.memo import once
from codemods.semantics.pytest.reach import reach_of
from codemods.semantics.pytest.suite import Suite

_WAITING = frozenset({"raises", "assertRaises", "assertRaisesRegex"})
_GIVEN = frozenset({"side_effect", "set_exception", "throw"})
"""What is given an error to raise."""


@once
def is_wanted_by_test(suite: Suite, origin: ast.AST | None) -> str | None:
    """Return what in a test, or in what it leads to in its file, waits for a TypeError."""
    if not isinstance(origin, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    if is_failure_expected(suite, origin, {TYPE_ERROR, *BROAD}):
        return f"`{origin.name}` is expected to fail"
    around = reach_of(suite).closure(origin)
    found = [each for each in around if each in _wanting(suite.module) and _is_used(suite, each, around)]
    first = min(found, key=lambda each: (each is not origin, each.lineno), default=None)
    return f"`{first.name}` waits for a TypeError" if first is not None else None


def _is_used(suite: Suite, function: Definition, around: set[Definition]) -> bool:
    """Return whether some functions hold one of themselves, or name it, and not only in a string."""
    if function in suite.test_nodes or function in suite.fixture_nodes:
        return True
    places = (*suite.module.attributes.get(function.name, ()), *suite.module.loads.get(function.name, ()))
    return any(suite.module.outer_definition(each) in around for each in places)


@once
def may_be_wanted(suite: Suite, origin: ast.AST | None, apart: frozenset[ast.AST | None]) -> str | None:
    """Return what may wait for the TypeError: a test that waits for any error, or one that shares what is set up.

    Those ``apart`` put something else there.
    """
    if origin in _expecting_any(suite.module):
        return "the error that the test waits for isn't that of awaiting it"
    if origin in suite.test_nodes or not isinstance(origin, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    for each in sorted(reach_of(suite).leading_to(origin) - apart, key=lambda each: each.lineno):
        wants = each in _wanting(suite.module) or each in _expecting_any(suite.module)
        if wants or is_failure_expected(suite, each, {TYPE_ERROR, *BROAD}):
            return f"`{each.name}` doesn't wait for the error of awaiting it"
    return None


@once
def _wanting(module: Module) -> set[ast.AST | None]:
    """Return the outermost functions that name TypeError, but not to raise it; also by a constant of the module."""
    named = [each for each in _names(module, TYPE_ERROR) if not _is_raised(module, each)]
    constants = [name for each in named for name in _constant_of(module, each)]
    named += [each for name in constants for each in _names(module, name)]
    return {module.outer_definition(each) for each in named}


def _names(module: Module, name: str) -> Iterable[ast.AST]:
    return module.loads.get(name, ())


def _is_raised(module: Module, node: ast.AST) -> bool:
    """Return whether an error is made, raised, or given to a mock that is to raise it."""
    child = node
    for parent in module.ancestors(node):
        if isinstance(parent, ast.Call) and child is parent.func and isinstance(child, ast.Name):
            return True
        if isinstance(parent, ast.keyword) and parent.arg in _GIVEN:
            return True
        if isinstance(parent, ast.Call) and child in parent.args and last_name(parent.func) in _GIVEN:
            return True
        if isinstance(parent, ast.stmt):
            targets = parent.targets if isinstance(parent, ast.Assign) else []
            given = any(isinstance(each, ast.Attribute) and each.attr in _GIVEN for each in targets)
            return given or isinstance(parent, ast.Raise)
        child = parent
    return False


def _constant_of(module: Module, node: ast.AST) -> Iterator[str]:
    statement = module.statement_of(node)
    if isinstance(statement, ast.Assign) and module.function_of(statement) is None:
        yield from (each.id for each in statement.targets if isinstance(each, ast.Name))


@once
def _expecting_any(module: Module) -> Mapping[ast.AST | None, list[ast.Call]]:
    """Return the outermost functions that wait for an Exception, in which a TypeError may hide."""
    found: defaultdict[ast.AST | None, list[ast.Call]] = defaultdict(list)
    for name in sorted(BROAD):
        for each in module.loads.get(name, ()):
            parent = module.parents[each]
            if isinstance(parent, ast.Call) and last_name(parent.func) in _WAITING:
                found[module.outer_definition(each)].append(parent)
    return dict(found)


def caught_awaits(suite: Suite, name: str) -> Iterator[ast.Call]:
    """Yield the calls of a name, whatever it means, that a file awaits where it catches what a TypeError is."""
    for each in (*suite.module.attributes.get(name, ()), *suite.module.loads.get(name, ())):
        call = suite.module.parents[each]
        if isinstance(call, ast.Call) and call.func is each and waiting(suite.module, call).kind is not Kind.SYNC:
            if caught_in_code(suite, call):
                yield call
