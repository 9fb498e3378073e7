"""PAM101: async tests that nothing runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from codemods.edits.decorators import add_decorator
from codemods.model import Evidence, Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.file.arguments import argument, without_default
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import callee, walk
from codemods.semantics.pytest.decorator_effect import MAKES_SYNC
from codemods.semantics.pytest.local_fixtures import Source, bound_fixture
from codemods.semantics.pytest.marks import Decorator, Level, Mark
from codemods.semantics.pytest.projects.project import unrequired
from codemods.semantics.pytest.runners import (
    automatic_runner,
    driving,
    has_asyncio_mark,
    imported_runner,
    is_strict,
    other_runner,
    own_effect,
    runners,
    unknown_decorator,
)
from codemods.semantics.pytest.suite import Test

_MARK = "pytest.mark.asyncio"


class AddAsyncioMarker(Rule):
    """Marks async tests that no runner would run.

    ## What it does

    Puts `@pytest.mark.asyncio` on top of each collected `async def` test that has no asyncio marker of its own, of its
    class or of its module, where pytest-asyncio runs in strict mode.

    ## Why

    In strict mode, the default since pytest-asyncio 0.19, only marked tests run. pytest 8.4 and newer fail an unmarked
    async test; older versions skip it with a warning, so that it passes for years without having run once.

    ## Safety

    Safe: a test that didn't run starts to run, and may then show a failure that was there all the time. It needs review
    where nothing in the project names pytest-asyncio, and under `xfail(strict=True)`, which passed because nothing ran.
    Left alone: tests of anyio, trio, twisted and tornado, methods of a `TestCase`, tests whose base class or decorator
    isn't known, or with a fixture that makes a loop of its own, everything in auto mode, and projects with a hook that marks their tests (PAM914).

    ## References

    - [pytest-asyncio: modes](https://pytest-asyncio.readthedocs.io/en/stable/concepts.html#test-discovery-modes)
    - [pytest 8.4: async tests without a plugin fail](https://docs.pytest.org/en/stable/changelog.html#pytest-8-4-0-2025-06-02)
    """

    code = "PAM101"
    name = "add-asyncio-marker"
    summary = "An async test that nothing runs gets its asyncio marker"
    triggers = (b"async def",)
    examples = (
        Example(
            "import pytest\n\n\nasync def test_answer():\n    assert await answer() == 42\n",
            "import pytest\n\n\n@pytest.mark.asyncio\nasync def test_answer():\n    assert await answer() == 42\n",
        ),
        Example(
            "from pytest import mark\n\n\nclass TestUser:\n    @mark.parametrize('age', [1, 2])\n"
            "    async def test_age(self, age):\n        assert await check(age)\n",
            "from pytest import mark\n\n\nclass TestUser:\n    @mark.asyncio\n    @mark.parametrize('age', [1, 2])\n"
            "    async def test_age(self, age):\n        assert await check(age)\n",
        ),
        Example(
            "import pytest\n\npytestmark = pytest.mark.asyncio(loop_scope='module')\n\n\nasync def test_answer():\n    pass\n",
            title="covered by the module's mark, which a bare marker would hide",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each async test without a runner."""
        tests = [each for each in context.suite.tests if each.is_async and not _is_for_others(context, each)]
        if not tests:
            return
        config, project = context.config, context.project
        if not is_strict(config, project) or automatic_runner(config, project) or project.marking_hook:
            return
        found = [finding for test in tests for finding in self._test(context, test)]
        yield from found if project.without_plugin is None else self._unmarked(project.without_plugin, found)

    def _unmarked(self, pytest: Evidence, found: Sequence[Finding]) -> Iterator[Finding]:
        """Yield one finding for all of a file where nothing requires what would run them."""
        for first in found[:1]:
            count = len(found) - 1
            more = f", nor ha{'ve' if count > 1 else 's'} {count} more of the file" if count else ""
            message = f"{first.message.partition(';')[0]}{more}; left alone: {unrequired(pytest)}"
            yield replace(first, fix=None, safety=Safety.MANUAL, message=message)

    def _test(self, context: Context, test: Test) -> Iterator[Finding]:
        marks = context.suite.marks(test.node)
        if _is_helper(context, test):
            return
        if _names_runner(context, test) or _is_sync(context, test):
            return
        spelled = (context.module.segment(each.node) for each in context.suite.decorators(test.node))
        if any(each.startswith(_MARK) for each in spelled):
            return  # PAM922 says that it can't be told what `pytest` is there
        if (doubt := _doubt(context, test, marks)) is not None:
            if context.project.pytest_asyncio and not context.project.runners:
                yield self.finding(context, test.node, f"async test without asyncio marker left alone: {doubt}")
            return
        if (made := context.module.answers.loop_beside(context.module.qualname(test.node))) is not None:
            message = (
                f"async test without asyncio marker left alone: its fixture {made.fixture} ({made.evidence.place})"
            )
            message += " makes a loop of its own, and pytest-asyncio would run it on another"
            yield self.finding(context, test.node, message, evidence=(made.evidence,))
            return
        written = context.asyncio_mark(test.node)
        if written is None:
            yield self.finding(
                context,
                test.node,
                "async test without asyncio marker left alone: pytest is another name here",
            )
            return
        edit = add_decorator(context.module, test.node, written.text)
        safety, note = _safety(context, marks)
        message = f"async test `{test.node.name}` has no asyncio marker{note}"
        yield self.finding(context, test.node, message, edits=[edit], imports=written.imports, safety=safety)


def _is_for_others(context: Context, test: Test) -> bool:
    """Return whether it is marked, or nothing that pytest runs as a function."""
    if test.test_case is not None or test.node in context.module.generators:
        return True
    return has_asyncio_mark(context.suite.marks(test.node))


def _is_helper(context: Context, test: Test) -> bool:
    """Say whether a function is a script's own: its file calls it, with what no fixture gives."""
    module = context.module
    if not any(module.is_called(each) for each in module.loads.get(test.node.name, ())):
        return False
    names = [each.arg for each in without_default(test.node)]
    others = [each for each in names if bound_fixture(context.suite, test.node, each) is Source.OTHER_FILE]
    return bool(others) and not any(map(module.answers.has_fixture, others))


def _names_runner(context: Context, test: Test) -> bool:
    """Say whether a fixture, its own or another file's, or a value of one hands the test to a runner."""
    return other_runner(context, test.node) is not None or bool(runners(context, test.node))


def _is_sync(context: Context, test: Test) -> bool:
    """Say whether a decorator makes something of the test that pytest runs itself, PAM514 sees to, or is no test."""
    return any(_is_taken(context.module, each) for each in context.suite.decorators(test.node))


def _is_taken(module: Module, decorator: Decorator) -> bool:
    if driving(module, decorator) is not None or own_effect(module, decorator) == MAKES_SYNC:
        return True
    # A method of an object of the file registers the function: a command, a route, a handler.
    called = callee(decorator.node)
    root = next((each for each in walk(called) if isinstance(each, ast.Name)), None)
    local = module.only_binding(root) if isinstance(called, ast.Attribute) else None
    return isinstance(local, (ast.Name, ast.arg)) and module.resolve(called) is None


def _doubt(context: Context, test: Test, marks: list[Mark]) -> str | None:
    if test.doubt:
        return test.doubt
    if (library := imported_runner(context.module)) is not None:
        return f"the file imports {library} and not asyncio"
    for mark in marks:
        if mark.name is None:
            return f"it can't be told which marks `{context.module.segment(mark.node)}` stands for"
    if (decorator := unknown_decorator(context.suite, test.node)) is not None:
        return f"it can't be told what the decorator `{decorator}` makes of it"
    return None


def _safety(context: Context, marks: list[Mark]) -> tuple[Safety, str]:
    if context.project.pytest_asyncio is None:
        return Safety.REVIEW, "; nothing here names pytest-asyncio, which has to be installed to run it"
    for mark in marks:
        if mark.name == "xfail" and mark.level is not Level.PARAMETER:
            if _is_strict_xfail(mark):
                return Safety.REVIEW, "; its strict xfail holds only because it never runs"
            return Safety.SAFE, "; its xfail was never put to the test"
    return Safety.SAFE, ""


def _is_strict_xfail(mark: Mark) -> bool:
    strict = argument(mark.call, "strict")
    return strict is not None and not (isinstance(strict, ast.Constant) and strict.value is False)
