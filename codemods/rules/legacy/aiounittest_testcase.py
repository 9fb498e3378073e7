"""PAM704: aiounittest's AsyncTestCase becomes IsolatedAsyncioTestCase."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.edits.classes import replace_base
from codemods.model import Finding, Import, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.legacy._async_cases import Family, doubt, families, own_methods
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import walk
from codemods.semantics.pytest.test_cases import ISOLATED_CASE

_CASES = frozenset({"aiounittest.AsyncTestCase", "aiounittest.case.AsyncTestCase"})
_RUNNERS = frozenset({"aiounittest.run_sync", "aiounittest.helpers.run_sync"})
_ITERATOR = "aiounittest.mock.AsyncMockIterator"

_BEFORE = """\
import aiounittest


class TestClient(aiounittest.AsyncTestCase):
    async def test_ping(self):
        self.assertTrue(await ping())
"""

_AFTER = """\
from unittest import IsolatedAsyncioTestCase


class TestClient(IsolatedAsyncioTestCase):
    async def test_ping(self):
        self.assertTrue(await ping())
"""

_LOOP = """\
import asyncio

import aiounittest


class TestClient(aiounittest.AsyncTestCase):
    def get_event_loop(self):
        return asyncio.new_event_loop()

    async def test_ping(self):
        self.assertTrue(await ping())
"""


class AiounittestTestCase(Rule):
    """Makes aiounittest's `AsyncTestCase` the `IsolatedAsyncioTestCase` of `unittest`.

    ## What it does

    Writes the base `IsolatedAsyncioTestCase`. `futurized` is PAM305's work, `async_test` PAM514's. `run_sync` and
    `AsyncMockIterator` are named, with what to write instead.

    ## Why

    `unittest` has run async tests itself since Python 3.8, with async set-up and clean-up, which aiounittest never had.

    ## Safety

    Needs review: the loop is in debug mode, and sync methods get the loop of the test from `asyncio.get_event_loop()`, which
    got another one. Left alone: classes with a `get_event_loop` of their own, with base classes or decorators that aren't
    known, with generators as tests, with an async `setUp`, and base classes for the tests of other files.

    ## References

    - [aiounittest](https://pypi.org/project/aiounittest/)
    - [IsolatedAsyncioTestCase](https://docs.python.org/3/library/unittest.html#unittest.IsolatedAsyncioTestCase)
    """

    code = "PAM704"
    name = "aiounittest-testcase"
    summary = "aiounittest's AsyncTestCase becomes IsolatedAsyncioTestCase"
    safety = Safety.REVIEW
    triggers = (b"aiounittest",)
    examples = (Example(_BEFORE, _AFTER), Example(_LOOP, title="a loop of its own"))

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each class of aiounittest, and for what unittest has in another way."""
        for family in families(context.module, lambda dotted: dotted in _CASES):
            yield self._family(context, family)
        for call in context.module.nodes(ast.Call):
            if (advice := _advice(context.module, call)) is not None:
                yield self.finding(context, call, advice)

    def _family(self, context: Context, family: Family) -> Finding:
        module = context.module
        message = f"`{family.root.name}` is aiounittest's `AsyncTestCase`"
        reason = _doubt(context, family)
        references = [context.reference(ISOLATED_CASE, owner) for owner, _ in family.bases]
        texts = [each.text for each in references if each is not None]
        if len(texts) < len(references):
            reason = reason or "IsolatedAsyncioTestCase is another name here"
        if reason is not None:
            return self.finding(context, family.root, f"{message}; left alone: {reason}")
        imports: list[Import] = [one for each in references if each is not None for one in each.imports]
        places = [owner.bases[index] for owner, index in family.bases]
        released = {each.id for place in places for each in walk(place) if isinstance(each, ast.Name)}
        edits = [
            replace_base(module, owner, index, text) for (owner, index), text in zip(family.bases, texts, strict=True)
        ]
        return self.finding(
            context, family.root, f"{message}: unittest runs async tests itself", edits=edits,
            imports=tuple(dict.fromkeys(imports)), released=tuple(sorted(released)),
        )  # fmt: skip


def _doubt(context: Context, family: Family) -> str | None:
    for node in own_methods(context.module, family):
        if node.name == "get_event_loop":
            return "`get_event_loop` says on which loop its tests run: `IsolatedAsyncioTestCase` makes its own"
        if node.name in ("setUp", "tearDown") and isinstance(node, ast.AsyncFunctionDef):
            return f"its async `{node.name}` never ran: write `async{node.name[0].upper()}{node.name[1:]}`, or drop it"
    return doubt(context.suite, family, lambda decorator: (decorator.name or "").startswith("ddt."))


def _advice(module: Module, call: ast.Call) -> str | None:
    name = module.resolve(call.func)
    if name in _RUNNERS:
        return "aiounittest's `run_sync` closes the current loop and sets another: make the caller async and await"
    if name == _ITERATOR:
        return "aiounittest's `AsyncMockIterator`: set `__aiter__.return_value` of a `MagicMock` to a list"
    return None
