"""Imports of asynctest that only run where there is one, or where ``unittest`` lacks what it has."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemods.rules.legacy._asynctest import is_asynctest
from codemods.rules.mocks._homemade import MISSING_ERRORS, version_shims
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import walk

Guard = ast.If | ast.Try
_NEW = frozenset({">= (3, 8)", "> (3, 7)", ">= (3, 8, 0)"})
_OLD = frozenset({"< (3, 8)", "<= (3, 7)", "< (3, 8, 0)"})
_HOMES = frozenset({"unittest", "unittest.mock"})


def guarded(module: Module) -> Iterator[tuple[Guard, bool]]:
    """Yield the statements at the top of a file of which one branch imports from asynctest what another one has.

    With each goes whether it is the first branch that has it from unittest, so that asynctest is only for old Pythons.
    """
    shims = version_shims(module)
    for node in module.tree.body:
        branches = _branches(node) if isinstance(node, (ast.If, ast.Try)) and node not in shims else None
        if isinstance(node, (ast.If, ast.Try)) and branches is not None:
            first, other = branches
            if _is_of_unittest(first) and _is_of_asynctest(other) and _bound(first) >= _bound(other):
                yield node, True
            elif _is_of_asynctest(first) and _is_of_unittest(other) and _bound(other) >= _bound(first):
                yield node, False


def others(module: Module) -> Iterator[Guard | ast.With]:
    """Yield the other statements at the top of a file in which it imports asynctest: a flag that says so, for one."""
    known = {*version_shims(module), *(node for node, _ in guarded(module))}
    for node in module.tree.body:
        if isinstance(node, (ast.If, ast.Try, ast.With)) and node not in known and any(map(_imports, walk(node))):
            yield node


def _imports(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return not node.level and is_asynctest(node.module)
    return isinstance(node, ast.Import) and any(is_asynctest(each.name) for each in node.names)


def _branches(node: Guard) -> tuple[Sequence[ast.stmt], Sequence[ast.stmt]] | None:
    if isinstance(node, ast.Try):
        if node.orelse or node.finalbody or len(node.handlers) != 1 or not _catches(node.handlers[0]):
            return None
        return node.body, node.handlers[0].body
    asked = ast.unparse(node.test).removeprefix("sys.version_info ")
    if not node.orelse or not ((asked in _NEW and _is_of_unittest(node.body)) or asked in _OLD):
        return None
    return node.body, node.orelse


def _catches(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return all(each is None or ast.unparse(each) in MISSING_ERRORS for each in caught) and handler.name is None


def _is_of_unittest(body: Sequence[ast.stmt]) -> bool:
    return all(isinstance(each, ast.ImportFrom) and not each.level and each.module in _HOMES for each in body)


def _is_of_asynctest(body: Sequence[ast.stmt]) -> bool:
    return all(isinstance(each, ast.ImportFrom) and not each.level and is_asynctest(each.module) for each in body)


def _bound(body: Sequence[ast.stmt]) -> set[str]:
    return {alias.asname or alias.name for each in body if isinstance(each, ast.ImportFrom) for alias in each.names}
