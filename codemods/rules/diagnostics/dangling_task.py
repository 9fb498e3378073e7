"""PAM909: tasks that nothing holds and nothing awaits."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.awaits.meant import is_about_warnings
from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.diagnostics._tasks import Task, catches, coroutine_function, is_polled, tasks
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import walk
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.loop_scopes import loop_scope, runs_on_asyncio
from codemods.semantics.pytest.test_cases import ISOLATED_CASE

_DROPPED = """\
import asyncio

import pytest


async def check(reader):
    assert await reader.read() == b"hello"


@pytest.mark.asyncio
async def test_echo(reader, writer):
    asyncio.create_task(check(reader))
    writer.write(b"hello")
    await writer.drain()
"""

_UNREAD = """\
import asyncio

import pytest


@pytest.mark.asyncio
async def test_worker(worker):
    task = asyncio.create_task(worker.run())
    await worker.started.wait()
    assert worker.is_running
"""

_HELD = """\
import asyncio

import pytest


@pytest.mark.asyncio
async def test_worker(worker):
    task = asyncio.create_task(worker.run())
    await worker.stop()
    await task
"""
_ALL = frozenset({"Exception", "BaseException"})


class DanglingTask(Rule):
    """Finds tasks of tests and fixtures that nothing awaits.

    ## What it does

    Lists `asyncio.create_task(...)`, `asyncio.ensure_future(...)` and `loop.create_task(...)` in async tests and fixtures
    where the task is dropped, or given a name that nothing reads. Nothing is said where a loop that sleeps waits below for
    what the task does.

    ## Why

    An error in such a task is only logged (`Task exception was never retrieved`), so that the test passes in spite of it,
    also where it is a failed assertion. What the task hasn't done when its loop closes is cancelled there, which is soon
    after the test where the loop is the test's own. And the event loop holds tasks by weak references only: one that waits
    for something that nothing else holds disappears at the next garbage collection (`Task was destroyed but it is pending!`).

    ## Safety

    Changes nothing: where to await the task depends on what it waits for. Await it before the test ends, one
    that never ends by itself once it is cancelled, or make it in an `asyncio.TaskGroup` (Python 3.11), which awaits its tasks
    and raises their errors.

    ## References

    - [asyncio.create_task](https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task)
    - [ruff RUF006](https://docs.astral.sh/ruff/rules/asyncio-dangling-task/), which has no fix
    """

    code = "PAM909"
    name = "dangling-task"
    summary = "Nothing awaits a task that a test makes"
    safety = Safety.MANUAL
    triggers = (b"create_task", b"ensure_future")
    in_async_files = True
    examples = (
        Example(_DROPPED, title="dropped: its failed assertion is only logged"),
        Example(_UNREAD, title="a name that nothing reads"),
        Example(_HELD, title="awaited"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each task."""
        for task in tasks(context.suite):
            waited = is_about_warnings(context.module, task.function) or is_polled(context.module, task)
            if not task.reads and not waited:
                yield self.finding(context, task.call, _message(context, task))


def _message(context: Context, task: Task) -> str:
    what = f"nothing awaits the task `{task.name}`" if task.name else "nothing awaits this task"
    return (
        f"{what}: {_loss(context, task)}; "
        "await it, after a `cancel()` if it doesn't end by itself, or make it in an `asyncio.TaskGroup`"
    )


def _loss(context: Context, task: Task) -> str:
    name = task.function.name
    logged = "" if _handles_errors(context.module, task) else "an error in it is only logged"
    cut = (
        f"what it hasn't done when the loop closes after `{name}` is cancelled" if _ends_its_loop(context, task) else ""
    )
    return ", and ".join(filter(None, (logged, cut))) or f"it may still run when `{name}` ends"


def _handles_errors(module: Module, task: Task) -> bool:
    """Say whether a task catches all errors that it may well raise, and raises none of them again."""
    function = coroutine_function(module, task)
    last = function.body[-1] if function is not None else None
    return isinstance(last, ast.Try) and any(
        catches(module, each, _ALL) and not any(isinstance(inner, ast.Raise) for inner in walk(each))
        for each in last.handlers
    )


def _ends_its_loop(context: Context, task: Task) -> bool:
    """Say whether the loop ends with the test or fixture, as that of pytest-asyncio and of unittest does."""
    test = context.suite.test_nodes.get(task.function)
    if test is not None and test.test_case is not None:
        return test.test_case == ISOLATED_CASE
    user = Declaration(context, task.function, context.suite.fixture_at.get(task.function))
    return runs_on_asyncio(user) and loop_scope(user) == "function"
