"""The places where a coroutine of the old kind yields."""

from __future__ import annotations

import ast
from collections import defaultdict

from codemods.analysis.loops.awaiting import binds_tighter, needs_parentheses
from codemods.edits.yields import Yielded, await_yielded
from codemods.model import Edit
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import position


def yields_by_function(module: Module) -> dict[ast.AST, list[Yielded]]:
    """Return the ``yield`` and ``yield from`` of each function of a file, in source order."""
    found: defaultdict[ast.AST, list[Yielded]] = defaultdict(list)
    both: list[Yielded] = [*module.nodes(ast.Yield), *module.nodes(ast.YieldFrom)]
    for node in sorted(both, key=position):
        if (function := module.function_of(node)) is not None:
            found[function].append(node)
    return found


def is_misplaced(module: Module, node: Yielded) -> str | None:
    """Return why a ``yield`` can't be rewritten where it stands."""
    if module.is_in_f_string(node):
        return "it yields in an f-string"
    if node.value is not None:
        whole, inner = module.span(node), module.span(node.value)
        around = [*range(whole.line, inner.line), *range(inner.end_line, whole.end_line)]
        if any("#" in module.lines[line - 1] for line in around):
            return "a comment stands behind its `yield`"
    return None


def await_edit(module: Module, node: Yielded, through: str | None = None) -> Edit:
    """Return the edit that awaits what is yielded."""
    assert node.value is not None
    parens, inner = binds_tighter(module, node), needs_parentheses(module, node.value)
    return await_yielded(module, node, parens=parens, inner=inner, through=through)
