"""PAM401: coroutines of asyncio that call ``time.sleep``."""

from __future__ import annotations

from codemods.rules.base import Example
from codemods.rules.sleeps._base import SleepRule
from codemods.semantics.pytest.owners import Owner

_BEFORE = """\
import time

import pytest


@pytest.mark.asyncio
async def test_expiry(cache):
    await cache.set("a", 1, ttl=0.1)
    time.sleep(0.2)
    assert await cache.get("a") is None
"""

_AFTER = """\
import asyncio

import pytest


@pytest.mark.asyncio
async def test_expiry(cache):
    await cache.set("a", 1, ttl=0.1)
    await asyncio.sleep(0.2)
    assert await cache.get("a") is None
"""

_INNER_BEFORE = """\
from asyncio import run, sleep as pause
from time import sleep


def test_handler():
    async def handler():
        sleep(0.1)
        await pause(0)

    run(handler())
"""

_INNER_AFTER = """\
from asyncio import run, sleep as pause


def test_handler():
    async def handler():
        await pause(0.1)
        await pause(0)

    run(handler())
"""

_THREADS = """\
import asyncio
import time

import pytest


@pytest.mark.asyncio
async def test_in_threads():
    await asyncio.to_thread(time.sleep, 0.1)
    await asyncio.to_thread(lambda: time.sleep(0.1))
"""


class TimeSleepToAsyncioSleep(SleepRule):
    """Awaits `asyncio.sleep` instead of calling `time.sleep` in a coroutine.

    ## What it does

    Writes `await asyncio.sleep(x)` for `time.sleep(x)` where the nearest function is `async def`: a test, a
    fixture, or a coroutine inside of one. The import of `asyncio` comes in the file's own style, the one of
    `time` goes if nothing else uses it, and `ASYNC251` goes from a `noqa` on the line.

    ## Why

    `time.sleep` stops the whole event loop. No task, callback or timeout runs meanwhile, so the test waits
    without letting anything happen, and `asyncio.wait_for` can't interrupt it.

    ## Safety

    Safe in tests, fixtures and the coroutines that they define, where nothing else runs beside them. It needs
    review in other coroutines of the file; where tasks, callbacks or coroutines that are gathered get their turn
    meanwhile, which did not before; where a coroutine function is handed to what isn't known, as an argument or by a
    decorator; where a coroutine that awaits nothing measures it by a clock; where blocking may be meant: by a
    comment or a `noqa: ASYNC251`, by the loop's `set_debug`, by a time limit around the call that isn't known to be
    longer; and where something is only called `clock`, which may be a fake one.

    Left alone, with the reason: where `sleep` or the clock is patched or faked around the test, be it by a
    fixture, a base class, a context manager or a decorator of another file or by a hook of a `conftest.py`; where
    the test or what it calls is named after blocking; where a signal is handled whose handler may raise out of the
    sleep; where the coroutine may run in a thread, to which it is handed; where a lock of `threading` is held, where the test sets `slow_callback_duration`, where the delay is
    negative or a `ValueError` is expected, where an assertion right after says that something scheduled did not
    happen, and where it can't be told which library runs the coroutine (in silence if the file doesn't import asyncio, or the
    project is another such library). Nothing is said of a helper that is there to block by its own name (`block_loop`). Sync functions, lambdas, generator
    expressions and class bodies inside a coroutine are never touched.

    ## References

    - [asyncio.sleep](https://docs.python.org/3/library/asyncio-task.html#sleeping)
    - [asyncio: running blocking code](https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code)
    - [ruff ASYNC251](https://docs.astral.sh/ruff/rules/blocking-sleep-in-async-function/), which has no fix
    """

    code = "PAM401"
    name = "time-sleep-to-asyncio-sleep"
    summary = "A `time.sleep` in a coroutine becomes `await asyncio.sleep`"
    owners = frozenset({Owner.ASYNCIO, Owner.UNKNOWN})
    examples = (
        Example(_BEFORE, _AFTER),
        Example(_INNER_BEFORE, _INNER_AFTER, title="a coroutine inside a test, and the file's own names"),
        Example(_THREADS, title="what runs in a thread may block"),
    )
