"""Decorators of a test file that run coroutines, and that nothing names any more."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.semantics.file.module import Module
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.decorator_effect import decorator_effect
from codemods.semantics.pytest.sync_wrappers import Wrapping


def unused_drivers(context: Context) -> Iterator[ast.FunctionDef]:
    """Yield the functions of a test file that only make a sync function of an async one, and that nothing uses."""
    module = context.module
    for node in module.tree.body if context.suite.is_test_module else ():
        if not isinstance(node, ast.FunctionDef) or node.decorator_list or module.loads.get(node.name):
            continue
        effects = {decorator_effect(module, node, called) for called in (False, True)}
        if effects & {Wrapping.ONLY_DRIVES, Wrapping.LIMITS} and not _is_in_a_string(module, node.name):
            if not module.answers.is_named_in_another_file(node.name):
                yield node


def _is_in_a_string(module: Module, name: str) -> bool:
    """Say whether a string holds a name, as ``__all__`` does."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    strings = (each.value for each in module.nodes(ast.Constant) if isinstance(each.value, str))
    return any(map(word.search, strings))
