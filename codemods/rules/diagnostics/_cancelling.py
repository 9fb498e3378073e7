"""What becomes of a task that is cancelled: whether it ever runs, what its clean-up awaits, what it leaves behind."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.loops.scheduling import called_path, is_scheduling
from codemods.model import Evidence
from codemods.rules.diagnostics._tasks import Task, catches, coroutine_call, coroutine_function
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import calls_in, own_nodes, walk

_AWAITING = (ast.Await, ast.AsyncFor, ast.AsyncWith)
_SUSPENDING = (*_AWAITING, ast.Yield)
_CANCELLED = frozenset({"asyncio.CancelledError", "asyncio.exceptions.CancelledError", "BaseException"})


def never_starts(task: Task, cancelling: ast.Call) -> bool:
    """Return whether a task is cancelled before it first gets its turn: nothing is awaited between."""
    nodes = list(own_nodes(task.function))
    if any(isinstance(each, ast.comprehension) and each.is_async for each in nodes):
        return False
    begin, end = (task.call.end_lineno or 0, task.call.end_col_offset or 0), (cancelling.lineno, cancelling.col_offset)
    suspending = (each for each in nodes if isinstance(each, _SUSPENDING))
    return not any(begin <= (each.lineno, each.col_offset) < end for each in suspending)


def awaits_in_clean_up(module: Module, task: Task) -> bool:
    """Return whether what runs as a task is known to await something after its cancellation."""
    function = coroutine_function(module, task)
    return function is not None and any(
        isinstance(each, ast.AsyncWith) or any(map(_awaits, _clean_up(module, each))) for each in own_nodes(function)
    )


def tasks_of(module: Module, task: Task) -> Evidence | None:
    """Return where what runs as a task begins others, also in another file."""
    function = coroutine_function(module, task)
    if function is not None:
        begins = (each for each in calls_in(function) if is_scheduling(each.func))
        return next((module.evidence(each) for each in begins), None)
    made = coroutine_call(task)
    path = called_path(module, made.func) if made is not None else None
    return module.answers.begins_tasks(path) if path is not None and path.is_qualified else None


def _clean_up(module: Module, node: ast.AST) -> Iterator[ast.stmt]:
    """Yield what a ``try`` does when what it awaits is cancelled."""
    if isinstance(node, ast.Try):
        yield from node.finalbody
        yield from (each for handler in node.handlers if catches(module, handler, _CANCELLED) for each in handler.body)


def _awaits(node: ast.AST) -> bool:
    return any(isinstance(each, _AWAITING) for each in walk(node))
