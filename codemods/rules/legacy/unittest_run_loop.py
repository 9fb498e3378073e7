"""PAM705: aiohttp's decorator for tests, which does nothing any more, goes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.legacy.conditions import expectation
from codemods.edits.decorators import remove_decorators
from codemods.model import Evidence, Finding
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.file.order import Definition, walk
from codemods.semantics.pytest.marks import Decorator

_NAME = "aiohttp.test_utils.unittest_run_loop"
_NEEDLESS = (3, 8)
_MESSAGE = "`unittest_run_loop` does nothing since aiohttp 3.8"

_BEFORE = """\
from aiohttp.test_utils import AioHTTPTestCase, unittest_run_loop


class TestApp(AioHTTPTestCase):
    @unittest_run_loop
    async def test_index(self):
        response = await self.client.get("/")
        self.assertEqual(response.status, 200)
"""

_AFTER = """\
from aiohttp.test_utils import AioHTTPTestCase


class TestApp(AioHTTPTestCase):
    async def test_index(self):
        response = await self.client.get("/")
        self.assertEqual(response.status, 200)
"""

_CALLED = """\
from aiohttp.test_utils import unittest_run_loop


def wrapped(test):
    return unittest_run_loop(test)
"""


class UnittestRunLoop(Rule):
    """Removes aiohttp's `@unittest_run_loop`.

    ## What it does

    Removes the decorator, and its import where nothing else uses it.

    ## Why

    `AioHTTPTestCase` is an `IsolatedAsyncioTestCase` since aiohttp 3.8, which runs its tests itself. The decorator returns
    the test as it is, with a `DeprecationWarning` at each, and is gone from aiohttp 4.

    ## Safety

    Safe: aiohttp 3.8 is the first for Python 3.10. Left alone where a requirement lets no aiohttp 3.8 through, and passed
    over where its warning is expected.

    ## References

    - [aiohttp: testing](https://docs.aiohttp.org/en/stable/testing.html)
    - [aiohttp: changes of 3.8](https://docs.aiohttp.org/en/stable/changes.html)
    """

    code = "PAM705"
    name = "unittest-run-loop"
    summary = "aiohttp's `@unittest_run_loop` goes"
    triggers = (b"unittest_run_loop",)
    examples = (Example(_BEFORE, _AFTER), Example(_CALLED, title="used otherwise"))

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each test that it decorates, or one for all of them where they need it."""
        decorated = list(_decorated(context))
        if (old := _old_aiohttp(context)) is not None:
            yield from self._left(context, [node for node, _ in decorated], old)
            return
        for node, found in decorated:
            edits = [remove_decorators(context.module, node, [each.index for each in found])]
            names = {one.id for each in found for one in walk(each.node) if isinstance(one, ast.Name)}
            yield self.finding(context, node, _MESSAGE, edits=edits, released=tuple(sorted(names)))

    def _left(self, context: Context, nodes: list[Definition], old: Evidence) -> Iterator[Finding]:
        for node in nodes[:1]:
            others = f", and so are {len(nodes) - 1} more of the file" if len(nodes) > 1 else ""
            message = f"{_MESSAGE}; left alone{others}: {old.place} asks for an older one"
            yield self.finding(context, node, message, evidence=(old,))


def _decorated(context: Context) -> Iterator[tuple[Definition, list[Decorator]]]:
    for node in context.module.definitions:
        found = [each for each in context.suite.decorators(node) if each.name == _NAME and each.call is None]
        if found and expectation(context.module, node) is None:  # the warning that it gives may be meant
            yield node, found


def _old_aiohttp(context: Context) -> Evidence | None:
    asked = (each for each in context.project.requirements if each.package == "aiohttp")
    return next((each.evidence for each in asked if not each.locked and each.admits(_NEEDLESS) is False), None)
