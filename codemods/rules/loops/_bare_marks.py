"""Asyncio markers that auto mode gives by itself."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator

from codemods.analysis.shared_marks import is_removable, removal
from codemods.edits.decorators import remove_decorators
from codemods.model import Edit
from codemods.rules.base import ProjectContext
from codemods.semantics.answers import ClassKind
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition
from codemods.semantics.pytest.classes import class_type
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.marks import ASYNCIO_MARK, Level, Mark, marks_of_class, own_marks
from codemods.semantics.pytest.requests import mark_call


def is_bare(module: Module, mark: Mark) -> bool:
    """Return whether a mark is the asyncio marker and nothing but that."""
    if mark.name is None:
        return False
    call = mark_call(module, mark)
    written = mark.node if call is None else call.func
    return module.resolve(written) == ASYNCIO_MARK and not (call and (call.args or call.keywords))


def candidates(context: Context) -> Iterator[Declaration]:
    """Yield the functions of a file that pytest collects, here or where another file takes them, as its own tests."""
    module = context.module
    for node in module.definitions:
        if node in context.suite.fixture_nodes or not context.config.matches_function(node.name):
            continue
        user, owner = Declaration(context, node), module.scopes.scope_of(node)
        if not user.is_local and not (isinstance(owner, ast.ClassDef) and _is_test_case(module, owner)):
            yield user


def asyncio_marks(context: ProjectContext, user: Declaration) -> Iterator[list[tuple[Module, Mark]]]:
    """Yield the marks of a test, wherever it is collected, that are asyncio's or may be, the closest first."""
    for at in context.graph.collectors(user):
        marks = context.graph.marks_at(user, at)
        found = ((file.module, mark) for file, mark in marks if mark.name in ("asyncio", None))
        yield [each for each in found if not _stands_for_a_base(each[1])]


def _stands_for_a_base(mark: Mark) -> bool:
    """Say whether a mark is that of a base class, which is among the marks by itself."""
    return isinstance(mark.owner, ast.ClassDef) and mark.node in mark.owner.bases


def hiding_marks(context: ProjectContext, paths: Iterable[str]) -> set[ast.expr]:
    """Return the bare marks that have to stay: without them an outer one would say on which loop a test runs."""
    found: set[ast.expr] = set()
    for path in paths:
        file = context.file(path) if b"asyncio" in context.data(path) else None
        for user in candidates(file) if file is not None else ():
            for marks in asyncio_marks(context, user):
                stated = [index for index, each in enumerate(marks) if not is_bare(*each)]
                found |= {mark.node for _, mark in marks[: stated[-1] if stated else 0]}
    return found


def removals(context: Context, kept: Collection[ast.expr], exported: bool) -> Iterator[tuple[Mark, Edit]]:
    """Yield the bare marks of a file, with what takes them away.

    Args:
        context: The file.
        kept: Marks that stay.
        exported: Whether other files may read its ``pytestmark``.
    """
    module = context.module
    for user in candidates(context):
        yield from _own(module, user.node, kept)
    changed: set[ast.AST] = set()
    for mark in _shared(context):
        statement = _statement(module, mark)
        is_free = mark.index >= 0 or (not exported and statement not in changed)
        if is_free and mark.node not in kept and is_bare(module, mark) and is_removable(module, mark):
            changed.add(statement)
            yield mark, removal(module, mark)


def _own(module: Module, node: Definition, kept: Collection[ast.expr]) -> Iterator[tuple[Mark, Edit]]:
    marks = [
        each for each in own_marks(module, node, Level.FUNCTION) if each.node not in kept and is_bare(module, each)
    ]
    if marks:
        yield marks[0], remove_decorators(module, node, [each.index for each in marks])


def _shared(context: Context) -> Iterator[Mark]:
    if not context.module.path.endswith("conftest.py"):
        yield from context.suite.module_marks
    for node in context.module.nodes(ast.ClassDef):
        if not _is_test_case(context.module, node):
            yield from marks_of_class(context.module, node)


def _statement(module: Module, mark: Mark) -> ast.AST:
    around = (each for each in module.ancestors(mark.node) if isinstance(each, ast.stmt))
    return next(around, mark.node)


def _is_test_case(module: Module, node: ast.ClassDef) -> bool:
    return class_type(module, node).kind is ClassKind.TEST_CASE
