"""Sync functions that ask for a loop and want none, as far as their file shows."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence

from codemods.analysis.loops.keeping import is_built_in
from codemods.analysis.loops.parameter import NAME, loop_parameter, reads, reads_locals
from codemods.semantics.access_path import AccessPath
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, own_nodes, walk
from codemods.semantics.pytest.context import Context

_LOOPS = frozenset({"asyncio", "concurrent", "contextlib", "doctest", "runpy", "timeit"})
_MOCKS = frozenset({"AsyncMock", "MagicMock", "Mock", "NonCallableMock", "PropertyMock", "create_autospec", "patch"})
_FIXTURES = frozenset({"caplog", "capfd", "capsys", "mocker", "monkeypatch", "tmp_path", "tmpdir"})
_REQUEST = ("request.config.", "request.node.")


def is_loopless(context: Context, node: Definition, going: Sequence[ast.stmt]) -> bool:
    """Return whether a function doesn't read its loop, and calls nothing that may get the current one.

    ``going`` are statements that don't count.
    """
    gone = {inner for each in going for inner in walk(each)}
    if loop_parameter(node) is None or set(reads(context.module, node)) - gone or reads_locals(node):
        return False
    return all(_wants_none(context.module, node, call) for call in _calls(node) if call not in gone)


def _calls(node: Definition) -> Iterator[ast.Call]:
    return (each for each in own_nodes(node) if isinstance(each, ast.Call))


def _wants_none(module: Module, node: Definition, call: ast.Call) -> bool:
    root = call.func
    while isinstance(root, (ast.Attribute, ast.Call, ast.Subscript)):
        root = root.func if isinstance(root, ast.Call) else root.value
    if not isinstance(root, ast.Name):
        return isinstance(root, (ast.Constant, ast.JoinedStr))
    path = module.resolve(call.func)
    if path is None:
        return _is_own(module, node, call, root)
    return _is_known(path) or module.answers.only_keeps(AccessPath.imported(path))


def _is_known(path: str) -> bool:
    """Say whether what is called is the standard library's, pytest's or a mock, which want no loop."""
    package, _, name = path.partition(".")
    if any(each in _MOCKS for each in name.split(".")):
        return True
    return package == "pytest" or (package in sys.stdlib_module_names and package not in _LOOPS)


def _is_own(module: Module, node: Definition, call: ast.Call, root: ast.Name) -> bool:
    """Say whether a call is of a built-in function, a plain class of the file, or what such a call gave."""
    if module.unbound_name(root):
        return is_built_in(module, root)
    found = module.only_binding(root)
    if isinstance(found, ast.ClassDef):
        return root is call.func and module.answers.only_keeps(AccessPath.local(found.name))
    if isinstance(found, ast.arg):
        text = ast.unparse(call.func)
        return found.arg != NAME and (found.arg in _FIXTURES or text.startswith(_REQUEST))
    return _is_given(module, node, found)


def _is_given(module: Module, node: Definition, target: ast.AST | None) -> bool:
    """Say whether a variable of the function holds a mock or patch, or a value without a call."""
    parent = module.parents.get(target) if target is not None else None
    if isinstance(parent, ast.withitem):
        value: ast.expr | None = parent.context_expr
    else:
        value = parent.value if isinstance(parent, ast.Assign) and target in parent.targets else None
    if not isinstance(value, ast.Call):
        return isinstance(value, (ast.Constant, ast.List, ast.Dict, ast.Set, ast.Tuple, ast.JoinedStr))
    return module.function_of(value) is node and _is_known(module.resolve(value.func) or "")
