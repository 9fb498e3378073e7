"""PAM702: asynctest's TestCase becomes IsolatedAsyncioTestCase."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.isolating import hook_edits
from codemods.edits.calls import replace_attribute
from codemods.edits.classes import replace_base
from codemods.edits.decorators import remove_decorators
from codemods.edits.statements import remove_statement
from codemods.model import Edit, Finding, Import, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.legacy._async_cases import Family, doubt, families, own_methods
from codemods.rules.legacy._asynctest import TEST_CASE, is_asynctest, name_of
from codemods.rules.legacy._asynctest_checks import check_doubts, check_name, is_known, settings
from codemods.rules.legacy._case_loops import getter, keeps_own, loop_doubt, loop_uses
from codemods.rules.mocks._writing import CantWriteError
from codemods.semantics.file.order import walk
from codemods.semantics.pytest.test_cases import ISOLATED_CASE, async_hooks

_BEFORE = """\
import asynctest


class TestClient(asynctest.TestCase):
    use_default_loop = True

    async def setUp(self):
        self.client = await connect(loop=self.loop)

    @asynctest.fail_on(unused_loop=False)
    def test_name(self):
        self.assertTrue(self.client.name)

    async def test_ping(self):
        self.assertTrue(await self.client.ping())
"""

_AFTER = """\
import asyncio
from unittest import IsolatedAsyncioTestCase


class TestClient(IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.client = await connect(loop=asyncio.get_running_loop())

    def test_name(self):
        self.assertTrue(self.client.name)

    async def test_ping(self):
        self.assertTrue(await self.client.ping())
"""

_RETURNS = """\
import asynctest


class TestClient(asynctest.TestCase):
    def test_ping(self):
        return self.ping()
"""


class AsynctestTestCase(Rule):
    """Makes asynctest's `TestCase` the `IsolatedAsyncioTestCase` of `unittest`.

    ## What it does

    Writes the base `IsolatedAsyncioTestCase`, and changes the class and those of the file that derive from it with it:
    async `setUp` and `tearDown` become `asyncSetUp` and `asyncTearDown`; `self.loop` becomes `asyncio.get_running_loop()`,
    in sync methods `asyncio.get_event_loop()`, which is the loop of the test there; `use_default_loop`,
    `forbid_get_event_loop`, `@lenient` and `@fail_on(unused_loop=False)` go.

    ## Why

    `import asynctest` fails since Python 3.11. `unittest` has run async tests itself since 3.8.

    ## Safety

    Needs review: the loop is in debug mode, and async set-up, test and tear-down are one task now. Left alone, with the
    reason: sync tests that return something (asynctest awaits it, unittest doesn't), generators (PAM706 first), decorators
    and base classes that aren't known, checks that are switched on (`fail_on(unused_loop=True)`, `strict`),
    `assertAsyncRaises` and its like, a `self.loop` that a thread may use, and base classes for the tests of other files.

    ## References

    - [asynctest: TestCase](https://asynctest.readthedocs.io/en/latest/asynctest.case.html)
    - [IsolatedAsyncioTestCase](https://docs.python.org/3/library/unittest.html#unittest.IsolatedAsyncioTestCase)
    """

    code = "PAM702"
    name = "asynctest-testcase"
    summary = "asynctest's TestCase becomes IsolatedAsyncioTestCase"
    safety = Safety.REVIEW
    triggers = (b"asynctest",)
    examples = (Example(_BEFORE, _AFTER), Example(_RETURNS, title="a test that returns a coroutine"))

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each class of asynctest, with those that derive from it."""
        if "asynctest" in context.project.own_libraries:
            return
        for family in families(context.module, _is_base):
            yield self._family(context, family)

    def _family(self, context: Context, family: Family) -> Finding:
        message = f"`{family.root.name}` is asynctest's `TestCase`, which can't be imported since Python 3.11"
        reason = _doubt(context, family)
        imports: list[Import] = []
        edits: list[Edit] = []
        if reason is None:
            try:
                edits = [*_bases(context, family, imports), *_hooks(context, family), *_loops(context, family, imports)]
                edits += [*_decorators(context, family), *_settings(context, family)]
            except CantWriteError as error:
                reason = str(error)
        if reason is not None:
            return self.finding(context, family.root, f"{message}; left alone: {reason}")
        return self.finding(
            context, family.root, f"{message}; `IsolatedAsyncioTestCase` of unittest runs async tests, too", edits=edits,
            imports=tuple(dict.fromkeys(imports)), released=_released(context, family),
        )  # fmt: skip


def _is_base(dotted: str | None) -> bool:
    return dotted is not None and is_asynctest(dotted) and name_of(dotted) == TEST_CASE


def _doubt(context: Context, family: Family) -> str | None:
    for member in family.members:
        for hook in async_hooks(context.module, member):
            if (evidence := context.project.hooks.get(hook.name)) is not None:
                return f"`{hook.name}` is looked up by its name in {evidence.place}"
    found = doubt(context.suite, family, is_known) or loop_doubt(context.module, family)
    return found or next(check_doubts(context.suite, family), None)


def _text(context: Context, dotted: str, at: ast.AST, imports: list[Import]) -> str:
    reference = context.reference(dotted, at)
    if reference is None:
        raise CantWriteError(f"`{dotted.partition('.')[0]}` is another name here")
    imports += reference.imports
    return reference.text


def _bases(context: Context, family: Family, imports: list[Import]) -> Iterator[Edit]:
    for owner, index in family.bases:
        text = _text(context, ISOLATED_CASE, owner, imports)
        yield replace_base(context.module, owner, index, text)


def _hooks(context: Context, family: Family) -> Iterator[Edit]:
    for member in family.members:
        for hook in async_hooks(context.module, member):
            yield from hook_edits(context.module, hook)


def _loops(context: Context, family: Family, imports: list[Import]) -> Iterator[Edit]:
    for each in [] if keeps_own(context.module, family) else loop_uses(context.module, family):
        text = f"{_text(context, getter(context.module, each), each, imports)}()"
        yield replace_attribute(context.module, each, text)


def _decorators(context: Context, family: Family) -> Iterator[Edit]:
    for node in own_methods(context.module, family):
        if found := [each.index for each in context.suite.decorators(node) if check_name(each)]:
            yield remove_decorators(context.module, node, found)


def _settings(context: Context, family: Family) -> Iterator[Edit]:
    found = settings(context.module, family)
    for member in family.members:
        if any(each not in found for each in member.body):
            yield from (remove_statement(context.module, each) for each in found if each in member.body)


def _released(context: Context, family: Family) -> tuple[str, ...]:
    places = [owner.bases[index] for owner, index in family.bases]
    places += [
        each.node for node in own_methods(context.module, family)
        for each in context.suite.decorators(node) if check_name(each)
    ]  # fmt: skip
    names = (each.id for place in places for each in walk(place) if isinstance(each, ast.Name))
    return tuple(dict.fromkeys(names))
