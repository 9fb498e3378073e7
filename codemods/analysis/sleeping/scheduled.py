"""Assertions that may hold only because nothing else could run: that something scheduled has not happened."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice

from codemods.analysis.loops.scheduling import is_scheduling
from codemods.analysis.sleeping.sleeps import Sleep
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import last_name
from codemods.semantics.memo import once

_NEGATIVE = re.compile(r"assert_?(not|false|is_?none|is_?not|no)", re.I)


def unrun_callback(module: Module, sleep: Sleep) -> ast.AST | None:
    """Return a negative assertion right after the call, if what was scheduled before it had no turn yet."""
    scheduled = _scheduling(module, sleep.function)
    above = bisect_left(scheduled, sleep.node.lineno, key=lambda node: node.lineno)
    if not above or _awaits_between(module, scheduled[above - 1], sleep):
        return None
    return next(filter(is_negative, _assertions_after(module, sleep)), None)


@once
def _scheduling(module: Module, function: ast.AST) -> list[ast.Call]:
    calls = module.inside(ast.Call, function)
    return [node for node in calls if is_scheduling(node.func)]


def _awaits_between(module: Module, scheduled: ast.Call, sleep: Sleep) -> bool:
    """Say whether the loop had a turn before the call anyway; leaving an ``async with`` is one too."""
    turns = _turns(module, sleep.function)
    return bisect_left(turns, scheduled.lineno) < bisect_left(turns, sleep.node.lineno)


@once
def _turns(module: Module, function: ast.AST) -> list[int]:
    """Return the lines of a function at which the loop has a turn."""
    awaits = [node.lineno for node in module.inside(ast.Await, function)]
    return sorted((*awaits, *(node.end_lineno or 0 for node in module.inside(ast.AsyncWith, function))))


def _assertions_after(module: Module, sleep: Sleep) -> Iterator[ast.stmt]:
    statement: ast.AST = sleep.node
    for parent in module.ancestors(sleep.node):
        body, index = module.place_of(statement)
        for each in islice(body, index + 1, None):
            if not is_assertion(each):
                return
            yield each
        if parent is sleep.function:
            return
        statement = parent


def is_assertion(node: ast.stmt) -> bool:
    """Return whether a statement asserts something."""
    call = node.value if isinstance(node, ast.Expr) else None
    named = isinstance(call, ast.Call) and last_name(call.func).startswith("assert")
    return isinstance(node, ast.Assert) or named


def is_negative(node: ast.stmt) -> bool:
    """Return whether an assertion says that something is not, or is nothing."""
    if isinstance(node, ast.Assert):
        return _denies(node.test)
    call = node.value  # type: ignore[attr-defined]
    return bool(_NEGATIVE.match(last_name(call.func))) or any(map(_is_nothing, call.args))


def _denies(node: ast.expr) -> bool:
    if isinstance(node, ast.BoolOp):
        return any(map(_denies, node.values))
    if not isinstance(node, ast.Compare):
        return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    same = any(isinstance(each, (ast.Eq, ast.Is)) for each in node.ops)
    nothing = any(map(_is_nothing, (node.left, *node.comparators)))
    return (same and nothing) or any(isinstance(each, ast.NotIn) for each in node.ops)


def _is_nothing(node: ast.expr) -> bool:
    if isinstance(node, (ast.List, ast.Set, ast.Tuple)):
        return not node.elts
    if isinstance(node, ast.Dict):
        return not node.keys
    return isinstance(node, ast.Constant) and not node.value
