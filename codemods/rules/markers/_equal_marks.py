"""Asyncio markers that stand on every test of a module or class, all alike."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from codemods.analysis.shared_marks import may_import_tests
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import is_generator
from codemods.semantics.memo import once
from codemods.semantics.pytest.classes import local_bases, local_heirs
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.marks import ASYNCIO_MARK, Level, Mark, own_marks
from codemods.semantics.pytest.runners import effective_mode, is_off, is_transparent, other_runner
from codemods.semantics.pytest.suite import Suite, Test


@dataclass(frozen=True, slots=True)
class EqualMarks:
    """A module or class, and the markers of its tests."""

    owner: ast.ClassDef | ast.Module
    marks: tuple[Mark, ...]


def equal_marks(context: Context) -> Iterator[EqualMarks]:
    """Yield the module, if all its tests have the same marker, else each class of which that is true."""
    suite, module = context.suite, context.module
    if effective_mode(context.config, context.project) != "strict" or is_off(context.config, context.project):
        return
    if may_import_tests(context) or not suite.is_test_module:
        return
    if not _may_inherit_tests(context) and (marks := _common(context, suite.tests)):
        yield EqualMarks(module.tree, marks)
        return
    for node in module.tree.body:
        if isinstance(node, ast.ClassDef) and not node.bases and not local_heirs(module, node):
            if marks := _common(context, _tests_inside(suite).get(node, [])):
                yield EqualMarks(node, marks)


def _may_inherit_tests(context: Context) -> bool:
    """Say whether a class may inherit tests that the file doesn't show."""
    for node in context.module.nodes(ast.ClassDef):
        bases = sum(len(each.bases) for each in local_bases(context.module, node))
        if bases and bases != len(local_bases(context.module, node)) - 1 and context.config.matches_class(node.name):
            return True
    return False


@once
def _tests_inside(suite: Suite) -> Mapping[ast.AST, list[Test]]:
    found: defaultdict[ast.AST, list[Test]] = defaultdict(list)
    for test in suite.tests:
        for each in suite.module.ancestors(test.node):
            found[each].append(test)
    return dict(found)


def _common(context: Context, tests: Sequence[Test]) -> tuple[Mark, ...]:
    """Return the markers of tests that have one and the same each, none if any of them hasn't."""
    found = [_only_mark(context, test) for test in tests]
    marks = tuple(each for each in found if each is not None)
    alike = len({ast.dump(each.node) for each in marks}) == 1
    return marks if alike and len(marks) == len(found) > 1 else ()


def _only_mark(context: Context, test: Test) -> Mark | None:
    """Return the marker of an async test, if it is all that could say on which loop it runs."""
    suite, node = context.suite, test.node
    marks = [mark for mark in suite.marks(node) if mark.name in ("asyncio", None)]
    own = own_marks(context.module, node, Level.FUNCTION)
    if len(marks) != 1 or marks[0] not in own or not test.is_async or test.test_case or test.doubt:
        return None
    plain = not is_generator(node) and all(map(is_transparent, suite.decorators(node)))
    return marks[0] if plain and not other_runner(context, node) and _is_constant(context.module, marks[0]) else None


def _is_constant(module: Module, mark: Mark) -> bool:
    """Say whether the marker is spelled out, so that it means the same at the top of the file."""
    if module.resolve(mark.call.func if mark.call else mark.node) != ASYNCIO_MARK:
        return False
    given = [*mark.call.args, *(each.value for each in mark.call.keywords)] if mark.call else []
    return all(isinstance(each, ast.Constant) for each in given)
