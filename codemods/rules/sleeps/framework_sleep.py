"""PAM402: coroutines of anyio and trio that call ``time.sleep``."""

from __future__ import annotations

from codemods.rules.base import Example
from codemods.rules.sleeps._base import SleepRule
from codemods.semantics.pytest.owners import Owner

_ANYIO_BEFORE = """\
import time

import pytest

pytestmark = pytest.mark.anyio


async def test_expiry(cache):
    time.sleep(0.2)
    assert await cache.get("a") is None
"""

_ANYIO_AFTER = """\
import anyio
import pytest

pytestmark = pytest.mark.anyio


async def test_expiry(cache):
    await anyio.sleep(0.2)
    assert await cache.get("a") is None
"""

_TRIO_BEFORE = """\
import time

import pytest
import trio


@pytest.mark.trio
async def test_expiry(cache):
    time.sleep(0.2)
    await trio.to_thread.run_sync(cache.clear)
"""

_TRIO_AFTER = """\
import pytest
import trio


@pytest.mark.trio
async def test_expiry(cache):
    await trio.sleep(0.2)
    await trio.to_thread.run_sync(cache.clear)
"""

_FAKE_CLOCK = """\
import time

import pytest


@pytest.mark.trio
async def test_expiry(cache, autojump_clock):
    time.sleep(0.2)
    assert await cache.get("a") is None
"""


class FrameworkSleep(SleepRule):
    """Awaits `anyio.sleep` or `trio.sleep` instead of calling `time.sleep` in a coroutine of theirs.

    ## What it does

    Writes `await anyio.sleep(x)` for `time.sleep(x)` in the tests and fixtures that anyio runs and in the
    coroutines that they define, and `await trio.sleep(x)` in those of pytest-trio.

    ## Why

    `time.sleep` stops the whole event loop, and with it every timeout and task of the test. `asyncio.sleep`
    would be an error wherever the test runs on trio.

    ## Safety

    As for PAM401: safe in tests and fixtures, for review in other coroutines, left alone where the file shows
    a reason against it. Needs review, too, in a test that awaits nothing else or that counts threads. Whose a test is, is told by its marks, its class, the fixtures that it asks for and
    the library that it uses itself.

    ## References

    - [AnyIO: testing](https://anyio.readthedocs.io/en/stable/testing.html)
    - [trio.sleep](https://trio.readthedocs.io/en/stable/reference-core.html#trio.sleep)
    """

    code = "PAM402"
    name = "framework-sleep"
    summary = "A `time.sleep` in a coroutine of anyio or trio becomes their own, awaited"
    owners = frozenset({Owner.ANYIO, Owner.TRIO})
    examples = (
        Example(_ANYIO_BEFORE, _ANYIO_AFTER),
        Example(_TRIO_BEFORE, _TRIO_AFTER),
        Example(_FAKE_CLOCK, title="the test's clock is a fake one"),
    )
