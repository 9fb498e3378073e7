"""PAM910: tasks that are cancelled and not awaited."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.diagnostics._cancelling import awaits_in_clean_up, never_starts, tasks_of
from codemods.rules.diagnostics._tasks import Task, tasks
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import own_nodes
from codemods.semantics.memo import once

_ONLY_CANCELLED = """\
import asyncio

import pytest


@pytest.mark.asyncio
async def test_worker(worker):
    task = asyncio.create_task(worker.run())
    await worker.started.wait()
    task.cancel()
"""

_AWAITED = """\
import asyncio

import pytest


@pytest.mark.asyncio
async def test_worker(worker):
    task = asyncio.create_task(worker.run())
    await worker.started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
"""
_WAITING = (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.Yield, ast.For, ast.While)
"""What lets other tasks run, or may lead back to it."""
_ASKING = frozenset({"cancel", "cancelled", "cancelling", "done", "get_name", "set_name"})


class CancelledTaskNeverAwaited(Rule):
    """Finds tasks that a test or fixture cancels and never awaits.

    ## What it does

    Lists `task.cancel()` in async tests and fixtures where `task` is made there, nothing but its state is asked for
    besides, and nothing is awaited afterwards.

    ## Why

    `cancel` only asks: the task gets its `CancelledError` when it runs next, which may be after the test. Until then it is
    neither done nor cancelled. What it does on the way out (a `finally`, an `except asyncio.CancelledError`) runs while
    the loop of the test is closed, where a second cancellation cuts short what it awaits, and an error in it is only
    logged (`Task exception was never retrieved`), so that the test passes. And a task that is cancelled before anything is
    awaited never runs at all.

    ## Safety

    Changes nothing: a task that ends by itself doesn't raise the error.

    ## References

    - [asyncio.Task.cancel](https://docs.python.org/3/library/asyncio-task.html#asyncio.Task.cancel)
    """

    code = "PAM910"
    name = "cancelled-task-never-awaited"
    summary = "A task is cancelled and never awaited"
    safety = Safety.MANUAL
    triggers = (b".cancel(",)
    in_async_files = True
    examples = (
        Example(_ONLY_CANCELLED, title="only cancelled"),
        Example(_AWAITED, title="awaited"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each task."""
        for task in tasks(context.suite):
            if (call := _cancelling(context.module, task)) is not None:
                yield self.finding(context, call, _message(context.module, task, call))


def _cancelling(module: Module, task: Task) -> ast.Call | None:
    """Return the last call that cancels a task of which nothing else is wanted, if nothing is awaited after it."""
    attributes = [module.parents[each] for each in task.reads]
    if not all(isinstance(each, ast.Attribute) and each.attr in _ASKING for each in attributes):
        return None
    calls = [module.parents[each] for each in attributes if getattr(each, "attr", None) == "cancel"]
    found = [each for each in calls if isinstance(each, ast.Call)]
    return found[-1] if found and not _waits_after(module, task.function, found[-1]) else None


def _waits_after(module: Module, function: ast.AsyncFunctionDef, call: ast.Call) -> bool:
    """Return whether a function may wait once more after a call, which lets the task end."""
    around = (each for each in module.ancestors(call) if isinstance(each, _WAITING))
    return _last_wait(module, function) > call.lineno or any(module.function_of(each) is function for each in around)


@once
def _last_wait(module: Module, function: ast.AsyncFunctionDef) -> int:
    return max((each.lineno for each in own_nodes(function) if isinstance(each, _WAITING)), default=0)


def _message(module: Module, task: Task, call: ast.Call) -> str:
    name, function = task.name, task.function.name
    if never_starts(task, call):
        return (
            f"`{name}` is cancelled before it starts, since nothing is awaited between: `{function}` tests nothing of "
            "what it would do; await something first, or leave the task out"
        )
    cut = ", where the loop that closes cuts its clean-up short" if awaits_in_clean_up(module, task) else ""
    made = tasks_of(module, task)
    left = f"; what it sets going itself ({made.place}) goes on after that unless it ends it, too" if made else ""
    return (
        f"`{name}` is cancelled and never awaited: it ends only after `{function}`{cut}, and an error in it is only "
        f"logged; write `with pytest.raises(asyncio.CancelledError): await {name}`, or `contextlib.suppress` if it may "
        f"have ended{left}"
    )
