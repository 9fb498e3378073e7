"""Asyncio marks of a class or module that cover sync and async tests alike."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codemods.edits.decorators import Decorated, remove_decorators
from codemods.edits.statements import remove_element, remove_statement
from codemods.model import Edit
from codemods.semantics.answers import Answer, ClassKind
from codemods.semantics.file.bodies import returns
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, is_generator
from codemods.semantics.memo import once
from codemods.semantics.pytest.classes import class_type
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.marks import Level, Mark, own_marks, pytestmarks
from codemods.semantics.pytest.requests import parameters
from codemods.semantics.pytest.runners import effective_mode, is_transparent
from codemods.semantics.pytest.suite import Suite, Test
from codemods.semantics.pytest.values.awaitable import awaitable

_LOOPS = frozenset({"event_loop", "loop"})


@dataclass(frozen=True, slots=True)
class SharedMark:
    """An asyncio mark on a class or module, and the async tests that need it once it is gone."""

    mark: Mark
    uncovered: tuple[Definition, ...]
    covers_async: bool


def shared_marks(context: Context) -> Iterator[SharedMark]:
    """Yield the marks that can be written on the async tests instead, all of whose tests are known."""
    if effective_mode(context.config, context.project) != "strict" or not context.suite.is_test_module:
        return
    module = context.module
    if may_import_tests(context):
        return
    marks = [*pytestmarks(module, module.tree, module.tree.body, Level.MODULE)]
    for node in module.nodes(ast.ClassDef):
        marks += own_marks(module, node, Level.CLASS)
        marks += pytestmarks(module, node, node.body, Level.CLASS)
    for mark in marks:
        if mark.name == "asyncio" and is_removable(module, mark):
            yield from _shared(context, mark)


def removal(module: Module, mark: Mark) -> Edit:
    """Return the edit that takes a mark away: its decorator, its statement, or its place in a list."""
    if mark.index >= 0:
        assert isinstance(mark.owner, Decorated)
        return remove_decorators(module, mark.owner, [mark.index])
    outer = module.parents[mark.node]
    if isinstance(outer, ast.Assign):
        return remove_statement(module, outer)
    assert isinstance(outer, (ast.List, ast.Tuple))
    assigned = module.parents[outer]
    assert isinstance(assigned, ast.Assign)
    return remove_element(module, assigned, outer.elts.index(mark.node))


def may_import_tests(context: Context) -> bool:
    """Return whether the file imports names that pytest would collect in it, or any at all."""
    config = context.config
    return any(
        each.name == "*" or config.matches_function(each.name) or config.matches_class(each.name)
        for node in context.module.nodes(ast.ImportFrom)
        for each in node.names
    )


def is_removable(module: Module, mark: Mark) -> bool:
    """Return whether the mark stands in the only assignment to ``pytestmark``, or as a decorator."""
    if mark.index >= 0:
        return True
    outer = module.parents.get(mark.node)
    statement = module.parents.get(outer) if isinstance(outer, (ast.List, ast.Tuple)) else outer
    if not isinstance(statement, ast.Assign) or module.parents[statement] is not mark.owner:
        return False
    if ast.unparse(statement.targets[0]) != "pytestmark":  # a list of the file, which others may use, too
        return False
    return len(module.scopes.bindings(mark.owner, "pytestmark")) == 1


def _shared(context: Context, mark: Mark) -> Iterator[SharedMark]:
    every = covered(context.suite, mark)
    tests = [test for test in every if test.test_case is None]
    sync = [test for test in tests if not test.is_async]
    if not sync or not all(_is_certain(context, test) for test in tests) or _has_heirs(context, mark):
        return
    uncovered = [test.node for test in tests if test.is_async and not _marked_closer(context, mark, test)]
    # One line for many tests is worth a few warnings.
    if len(uncovered) <= len(sync):
        yield SharedMark(mark, tuple(uncovered), any(test.is_async for test in every))


def covered(suite: Suite, mark: Mark) -> list[Test]:
    """Return the tests for which a mark holds."""
    return _covered(suite).get(mark.node, [])


@once
def _covered(suite: Suite) -> Mapping[ast.expr, list[Test]]:
    found: defaultdict[ast.expr, list[Test]] = defaultdict(list)
    for test in suite.tests:
        for node in dict.fromkeys(each.node for each in suite.marks(test.node)):
            found[node].append(test)
    return dict(found)


def may_have_run(suite: Suite, node: Definition) -> bool:
    """Return whether an older pytest-asyncio may have run a plain function, for its loop or what it returns."""
    if not _LOOPS.isdisjoint(each.arg for each in parameters(suite.module, node)):
        return True
    given = [each.value for each in returns(node) if each.value is not None]
    return any(awaitable(suite, each) is not Answer.SYNC for each in given)


def _is_certain(context: Context, test: Test) -> bool:
    decorators = context.suite.decorators(test.node)
    if not test.is_async and may_have_run(context.suite, test.node):
        return False
    return not test.doubt and not is_generator(test.node) and all(map(is_transparent, decorators))


def _has_heirs(context: Context, mark: Mark) -> bool:
    """Say whether a class takes part that can't be known: one with an unknown base, or a base of another one."""
    if isinstance(mark.owner, ast.Module):
        classes = context.module.nodes(ast.ClassDef)
        return any(
            class_type(context.module, node).kind is ClassKind.UNKNOWN and _has_test_name(context, node)
            for node in classes
        )
    name = mark.owner.name  # type: ignore[attr-defined]
    return name in _base_names(context.module)


@once
def _base_names(module: Module) -> frozenset[str]:
    bases = (base for node in module.nodes(ast.ClassDef) for base in node.bases)
    return frozenset(base.id for base in bases if isinstance(base, ast.Name))


def _has_test_name(context: Context, node: ast.ClassDef) -> bool:
    return context.config.matches_class(node.name)


def _marked_closer(context: Context, mark: Mark, test: Test) -> bool:
    for each in context.suite.marks(test.node):
        if each.node is mark.node:
            return False
        if each.name == "asyncio" and each.level is not Level.PARAMETER:
            return True
    return False
