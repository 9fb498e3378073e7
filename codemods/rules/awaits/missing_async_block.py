"""PAM504: blocks over what only works in ``async with`` and ``async for``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.mocking.xfail import TYPE_ERROR, expects_failure
from codemods.edits.functions import make_block_async
from codemods.model import Finding, Safety
from codemods.rules.awaits._async_blocks import Block, async_only
from codemods.rules.base import Context, Example, Rule

_RAISED = frozenset({TYPE_ERROR, "AttributeError", "RuntimeError"})
_BEFORE = """\
import async_timeout
import pytest


async def numbers():
    yield 1
    yield 2


@pytest.mark.asyncio
async def test_numbers(queue):
    with async_timeout.timeout(1):
        for number in numbers():
            await queue.put(number)
"""

_LEFT = """\
import pytest


@pytest.mark.asyncio
async def test_numbers(queue, numbers):
    for number in numbers():
        await queue.put(number)
"""


class MissingAsyncBlock(Rule):
    """Writes `async with` and `async for` where the plain ones can't work.

    ## What it does

    In a coroutine, makes `with` of an async context manager an `async with`, and `for` over an async generator an
    `async for`: functions with `asynccontextmanager`, async generators and classes of the file that have only the async
    methods, and `aiohttp.ClientSession`, `async_timeout.timeout`, `asyncio.timeout`, `asyncio.TaskGroup` and
    `httpx.AsyncClient`.

    ## Why

    The plain form is a `TypeError` or an `AttributeError`. `async_timeout.timeout` had a `with` up to 4.0, which warned,
    and `aiohttp.ClientSession` before 3.0; `async with` does the same in all of them.

    ## Safety

    Safe in tests and fixtures. It needs review in other coroutines, whose callers may wait for the error, and where
    the file asks a library for its version. Left alone: blocks with several items of
    which one is another, what the file or what runs around the test may replace, classes with bases or decorators of
    other files, and sync functions, which have no `async with`; in silence, what is there for its error.

    ## References

    - [async-timeout: changes](https://github.com/aio-libs/async-timeout/blob/master/CHANGES.rst)
    - [aiohttp: client session](https://docs.aiohttp.org/en/stable/client_reference.html#client-session)
    """

    code = "PAM504"
    name = "missing-async-block"
    summary = "A `with` or `for` that only works as `async with` or `async for` becomes one"
    triggers = (b"async def",)
    pattern = rb"\b(?:with|for)\b"
    examples = (
        Example(_BEFORE, _BEFORE.replace("    with ", "    async with ").replace("    for ", "    async for ")),
        Example(_LEFT, title="it isn't known what the fixture gives"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each such block."""
        module = context.module
        blocks: list[Block] = [*module.nodes(ast.With), *module.nodes(ast.For)]
        for block in blocks:
            if isinstance(module.scopes.scope_of(block), ast.AsyncFunctionDef):
                yield from self._block(context, block)

    def _block(self, context: Context, block: Block) -> Iterator[Finding]:
        if (found := async_only(context.suite, block)) is None:
            return
        reason, evidence = found
        if expects_failure(context.suite, block, _RAISED) is not None:
            return
        doubt = _doubt(context, block, is_of_library=evidence is None)
        yield self.finding(
            context, block, f"{reason}; {doubt}" if doubt else reason,
            edits=[make_block_async(context.module, block)], evidence=(evidence,) if evidence else (),
            safety=Safety.REVIEW if doubt else Safety.SAFE,
        )  # fmt: skip


def _doubt(context: Context, block: Block, *, is_of_library: bool) -> str | None:
    """Return for whom the block may be what it is, or None."""
    if is_of_library and "__version__" in context.module.attributes:
        return "the file asks for the version of something"
    function = context.module.function_of(block)
    if function in context.suite.test_nodes or function in context.suite.fixture_nodes:
        return None
    return f"what calls `{getattr(function, 'name', '')}` must not wait for the error"
