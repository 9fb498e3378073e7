"""PAM110: async tests in a plain ``TestCase``, which pass whatever they say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from codemods.analysis.awaits.wrapped_tests import wrapped_tests
from codemods.analysis.inherited_cases import heirs_of
from codemods.analysis.isolating import isolated
from codemods.analysis.plain_cases import PlainCase, bare_tests, direct_cases, doubt, plain_cases
from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.pytest.test_cases import async_hooks, runs_coroutines

_BEFORE = """\
import unittest


class TestClient(unittest.TestCase):
    async def setUp(self):
        self.client = await connect()

    async def test_ping(self):
        self.assertTrue(await self.client.ping())
"""

_AFTER = """\
import unittest


class TestClient(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.client = await connect()

    async def test_ping(self):
        self.assertTrue(await self.client.ping())
"""

_NAME_BEFORE = """\
from unittest import TestCase

import pytest


class TestClient(TestCase):
    @pytest.mark.asyncio
    async def test_ping(self):
        self.assertTrue(await ping())
"""

_NAME_AFTER = """\
from unittest import IsolatedAsyncioTestCase


class TestClient(IsolatedAsyncioTestCase):
    async def test_ping(self):
        self.assertTrue(await ping())
"""

_DRIVER = """\
import unittest

from helpers import run_in_loop


class TestClient(unittest.TestCase):
    @run_in_loop
    async def test_ping(self):
        self.assertTrue(await ping())
"""


class AsyncMethodInTestcase(Rule):
    """Makes plain `TestCase` classes with async tests `IsolatedAsyncioTestCase`.

    ## What it does

    Writes `IsolatedAsyncioTestCase` for `unittest.TestCase` as the base of a class with async tests, or of one that such
    classes inherit from, in its file or in another one. Renames its async `setUp` and `tearDown` to `asyncSetUp` and
    `asyncTearDown`, and removes its asyncio markers, which nothing reads.

    ## Why

    `TestCase` calls an async test and drops the coroutine: it passes with `assert False` inside, marked or not, in
    every asyncio mode. All that unittest says is a warning.

    ## Safety

    Needs review: the tests run for the first time, and some may fail. Sync tests of the class run as before. Left alone:
    classes that, or an heir of which, have another base that isn't known, or is of Django, Twisted or Tornado, run their
    tests in a way of their own (`run`, `__call__`, `debug`, `__init__`; in silence if that runs coroutines), or have async tests with decorators that may run
    them.

    ## References

    - [IsolatedAsyncioTestCase](https://docs.python.org/3/library/unittest.html#unittest.IsolatedAsyncioTestCase)
    - [pytest: unittest.TestCase support](https://docs.pytest.org/en/stable/how-to/unittest.html)
    """

    code = "PAM110"
    name = "async-method-in-testcase"
    summary = "A `TestCase` with async tests becomes an `IsolatedAsyncioTestCase`"
    safety = Safety.REVIEW
    triggers = (b"TestCase",)
    pattern = rb"\A(?:(?s:.*)async[ \t]+def|(?!(?s:.*)def(?<=\bdef)[ \t]+test))"
    examples = (
        Example(_BEFORE, _AFTER),
        Example(_NAME_BEFORE, _NAME_AFTER),
        Example(_DRIVER, title="a decorator that may run it"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each plain class of unittest with an async method, or an heir's, that was to run."""
        freed = {each.test.node for each in wrapped_tests(context) if each.reason is None}  # by PAM514
        for case in self._cases(context):
            if runs_coroutines(context.module, case.owner):
                continue
            if not case.wrapped or not freed.issuperset(case.wrapped):
                yield self._case(context, case)

    def _cases(self, context: Context) -> Iterator[PlainCase]:
        """Yield the cases that need a base that awaits, for their own sake or for that of an heir."""
        suite = context.suite
        cases = {case.owner: case for case in plain_cases(suite)}
        for owner, base in direct_cases(suite.module):
            hooks = tuple(async_hooks(suite.module, owner))
            found = cases.get(owner) or PlainCase(owner, base, hooks, *bare_tests(suite, owner))
            found = replace(found, heirs=tuple(heirs_of(suite, owner)))
            if owner in cases or found.lost is not None:
                yield found

    def _case(self, context: Context, case: PlainCase) -> Finding:
        reason = doubt(context.suite, case, context.project.hooks)
        changes = isolated(context, case)
        if reason is None and changes is None:
            reason = "IsolatedAsyncioTestCase is another name here"
        message = f"`{case.owner.name}` is a plain `TestCase`, which doesn't await {_what(case)}"
        evidence = (case.lost,) if case.lost is not None else ()
        if reason is not None or changes is None:
            return self.finding(context, case.owner, f"{message}; left alone: {reason}", evidence=evidence)
        message += "; in an `IsolatedAsyncioTestCase` they run, and some may fail"
        return self.finding(
            context, case.owner, message, edits=changes.edits, imports=changes.imports, released=changes.released,
            also=changes.also, evidence=evidence,
        )  # fmt: skip


def _what(case: PlainCase) -> str:
    if case.tests:
        return "its async tests: they pass whatever they say"
    return "its async methods" if case.lost is None else "the async tests of its heirs: they pass whatever they say"
