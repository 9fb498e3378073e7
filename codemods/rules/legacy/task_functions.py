"""PAM713: the methods of ``asyncio.Task`` that became functions of asyncio."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.legacy.conditions import expectation, replaced
from codemods.edits.calls import replace_callee
from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.asyncio_names import asyncio_name

_SINCE = (3, 9)
_NAMES = ("all_tasks", "current_task")

_BEFORE = """\
import asyncio

import pytest


@pytest.mark.asyncio
async def test_nothing_is_left():
    await serve()
    assert asyncio.Task.all_tasks() == {asyncio.Task.current_task()}
"""

_LEFT = """\
import asyncio

if hasattr(asyncio, "all_tasks"):
    all_tasks = asyncio.all_tasks
else:
    all_tasks = asyncio.Task.all_tasks
"""


class TaskFunctions(Rule):
    """Writes `asyncio.all_tasks` and `asyncio.current_task` for the methods of `asyncio.Task`.

    ## What it does

    Replaces calls of `asyncio.Task.all_tasks` and `asyncio.Task.current_task`. What is passed stays.

    ## Why

    The methods are gone since Python 3.9: an `AttributeError`.

    ## Safety

    Safe in async functions, and where a loop is passed. It needs review in other sync code, where the functions fail
    unless a loop is running, and where the project says that it runs on Python 3.8 or older: there the old `all_tasks` gives
    tasks that are done, too. Passed over are calls whose error is expected or caught, and those that a version test guards.

    ## References

    - [What's new in Python 3.9: removed](https://docs.python.org/3/whatsnew/3.9.html#removed)
    - [asyncio.all_tasks](https://docs.python.org/3/library/asyncio-task.html#asyncio.all_tasks)
    """

    code = "PAM713"
    name = "task-functions"
    summary = "`asyncio.Task.all_tasks` and `current_task` become functions of asyncio"
    triggers = (b"all_tasks", b"current_task")
    pattern = rb"\bTask\b"
    examples = (
        Example(_BEFORE, _BEFORE.replace("asyncio.Task.", "asyncio.")),
        Example(_LEFT, title="a test of what asyncio has"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each call of one of the two."""
        module = context.module
        for name in _NAMES:
            for each in module.attributes.get(name, ()):
                call = module.parents[each]
                ours = asyncio_name(module.resolve(each)) == f"Task.{name}"
                if ours and isinstance(call, ast.Call) and call.func is each and expectation(module, call) is None:
                    yield self._call(context, call, name)

    def _call(self, context: Context, call: ast.Call, name: str) -> Finding:
        message = f"`asyncio.Task.{name}` is gone since Python 3.9: `asyncio.{name}` is its name now"
        written = context.reference(f"asyncio.{name}", call)
        if written is None or replaced(context.module, frozenset({name})) is not None:
            return self.finding(context, call, f"{message}; left alone: the name may stand for something else here")
        doubt = next(_doubts(context, call, name), None)
        return self.finding(
            context, call, f"{message}; {doubt}" if doubt else message,
            edits=[replace_callee(context.module, call, written.text)], imports=written.imports, released=("Task",),
            safety=Safety.REVIEW if doubt else Safety.SAFE,
        )  # fmt: skip


def _doubts(context: Context, call: ast.Call, name: str) -> Iterator[str]:
    has_loop = bool(call.args or call.keywords)
    if not has_loop and not isinstance(context.module.function_of(call), ast.AsyncFunctionDef):
        yield "it fails where no loop is running"
    if name == _NAMES[0] and (old := context.project.runs_below(_SINCE)) is not None:
        yield f"before, it gave tasks that are done, too, and {old.place} lets older ones in"
