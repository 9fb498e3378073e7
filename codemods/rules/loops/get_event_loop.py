"""PAM612: ``asyncio.get_event_loop`` in coroutines."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.edits.calls import replace_callee
from codemods.model import Finding, Import, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.loops._current import Getter, current_loop_getters, faked
from codemods.semantics.pytest.owners import Owner, owners_of
from codemods.semantics.pytest.projects.project import before_python

_SINCE = (3, 7)
_BEFORE = """\
import asyncio

import pytest


@pytest.mark.asyncio
async def test_clock():
    loop = asyncio.get_event_loop()
    assert loop.time() > 0
"""

_SYNC = """\
import asyncio


def make_clock():
    return asyncio.get_event_loop().time
"""


class GetEventLoop(Rule):
    """Coroutines ask for the running loop.

    ## What it does

    Writes `asyncio.get_running_loop()` for `asyncio.get_event_loop()` where the nearest function is `async def`.

    ## Why

    In a coroutine both give the running loop, but `get_event_loop` also has a meaning outside of one, where it made a
    loop up to Python 3.13 and raises from 3.14 on. `get_running_loop` says what is meant, and can't be moved to where it
    would mean something else without an error. It is off by default, since what it changes works.

    ## Safety

    Safe: a coroutine that asyncio runs has a running loop. It needs review where the project runs on a Python below 3.7. Left alone: sync functions and lambdas, also those inside a
    coroutine, coroutines of other libraries, and files that replace `get_event_loop` by a fake.

    ## References

    - [asyncio.get_event_loop](https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.get_event_loop)
    """

    code = "PAM612"
    name = "get-event-loop"
    summary = "`asyncio.get_event_loop()` in a coroutine becomes `get_running_loop()`"
    default = False
    triggers = (b"get_event_loop",)
    examples = (
        Example(_BEFORE, _BEFORE.replace("get_event_loop", "get_running_loop")),
        Example(
            "from asyncio import get_event_loop\n\n\nasync def now():\n    return get_event_loop().time()\n",
            "from asyncio import get_running_loop\n\n\nasync def now():\n    return get_running_loop().time()\n",
            title="in the file's own style",
        ),
        Example(_SYNC, title="a sync function"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each call in a coroutine that asyncio runs."""
        found = list(current_loop_getters(context.module))
        if not found or faked(context.module):
            return
        owners = owners_of(context)
        for getter in found:
            if owners.of(getter.outermost) is Owner.ASYNCIO:
                yield from self._call(context, getter)

    def _call(self, context: Context, getter: Getter) -> Iterator[Finding]:
        written = _written(context, getter.call)
        if written is None:
            return
        text, imports = written
        edit = replace_callee(context.module, getter.call, text)
        message, doubt = (
            "a coroutine asks for the current loop, which is the running one",
            before_python(context.project, _SINCE),
        )
        yield self.finding(
            context, getter.call, f"{message}; {doubt}" if doubt else message, edits=[edit], imports=imports,
            released=("get_event_loop",), safety=Safety.REVIEW if doubt else Safety.SAFE,
        )  # fmt: skip


def _written(context: Context, call: ast.Call) -> tuple[str, tuple[Import, ...]] | None:
    """Return how the file writes the other function: as an attribute, or by a name that it imports beside the old one."""
    if isinstance(call.func, ast.Attribute):
        return f"{context.module.segment(call.func.value)}.get_running_loop", ()
    written = context.reference("asyncio.get_running_loop", call, bare=True)
    if written is not None and not written.imports:
        return written.text, ()
    name = "get_running_loop"
    free = not context.module.scopes.lookup(name, call)[1] and isinstance(call.func, ast.Name)
    return (name, (Import("asyncio", name),)) if free and call.func.id == "get_event_loop" else None  # type: ignore[attr-defined]
