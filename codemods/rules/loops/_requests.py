"""Requests for ``event_loop`` by ``usefixtures``, on a test, a class or a module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.analysis.loops.parameter import NAME
from codemods.analysis.shared_marks import covered, removal
from codemods.edits.calls import remove_argument
from codemods.model import Edit
from codemods.semantics.file.module import Module
from codemods.semantics.pytest.marks import Level, Mark, own_marks, pytestmarks
from codemods.semantics.pytest.suite import Suite, Test


@dataclass(frozen=True, slots=True)
class Request:
    """A ``usefixtures`` mark that names ``event_loop``, and the tests that it holds for."""

    mark: Mark
    tests: tuple[Test, ...]

    def removal(self, module: Module) -> Edit | None:
        """Return the edit that takes the name out of the mark, or the mark away if it names nothing else."""
        call = self.mark.call
        assert call is not None
        if len(call.args) > 1:
            index = next(index for index, each in enumerate(call.args) if _is_name(each))
            return remove_argument(module, call, index)
        return removal(module, self.mark) if _is_removable(module, self.mark) else None


def requests(suite: Suite) -> Iterator[Request]:
    """Yield the marks that ask for ``event_loop``, and whose tests are all known."""
    for mark in _marks(suite):
        if mark.name == "usefixtures" and mark.call is not None and any(map(_is_name, mark.call.args)):
            tests = covered(suite, mark)
            if tests:
                yield Request(mark, tuple(tests))


def _marks(suite: Suite) -> Iterator[Mark]:
    module = suite.module
    yield from suite.module_marks
    for node in module.nodes(ast.ClassDef):
        yield from own_marks(module, node, Level.CLASS)
        yield from pytestmarks(module, node, node.body, Level.CLASS)
    for test in suite.tests:
        yield from own_marks(module, test.node, Level.FUNCTION)


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == NAME


def _is_removable(module: Module, mark: Mark) -> bool:
    if mark.index >= 0:
        return True
    outer = module.parents.get(mark.node)
    statement = module.parents.get(outer) if isinstance(outer, (ast.List, ast.Tuple)) else outer
    return isinstance(statement, ast.Assign) and module.parents[statement] is mark.owner
