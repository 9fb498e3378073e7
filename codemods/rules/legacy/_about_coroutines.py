"""Tests that are about ``asyncio.coroutine`` itself."""

from __future__ import annotations

import ast

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import last_name, walk

_EXPECTING = frozenset({"assertWarns", "assertWarnsRegex", "catch_warnings", "deprecated_call", "warns"})
_VERSIONS = frozenset({"hexversion", "python_version", "version_info"})


def is_meant(module: Module, node: ast.AST) -> bool:
    """Return whether a function, or what a call makes, has to be a coroutine of the old kind.

    Its warning is expected, or it is below a check of Python's version, for those that have ``asyncio.coroutine``.
    """
    return any(map(_asks, (node, *module.ancestors(node))))


def _asks(node: ast.AST) -> bool:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return any(_names(each, _VERSIONS) for each in node.decorator_list)
    if isinstance(node, ast.If):
        return _names(node.test, _VERSIONS)
    return isinstance(node, ast.With) and any(_names(each.context_expr, _EXPECTING) for each in node.items)


def _names(node: ast.AST, names: frozenset[str]) -> bool:
    return any(last_name(each) in names for each in walk(node))
