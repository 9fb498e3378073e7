"""Assertions that may hold only because nothing else could run: that something scheduled has not happened."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.analysis.module import Module
from codemods.analysis.sleeping.sleeps import Sleep

_SCHEDULERS = re.compile(r"create_task|ensure_future|call_(soon|later|at|soon_threadsafe)|start_soon")
_NEGATIVE = re.compile(r"assert_?(not|false|is_?none|is_?not|no)", re.I)


def unrun_callback(module: Module, sleep: Sleep) -> ast.AST | None:
    """Return a negative assertion right after the call, if what was scheduled before it had no turn yet."""
    above = calls_above(module, sleep)
    scheduled = [node for node in above if _SCHEDULERS.fullmatch(last_name(node.func) or "")]
    if not scheduled or _awaits_between(module, scheduled[-1], sleep):
        return None
    return next(filter(_is_negative, _assertions_after(module, sleep)), None)


def _awaits_between(module: Module, scheduled: ast.Call, sleep: Sleep) -> bool:
    """Say whether the loop had a turn before the call anyway; leaving an ``async with`` is one too."""
    lines = range(scheduled.lineno, sleep.node.lineno)
    awaits = [(node, node.lineno) for node in module.nodes(ast.Await)]
    exits = [(node, node.end_lineno) for node in module.nodes(ast.AsyncWith)]
    found = (node for node, line in (*awaits, *exits) if line in lines)
    return any(module.function_of(node) is sleep.function for node in found)


def _assertions_after(module: Module, sleep: Sleep) -> Iterator[ast.stmt]:
    statement: ast.AST = sleep.node
    for parent in module.ancestors(sleep.node):
        body = next((body for body in _bodies(parent) if statement in body), None)
        following = body[body.index(statement) + 1 :] if body else []  # type: ignore[arg-type]
        for each in following:
            if not _is_assertion(each):
                return
            yield each
        if parent is sleep.function:
            return
        statement = parent


def _bodies(node: ast.AST) -> list[list[ast.stmt]]:
    found = (getattr(node, name, None) for name in ("body", "orelse", "finalbody"))
    return [body for body in found if isinstance(body, list)]


def _is_assertion(node: ast.stmt) -> bool:
    call = node.value if isinstance(node, ast.Expr) else None
    named = isinstance(call, ast.Call) and (last_name(call.func) or "").startswith("assert")
    return isinstance(node, ast.Assert) or named


def _is_negative(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assert):
        return _denies(node.test)
    call = node.value  # type: ignore[attr-defined]
    return bool(_NEGATIVE.match(last_name(call.func) or "")) or any(map(_is_nothing, call.args))


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


def calls_above(module: Module, sleep: Sleep) -> Iterator[ast.Call]:
    """Yield the calls on the lines above a sleep in its own function."""
    for node in module.nodes(ast.Call):
        if node.lineno < sleep.node.lineno and module.function_of(node) is sleep.function:
            yield node


def last_name(node: ast.AST) -> str | None:
    """Return the name, or the attribute's name, that an expression ends with."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None
