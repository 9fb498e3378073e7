"""Whether a place is expected to fail: a test that would pass now is then a test that breaks."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from codemods.semantics.file.module import Module
from codemods.semantics.pytest.suite import Suite

STOP = "StopIteration"
"""What a mock raises that has nothing more to give; an AsyncMock raises another error."""
_BLOCKS = frozenset({"raises", "assertRaises", "assertRaisesRegex", "suppress"})
_ANY = frozenset({"Exception", "BaseException"})
_MARKS = frozenset({"xfail", "expectedFailure"})


def expects_failure(suite: Suite, node: ast.AST, errors: Collection[str]) -> str | None:
    """Return what expects a node to fail, be it only with one of ``errors``."""
    for parent in suite.module.ancestors(node):
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if any(each.name == "xfail" for each in suite.marks(parent)) or _is_marked(parent):
                return f"`{parent.name}` is expected to fail"
    caught = expected_errors(suite.module, node)
    wanted = {*errors, *(_ANY if "TypeError" in errors else ())}
    if found := caught & wanted:
        return f"the {min(found)} that it raises now is expected"
    return None


def expected_errors(module: Module, node: ast.AST) -> set[str]:
    """Return the names of the errors that the blocks around a node expect or catch."""
    return {name for names in _expected(module, node) for name in names}


def is_expected_to_raise(module: Module, node: ast.AST) -> bool:
    """Return whether something around a node expects any error of it."""
    return next(_expected(module, node), None) is not None


def _expected(module: Module, node: ast.AST) -> Iterator[set[str]]:
    """Yield the names of the errors that each block around a node expects or catches."""
    child = node
    for parent in module.ancestors(node):
        if isinstance(parent, (ast.With, ast.AsyncWith)) and module.place_of(child)[0] is parent.body:
            calls = [each.context_expr for each in parent.items if isinstance(each.context_expr, ast.Call)]
            named = [each for each in calls if ast.unparse(each.func).rpartition(".")[2] in _BLOCKS]
            yield from (_names(arg) for each in named for arg in each.args[:1])
        elif isinstance(parent, ast.Try) and module.place_of(child)[0] is parent.body:
            yield from (_names(each.type) if each.type else set(_ANY) for each in parent.handlers)
        child = parent


def _is_marked(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(each).rpartition(".")[2] in _MARKS for each in node.decorator_list)


def _names(node: ast.expr) -> set[str]:
    each = node.elts if isinstance(node, ast.Tuple) else [node]
    return {ast.unparse(one).rpartition(".")[2] for one in each}
