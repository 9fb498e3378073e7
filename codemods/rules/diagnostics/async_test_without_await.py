"""PAM906: async tests that await nothing."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator

from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import is_generator, own_nodes
from codemods.semantics.memo import once
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.loop_scopes import runs_on_asyncio
from codemods.semantics.pytest.marks import Level
from codemods.semantics.pytest.owners import Owner, owners_of
from codemods.semantics.pytest.reach import Reach, reach_of
from codemods.semantics.pytest.runners import unknown_decorator
from codemods.semantics.pytest.suite import Test

_NOTHING_AWAITED = """\
import pytest


@pytest.mark.asyncio
async def test_name(user):
    assert user.name == "Ada"
"""

_ON_A_LOOP = """\
import asyncio

import pytest


@pytest.mark.asyncio
async def test_clock(clock):
    assert clock.loop is asyncio.get_running_loop()
"""
_SHARED = (Level.CLASS, Level.MODULE)
_WAITING = (ast.Await, ast.AsyncFor, ast.AsyncWith)
_LOOP = re.compile(
    r"^_*[A-Z]\w*[a-z]|(?i:loop|task|future|queue|server|client|session|connect|async|aio|trio|runner|event|lock)"
)
"""Names of what may need a running loop; classes may ask for it when they are called."""
_BUILT_IN = frozenset(name for name, each in vars(builtins).items() if isinstance(each, type))


class AsyncTestWithoutAwait(Rule):
    """Finds async tests that could be sync.

    ## What it does

    Lists async tests without `await`, `async for` and `async with` that ask for no async fixture and name nothing that may
    need a running loop: no class, and nothing that is called a loop, task, client, ... Left out are tests of a `TestCase`, those
    that nothing runs yet (PAM101), and those whose marker is that of their class or module: pytest-asyncio warns of sync tests
    under it.

    ## Why

    A sync test says that nothing in it waits, needs no marker, and is run by every runner. It is off by default: a suite may
    well have all of its tests async.

    ## Safety

    Changes nothing: what a test calls may need a running loop, and not say so.

    ## References

    - [ruff RUF029](https://docs.astral.sh/ruff/rules/unused-async/), which has no fix
    """

    code = "PAM906"
    name = "async-test-without-await"
    summary = "An async test awaits nothing"
    safety = Safety.MANUAL
    default = False
    triggers = (b"async def",)
    examples = (
        Example(_NOTHING_AWAITED, title="nothing is awaited"),
        Example(_ON_A_LOOP, title="it needs the running loop"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each test."""
        found = [
            each for each in context.suite.tests if each.is_async and each.test_case is None and each.doubt is None
        ]
        reach = reach_of(context.suite)
        for test in found:
            if _awaits_nothing(test) and not _may_need_loop(context, reach, test) and _is_ours(context, test):
                message = f"`{test.node.name}` awaits nothing: as a plain `def` it needs no event loop and no marker"
                yield self.finding(context, test.node, message)


def _is_ours(context: Context, test: Test) -> bool:
    """Say whether pytest-asyncio runs a test, and not by a mark of its class or module, of which a sync one warns."""
    if any(each.name == "asyncio" and each.level in _SHARED for each in context.suite.marks(test.node)):
        return False
    return runs_on_asyncio(Declaration(context, test.node)) and owners_of(context).of(test.node) is Owner.ASYNCIO


def _awaits_nothing(test: Test) -> bool:
    if all(
        isinstance(each, ast.Pass) or isinstance(getattr(each, "value", None), ast.Constant) for each in test.node.body
    ):
        return False  # nothing is written yet
    nodes = list(own_nodes(test.node))
    comprehensions = any(isinstance(each, ast.comprehension) and each.is_async for each in nodes)
    return not comprehensions and not any(isinstance(each, _WAITING) for each in nodes) and not is_generator(test.node)


def _may_need_loop(context: Context, reach: Reach, test: Test) -> bool:
    leads_to = reach.closure(test.node)
    if unknown_decorator(context.suite, test.node) or any(_names_loop(context.module, each) for each in leads_to):
        return True
    if any(isinstance(each, ast.AsyncFunctionDef) for each in leads_to - {test.node}):
        return True
    return any(_is_async(context, name) for name in context.suite.requested(test.node))


@once
def _names_loop(module: Module, node: ast.AST) -> bool:
    return any(_LOOP.search(name) for name in _names(node))


def _names(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and each.id not in _BUILT_IN:
            yield each.id
        elif isinstance(each, ast.Attribute) and each.attr not in ("asyncio", "usefixtures"):
            yield each.attr
        elif isinstance(each, ast.arg):
            yield each.arg


def _is_async(context: Context, name: str) -> bool:
    """Return whether a fixture of a conftest is async, or may be: it may give what belongs to the loop."""
    return context.module.answers.async_fixture(name) is not None
