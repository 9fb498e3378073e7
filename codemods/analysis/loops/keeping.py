"""Classes whose instances are made without a loop: all that their constructors do is to keep values."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import own_nodes

_CONSTRUCTORS = frozenset({"__init__", "__new__"})
_RUN_TEXT = frozenset({"__import__", "compile", "eval", "exec", "globals", "locals", "vars"})


def only_keeps(module: Module, node: ast.ClassDef) -> bool:
    """Return whether a class, its bases left out, calls nothing but built-in functions when an instance is made."""
    own = [each for name in sorted(_CONSTRUCTORS) for each in module.scopes.bindings(node, name)]
    if node.keywords or node.decorator_list or not all(isinstance(each, ast.FunctionDef) for each in own):
        return False
    return all(_is_harmless(module, call.func) for each in own for call in _calls(each))


def is_built_in(module: Module, callee: ast.expr) -> bool:
    """Return whether a name means a built-in function, and none that runs a text."""
    name = module.unbound_name(callee)
    return bool(name) and name not in _RUN_TEXT and hasattr(builtins, name)


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    assert isinstance(node, ast.FunctionDef)
    return (each for each in own_nodes(node) if isinstance(each, ast.Call))


def _is_harmless(module: Module, callee: ast.expr) -> bool:
    if isinstance(callee, ast.Attribute) and callee.attr in _CONSTRUCTORS:
        callee = callee.value.func if isinstance(callee.value, ast.Call) else callee.value
    return is_built_in(module, callee)
