"""PAM708: tornado's tests that are generators become ``async def``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.legacy.yields import yields_by_function
from codemods.edits.functions import make_async
from codemods.edits.yields import Yielded
from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.legacy._tornado_yields import tornado_converted
from codemods.semantics.pytest.runners import keeps_async
from codemods.semantics.pytest.suite import Test

_GEN_TEST = "tornado.testing.gen_test"

_BEFORE = """\
from tornado import gen
from tornado.testing import AsyncHTTPTestCase, gen_test


class TestApp(AsyncHTTPTestCase):
    @gen_test(timeout=10)
    def test_pages(self):
        first = yield self.http_client.fetch(self.get_url("/"))
        self.assertEqual(first.code, 200)
        second, third = yield [self.fetch_page(2), self.fetch_page(3)]
        self.assertNotEqual(second, third)
"""

_AFTER = """\
from tornado import gen
from tornado.testing import AsyncHTTPTestCase, gen_test


class TestApp(AsyncHTTPTestCase):
    @gen_test(timeout=10)
    async def test_pages(self):
        first = await self.http_client.fetch(self.get_url("/"))
        self.assertEqual(first.code, 200)
        second, third = await gen.multi([self.fetch_page(2), self.fetch_page(3)])
        self.assertNotEqual(second, third)
"""

_LEFT = """\
from tornado.testing import AsyncTestCase, gen_test


class TestPool(AsyncTestCase):
    @gen_test
    def test_thread(self):
        yield self.executor.submit(work)
"""


class TornadoGenTest(Rule):
    """Writes `async def` and `await` for tests of tornado that yield.

    ## What it does

    Makes a test under `@gen_test` in a test case of `tornado.testing` `async def`: `yield x` becomes `await x`, a list or
    dictionary goes through `gen.multi`, and `yield gen.moment` and a bare `yield` become `await asyncio.sleep(0)`.
    `@gen_test` stays, with its timeout: it runs coroutines as well, on the loop of the test case, which closes it.

    ## Why

    What is yielded is only seen by tornado: linters and type checkers don't know that it is awaited, nor do the other rules
    here.

    ## Safety

    Needs review: tornado takes more than `await` does. Left alone, with the reason: tests that yield a variable of which
    it can't be told what it is, a future of a thread or of `gen.Task`, something that isn't awaitable, or that raise
    `gen.Return`. Coroutines of `gen.coroutine` stay as they are, and can be awaited.

    ## References

    - [tornado.testing.gen_test](https://www.tornadoweb.org/en/stable/testing.html#tornado.testing.gen_test)
    - [tornado: native coroutines](https://www.tornadoweb.org/en/stable/guide/coroutines.html#native-vs-decorated-coroutines)
    """

    code = "PAM708"
    name = "tornado-gen-test"
    summary = "A test of tornado that yields becomes `async def` with `await`"
    safety = Safety.REVIEW
    triggers = (b"gen_test",)
    examples = (
        Example(_BEFORE, _AFTER),
        Example(_LEFT, title="a future that only tornado awaits"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each generator under ``gen_test``."""
        yields = yields_by_function(context.module)
        for test in context.suite.tests:
            if isinstance(test.node, ast.FunctionDef) and test.node in yields and _is_run_by_tornado(context, test):
                yield self._test(context, test, yields[test.node])

    def _test(self, context: Context, test: Test, yields: list[Yielded]) -> Finding:
        node = test.node
        message = f"`{node.name}` yields what a coroutine would await"
        found = tornado_converted(context, node, yields)
        obstacle = _other_decorator(context, test) or found.obstacle
        if obstacle is not None:
            return self.finding(context, node, f"{message}; left alone: {obstacle}")
        edits = [make_async(context.module, node), *found.edits]
        return self.finding(
            context, node, "; ".join((message, *found.doubts[:1])), edits=edits, imports=found.imports
        )  # fmt: skip


def _is_run_by_tornado(context: Context, test: Test) -> bool:
    named = any(each.name == _GEN_TEST for each in context.suite.decorators(test.node))
    return named and (test.test_case or "").startswith("tornado.")


def _other_decorator(context: Context, test: Test) -> str | None:
    """Return why a decorator below ``gen_test`` keeps the test a generator."""
    found = context.suite.decorators(test.node)
    index = next(each.index for each in found if each.name == _GEN_TEST)
    for each in found[index + 1 :]:
        if not keeps_async(context.module, each):
            return f"it can't be told what `{context.module.segment(each.node)}` makes of it"
    return None
