"""PAM514: decorators that run an async test give way to what pytest and unittest do for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from codemods.analysis.awaits.wrapped_tests import WrappedTest, wrapped_tests
from codemods.analysis.fixture_args import decorator_root
from codemods.analysis.isolating import isolated
from codemods.analysis.loops.decoration import Decoration
from codemods.analysis.plain_cases import PlainCase, doubt, test_classes
from codemods.edits.decorators import add_decorator, remove_decorators, replace_decorator
from codemods.edits.statements import remove_statement
from codemods.model import Edit, Finding, Safety
from codemods.rules.awaits._unused_drivers import unused_drivers
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.file.order import Definition, walk
from codemods.semantics.pytest.marks import Decorator, mark_name
from codemods.semantics.pytest.runners import has_asyncio_mark, is_strict, is_transparent
from codemods.semantics.pytest.sync_wrappers import Wrapping
from codemods.semantics.pytest.test_cases import PLAIN_CASE

_BEFORE = """\
import asyncio
import functools


def async_test(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return asyncio.run(function(*args, **kwargs))

    return wrapper


@async_test
async def test_ping():
    assert await ping()
"""

_AFTER = """\
import asyncio
import functools

import pytest


def async_test(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return asyncio.run(function(*args, **kwargs))

    return wrapper


@pytest.mark.asyncio
async def test_ping():
    assert await ping()
"""

_CASE_BEFORE = """\
import unittest

from aiounittest import async_test


class TestClient(unittest.TestCase):
    @async_test
    async def test_ping(self):
        self.assertTrue(await ping())
"""

_CASE_AFTER = """\
import unittest


class TestClient(unittest.IsolatedAsyncioTestCase):
    async def test_ping(self):
        self.assertTrue(await ping())
"""

_LEFT = """\
import asyncio


def with_server(function):
    def wrapper(*args, **kwargs):
        server = start_server()
        asyncio.run(function(server, *args, **kwargs))
        server.stop()

    return wrapper


@with_server
async def test_ping(server):
    assert await server.ping()
"""


class AsyncTestDecorator(Rule):
    """Marks async tests instead of wrapping them in a function that runs a loop.

    ## What it does

    Removes `@async_test` from an async test and marks it with `@pytest.mark.asyncio`, in auto mode without the mark. Such
    a decorator is a function of the project that returns a plain `def` which hands its arguments on and runs the coroutine,
    by `asyncio.run` or by a loop that it makes or gets. `async_test` of aiounittest is one, too. A `unittest.TestCase`
    whose async tests are all decorated so becomes an `IsolatedAsyncioTestCase`. The decorator's import goes; the decorator
    itself goes from a test file once nothing in the project names it.

    ## Why

    The wrapper runs each test on a loop of its own, which no async fixture shares, and hides from pytest and its plugins
    that the test is async.

    ## Safety

    Needs review: a loop's debug mode that the wrapper switched on is lost (`PYTHONASYNCIODEBUG=1` brings it back), and so
    is a time limit in the wrapper, which the message says. Left alone, with the reason: decorators that do more than run
    the coroutine, those that are given a time limit at the test, tests with other decorators of which it can't be told
    what they make of an async function, and tests that are called by name.

    ## References

    - [pytest-asyncio: markers](https://pytest-asyncio.readthedocs.io/en/stable/reference/markers/index.html)
    - [IsolatedAsyncioTestCase](https://docs.python.org/3/library/unittest.html#unittest.IsolatedAsyncioTestCase)
    - [aiounittest](https://github.com/kwarunek/aiounittest)
    """

    code = "PAM514"
    name = "async-test-decorator"
    summary = "A decorator that runs an async test gives way to the asyncio marker"
    safety = Safety.REVIEW
    triggers = (b"async def", b"run_until_complete", b"asyncio.run")
    pattern = rb"@(?!pytest\.(?:mark|fixture)\b)|run"
    examples = (
        Example(_BEFORE, _AFTER),
        Example(_CASE_BEFORE, _CASE_AFTER, title="in a TestCase"),
        Example(_LEFT, title="a decorator that does more"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each wrapped test, for each class of them, and for each decorator that nothing uses."""
        found = list(wrapped_tests(context))
        for owner in test_classes(context.suite):
            if mine := [each for each in found if each.test.node in owner.wrapped]:
                yield self._class(context, owner, mine)
        seen: set[str] = set()
        for each in found:
            if each.test.test_case != PLAIN_CASE and not (each.reason and _is_reported(context, each, seen)):
                yield self._test(context, each)
        for node in unused_drivers(context):
            names = {each.id for each in walk(node) if isinstance(each, ast.Name)}
            edit = remove_statement(context.module, node)
            message = f"`{node.name}` runs coroutines for tests, and nothing in the project names it"
            yield self.finding(context, node, message, edits=[edit], released=tuple(sorted(names)))

    def _test(self, context: Context, wrapped: WrappedTest) -> Finding:
        node, decorator = wrapped.test.node, wrapped.decorator
        message = f"`@{context.module.segment(decorator.node)}` runs `{node.name}` on a loop of its own"
        changes = _decoration(context, wrapped) if wrapped.reason is None else None
        if changes is None:
            reason = wrapped.reason or "pytest is another name here"
            return self.finding(context, node, f"{message}; left alone: {reason}")
        return self.finding(
            context, node, message + _loss(wrapped) + _need(context, wrapped), edits=changes.edits, imports=changes.imports,
            released=changes.released, also=changes.also,
        )  # fmt: skip

    def _class(self, context: Context, case: PlainCase, wrapped: Sequence[WrappedTest]) -> Finding:
        names = sorted({context.module.segment(each.decorator.node) for each in wrapped})
        message = f"`@{names[0]}` runs each async test of `{case.owner.name}` on a loop of its own"
        taken = {each.test.node for each in wrapped}
        rest = replace(case, wrapped=tuple(each for each in case.wrapped if each not in taken))
        reason = next((each.reason for each in wrapped if each.reason), None)
        reason = reason or doubt(context.suite, rest, context.project.hooks)
        changes = isolated(context, rest)
        if reason is not None or changes is None:
            reason = reason or "IsolatedAsyncioTestCase is another name here"
            return self.finding(context, case.owner, f"{message}; left alone: {reason}")
        edits = [*changes.edits, *(_removal(context, each) for each in wrapped)]
        roots = [decorator_root(context.module, each.decorator) for each in wrapped]
        loss = next(filter(None, map(_loss, wrapped)), "")
        return self.finding(
            context, case.owner, message + loss, edits=edits, imports=changes.imports,
            released=(*changes.released, *dict.fromkeys(roots)), also=("PAM110", *changes.also),
        )  # fmt: skip


def _is_reported(context: Context, wrapped: WrappedTest, seen: set[str]) -> bool:
    """Say whether nothing need be said of a test that stays: PAM905 tells of marked ones, and one of a kind is enough."""
    if wrapped.test.test_case is None and has_asyncio_mark(context.suite.marks(wrapped.test.node)):
        return True
    kind = f"{context.module.segment(wrapped.decorator.node)} {wrapped.reason}"
    known = kind in seen
    seen.add(kind)
    return known


def _loss(wrapped: WrappedTest) -> str:
    return "; its time limit goes with it" if wrapped.effect is Wrapping.LIMITS else ""


def _need(context: Context, wrapped: WrappedTest) -> str:
    if context.project.pytest_asyncio is not None or wrapped.test.test_case is not None:
        return ""
    return "; nothing here names pytest-asyncio, which has to be installed to run it"


def _removal(context: Context, wrapped: WrappedTest) -> Edit:
    return remove_decorators(context.module, wrapped.test.node, [wrapped.decorator.index])


def _decoration(context: Context, wrapped: WrappedTest) -> Decoration | None:
    """Return what puts the asyncio mark in the decorator's place, or only takes it away where no mark is needed."""
    module, test, decorator = context.module, wrapped.test, wrapped.decorator
    released = (decorator_root(module, decorator),)
    marked = has_asyncio_mark(context.suite.marks(test.node)) or not is_strict(context.config, context.project)
    if test.test_case is not None or marked:
        return Decoration((_removal(context, wrapped),), (), released)
    written = context.asyncio_mark(test.node)
    if written is None:
        return None
    if decorator.call is None and _is_seen_through(context, test.node, decorator):
        edit = replace_decorator(module, test.node, decorator.index, written.text)
        return Decoration((edit,), written.imports, released)
    added = add_decorator(module, test.node, written.text)
    return Decoration((_removal(context, wrapped), added), written.imports, released)


def _is_seen_through(context: Context, node: Definition, decorator: Decorator) -> bool:
    """Say whether a mark in the place of a decorator is still there above those that stand over it."""
    above = context.suite.decorators(node)[: decorator.index]
    return all(is_transparent(each) or mark_name(context.module, each.node) is not None for each in above)
