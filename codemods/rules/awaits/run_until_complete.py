"""PAM510: sync tests that run coroutines on a loop."""

from __future__ import annotations

from codemods.rules.awaits._base import DriverRule
from codemods.rules.base import Example

_BEFORE = """\
import asyncio


def _run(coro):
    return asyncio.get_event_loop().run_until_complete(coro)


def test_get():
    client = Client()
    assert _run(client.get()).status == 200


def test_paths():
    def check(path):
        assert _run(Client().get(path)).status == 200

    check("/")
    check("/about")
"""

_AFTER = """\
import pytest


@pytest.mark.asyncio
async def test_get():
    client = Client()
    assert (await client.get()).status == 200


@pytest.mark.asyncio
async def test_paths():
    async def check(path):
        assert (await Client().get(path)).status == 200

    await check("/")
    await check("/about")
"""

_CASE_BEFORE = """\
import asyncio
import unittest


class TestClient(unittest.TestCase):
    def test_get(self):
        loop = asyncio.new_event_loop()
        self.assertEqual(loop.run_until_complete(get()), 42)
        loop.close()
"""

_CASE_AFTER = """\
import unittest


class TestClient(unittest.IsolatedAsyncioTestCase):
    async def test_get(self):
        self.assertEqual(await get(), 42)
"""

_LEFT = """\
import asyncio


def run(coro):
    return asyncio.get_event_loop().run_until_complete(coro)


def test_order():
    assert sorted([1, 2], key=lambda each: run(weight(each))) == [2, 1]
"""


class RunUntilComplete(DriverRule):
    """Sync tests that run coroutines with `run_until_complete` become async.

    ## What it does

    Makes the test `async def`, with its marker, and awaits what it ran: `loop.run_until_complete(x)` becomes `await x`, and
    so does `_run(x)` where `_run` is a helper that does nothing else. Functions inside of the test, methods of its class and
    functions of the file that run coroutines become async with it, and their calls are awaited, as far as the file
    reaches: all of them or none. A loop that was made for nothing else goes, and so do helpers and imports that nothing
    uses any more. A class of `unittest.TestCase` becomes an `IsolatedAsyncioTestCase`.

    ## Why

    Such a test runs in a loop of its own: what async fixtures give it belongs to another one. In CI it is the first to fail
    on a new Python: `asyncio.get_event_loop()` makes no loop any more since 3.14.

    ## Safety

    Needs review: what the test calls may run a loop itself, which fails while one is running, and a coroutine that is
    awaited runs at once, where `run_until_complete` made a task of it.
    Left alone, with the reason: tests whose helpers are called where nothing can be awaited (a lambda, a callback, the top
    of the module) or by another file, that use threads or signals, expect `SystemExit` or `KeyboardInterrupt`, have unknown
    decorators, hand their loop on, or whose fixtures run a loop for them.

    ## References

    - [asyncio: loop.run_until_complete](https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.run_until_complete)
    - [IsolatedAsyncioTestCase](https://docs.python.org/3/library/unittest.html#unittest.IsolatedAsyncioTestCase)
    """

    code = "PAM510"
    name = "run-until-complete"
    summary = "A sync test that runs coroutines with `run_until_complete` awaits them"
    by_run = False
    examples = (
        Example(_BEFORE, _AFTER),
        Example(_CASE_BEFORE, _CASE_AFTER, title="a class of unittest"),
        Example(_LEFT, title="a lambda can't await"),
    )
