"""PAM525: ``asyncio.ensure_future`` of coroutines."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.awaits.mocked import replaced_names
from codemods.edits.calls import replace_callee
from codemods.model import Finding, Safety
from codemods.rules.awaits._coroutines import Coroutine, Coroutines
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.asyncio_names import TASK_MAKERS
from codemods.semantics.pytest.projects.project import before_python

_SINCE = (3, 7)
_BEFORE = """\
import asyncio

import pytest


async def work():
    return 1


@pytest.mark.asyncio
async def test_work():
    task = asyncio.ensure_future(work())
    assert await task == 1
"""

_UNKNOWN = """\
import asyncio


async def finish(awaitable):
    return await asyncio.ensure_future(awaitable)
"""


class EnsureFuture(Rule):
    """Makes tasks with `asyncio.create_task`.

    ## What it does

    Writes `asyncio.create_task(f())` for `asyncio.ensure_future(f())` in coroutines, where `f` is an `async def` for sure.

    ## Why

    `ensure_future` takes futures and all that can be awaited, too; `create_task` says that a coroutine becomes a task. It
    is off by default, since what it changes works.

    ## Safety

    Safe: for a coroutine, `ensure_future` does what `create_task` does. It needs review where the project runs on a Python below 3.7. Left alone: with a `loop`, outside of coroutines,
    where it isn't known what is given, and where the file replaces either function.

    ## References

    - [asyncio.ensure_future](https://docs.python.org/3/library/asyncio-future.html#asyncio.ensure_future)
    """

    code = "PAM525"
    name = "ensure-future"
    summary = "`asyncio.ensure_future` of a coroutine becomes `asyncio.create_task`"
    default = False
    triggers = (b"ensure_future",)
    examples = (
        Example(_BEFORE, _BEFORE.replace("ensure_future", "create_task")),
        Example(_UNKNOWN, title="it isn't known what is given"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each call."""
        calls = [each for each in context.module.nodes(ast.Call) if _is_plain(context, each)]
        if not calls or replaced_names(context.module) & TASK_MAKERS:
            return
        known = Coroutines(context.suite)
        for call in calls:
            given = call.args[0]
            if isinstance(given, ast.Call) and (coroutine := known.called(given)) is not None:
                yield from self._call(context, call, coroutine)

    def _call(self, context: Context, call: ast.Call, coroutine: Coroutine) -> Iterator[Finding]:
        written = context.reference("asyncio.create_task", call)
        if written is None:
            return
        message = f"a call of `{coroutine.name}` is a coroutine, of which `create_task` makes a task"
        doubt = before_python(context.project, _SINCE)
        yield self.finding(
            context, call, f"{message}; {doubt}" if doubt else message,
            edits=[replace_callee(context.module, call, written.text)], imports=written.imports,
            released=("ensure_future",), evidence=coroutine.evidence, safety=Safety.REVIEW if doubt else Safety.SAFE,
        )  # fmt: skip


def _is_plain(context: Context, call: ast.Call) -> bool:
    if context.module.resolve(call.func) != "asyncio.ensure_future" or len(call.args) != 1 or call.keywords:
        return False
    return isinstance(context.module.function_of(call), ast.AsyncFunctionDef)
