"""PAM712: calls of asyncio that pass a loop."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence

from codemods.edits.calls import remove_argument
from codemods.model import Finding, Leftover, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.legacy._loop_keywords import LoopKeyword, loop_keywords
from codemods.semantics.asyncio_names import RUNNING_LOOP, asyncio_name
from codemods.semantics.file.module import Module
from codemods.semantics.file.units import Unit
from codemods.semantics.pytest.marks import aliased_value

_SINCE = (3, 10)

_BEFORE = """\
import asyncio

import pytest


@pytest.mark.asyncio
async def test_queue():
    loop = asyncio.get_running_loop()
    queue = asyncio.Queue(maxsize=1, loop=loop)
    loop.call_soon(queue.put_nowait, 1)
    await asyncio.sleep(0, loop=loop)
    assert await asyncio.wait_for(queue.get(), timeout=1, loop=loop) == 1
"""

_LEFT = """\
import asyncio


async def later(loop):
    future = asyncio.Future(loop=loop)
    loop.call_soon(future.set_result, 1)
    return await asyncio.ensure_future(future, loop=loop)
"""


class LoopKwarg(Rule):
    """Takes `loop=` out of the calls of asyncio that no longer have it.

    ## What it does

    Removes the argument `loop` from calls of `asyncio.sleep`, `gather`, `wait`, `wait_for`, `shield`, `as_completed`, the
    queues, locks, events, conditions and semaphores, `open_connection`, `start_server`, their Unix forms, and
    `create_subprocess_exec` and `create_subprocess_shell`: from all of a function, or from none. The variable that was
    passed stays, unless it holds the running loop and nothing else reads it.

    ## Why

    Python 3.10 removed it: each of these calls is a `TypeError`, also with `loop=None`. They all use the running loop.

    ## Safety

    Safe: a call that passes `loop` fails on every Python that pytest-asyncio 1.3 runs on. It needs review where the project
    says that it runs on Python 3.9 or older (or, where it says nothing, by the Python of its tests), where `loop` still decides, and where sync code calls `gather`, `shield` or
    `as_completed`, which then take the current loop. Left alone: functions that the file puts a
    fake in the place of, a loop that is made in the call, and, in silence, calls whose error is expected or caught, or that a
    version test guards. `Future`, `Task`, `ensure_future`, `run_coroutine_threadsafe`, `wrap_future` and `StreamReader` still have it.

    ## References

    - [What's new in Python 3.10: removed](https://docs.python.org/3/whatsnew/3.10.html#removed)
    - [asyncio: removal of the loop parameter](https://docs.python.org/3.10/library/asyncio-task.html)
    """

    code = "PAM712"
    name = "loop-kwarg"
    summary = "`loop=` goes from the calls of asyncio that lost it in Python 3.10"
    triggers = (b"loop=", b"loop =")
    examples = (
        Example(_BEFORE, _BEFORE.replace("1, loop=loop", "1").replace("0, loop=loop", "0")),
        Example(
            "from asyncio import Lock, sleep\n\n\nasync def hold(loop):\n    async with Lock(loop=loop):\n"
            "        await sleep(1, loop=loop)\n",
            "from asyncio import Lock, sleep\n\n\nasync def hold(loop):\n    async with Lock():\n"
            "        await sleep(1)\n",
        ),
        Example(_LEFT, title="what still takes a loop"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each unit whose calls pass a loop in vain: two of them on two loops would be worse."""
        units: defaultdict[Unit, list[LoopKeyword]] = defaultdict(list)
        for each in loop_keywords(context.module):
            units[context.module.unit_at(each.call)].append(each)
        for calls in units.values():
            if not all(each.is_expected for each in calls):
                yield self._calls(context, calls)

    def _calls(self, context: Context, calls: Sequence[LoopKeyword]) -> Finding:
        stuck = [each for each in calls if each.obstacle is not None]
        if stuck:
            message = f"{_message(stuck)}; left alone{_beside(len(calls) - 1)}: {stuck[0].obstacle}"
            return self.finding(context, stuck[0].call, message)
        edits = [remove_argument(context.module, each.call, each.index) for each in calls]
        message, old = _message(calls), context.project.runs_below(_SINCE)
        if old is not None:
            message += f"; before, it decides on which loop they are, and {old.place} lets older ones in"
        elif any(each.is_eager for each in calls):
            message += "; in sync code it takes the current loop"
        safety = Safety.REVIEW if old is not None or any(each.is_eager for each in calls) else Safety.SAFE
        evidence = (old,) if old is not None else ()
        return self.finding(
            context, calls[0].call, message, edits=edits, released=tuple(_variables(context.module, calls)),
            safety=safety, evidence=evidence,
        )  # fmt: skip


def _variables(module: Module, calls: Sequence[LoopKeyword]) -> Iterator[Leftover]:
    """Yield the variables that hold the running loop, and may have been there for the calls alone."""
    for value in (each.keyword.value for each in calls):
        gets, function = aliased_value(module, value), module.function_of(value)
        if isinstance(gets, ast.Call) and isinstance(value, ast.Name) and isinstance(function, ast.AsyncFunctionDef):
            if asyncio_name(module.resolve(gets.func)) == RUNNING_LOOP and module.function_of(gets) is function:
                yield Leftover(f"{module.qualname(function)}.{value.id}")


def _message(calls: Sequence[LoopKeyword]) -> str:
    *names, last = dict.fromkeys(f"`{each.name}`" for each in calls)
    listed = f"{', '.join(names)} and {last} take" if names else f"{last} takes"
    return f"{listed} no `loop` since Python 3.10: a TypeError"


def _beside(others: int) -> str:
    return f", with {others} more beside it" if others else ""
