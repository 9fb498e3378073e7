"""PAM605: async tests and fixtures that ask for ``event_loop``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.dynamic_requests import asked_name
from codemods.analysis.loops.parameter import NAME, asked, loop_parameter, obstacle, visible_override
from codemods.analysis.loops.running import is_read, without_parameter
from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.loops._requests import Request, requests
from codemods.semantics.file.order import Definition
from codemods.semantics.pytest.owners import Owner, Owners, owners_of
from codemods.semantics.pytest.projects.project import before_python
from codemods.semantics.pytest.runners import owns_loops
from codemods.semantics.pytest.suite import OTHER_FIXTURES

_SINCE = (3, 7)
"""The first Python with ``asyncio.get_running_loop``."""


class EventLoopParam(Rule):
    """Async tests and fixtures get the running loop, and no longer ask for `event_loop`.

    ## What it does

    Takes the parameter `event_loop` away from async tests and fixtures. Where the name is read, also by a function inside,
    the body begins with `event_loop = asyncio.get_running_loop()`. `usefixtures("event_loop")` goes, too. Helpers that
    are handed the loop keep their parameter.

    ## Why

    pytest-asyncio 1.0 removed the fixture: "fixture 'event_loop' not found". Each test and each fixture runs in a loop
    that it can ask for.

    ## Safety

    Safe: the loop that `event_loop` was is the one that runs. It needs review where nothing in the project names
    pytest-asyncio, where the loop of the project's own plain fixture `event_loop` is read: that isn't the running one; and where it is read
    in a project that runs on a Python below 3.7, which has no `get_running_loop`.
    Left alone: parameters that a decorator fills, functions that are called by name, tests of other runners, and all that
    see a fixture `event_loop` of the project that does more than make a loop, since its set-up would be lost.

    ## References

    - [pytest-asyncio: migrating from 0.21](https://pytest-asyncio.readthedocs.io/en/stable/how-to-guides/migrate_from_0_21.html)
    - [pytest-asyncio 1.0.0](https://pytest-asyncio.readthedocs.io/en/stable/reference/changelog.html)
    """

    code = "PAM605"
    name = "event-loop-param"
    summary = "Async tests and fixtures ask asyncio for the running loop instead of `event_loop`"
    triggers = (b"event_loop",)
    examples = (
        Example(
            "import pytest\n\n\n@pytest.mark.asyncio\nasync def test_answer(event_loop, client):\n    assert await client.get() == 42\n",
            "import pytest\n\n\n@pytest.mark.asyncio\nasync def test_answer(client):\n    assert await client.get() == 42\n",
        ),
        Example(
            'import pytest_asyncio\n\n\n@pytest_asyncio.fixture\nasync def server(event_loop):\n    """A running server."""\n'
            "    server = Server(loop=event_loop)\n    await server.start()\n    yield server\n    await server.stop()\n",
            'import asyncio\n\nimport pytest_asyncio\n\n\n@pytest_asyncio.fixture\nasync def server():\n    """A running server."""\n'
            "    event_loop = asyncio.get_running_loop()\n    server = Server(loop=event_loop)\n    await server.start()\n"
            "    yield server\n    await server.stop()\n",
            path="conftest.py",
        ),
        Example(
            "import pytest\n\n\nasync def fetch(event_loop, url):\n    return await event_loop.run_in_executor(None, get, url)\n",
            title="a helper, which is handed a loop",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each async test and fixture that asks for ``event_loop``."""
        if not owns_loops(context.config, context.project):
            return
        owners = owners_of(context)
        for node in _candidates(context):
            if loop_parameter(node) is not None:
                yield from self._function(context, owners, node)
        for request in requests(context.suite):
            yield from self._request(context, owners, request)
        yield from self._dynamic(context)

    def _dynamic(self, context: Context) -> Iterator[Finding]:
        """Yield the places that ask for it by name while a test runs."""
        calls = [each for each in context.module.nodes(ast.Call) if asked_name(each) == NAME]
        for call in calls if context.project.pytest_asyncio else ():
            function = context.module.function_of(call)
            known = isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
            if known and visible_override(context.suite, function) is None:  # type: ignore[arg-type]
                message = f"`getfixturevalue` asks for `{NAME}`, which pytest-asyncio 1.0 removed"
                yield self.finding(context, call, f"{message}: write `asyncio.get_running_loop()` in an async test")

    def _function(self, context: Context, owners: Owners, node: Definition) -> Iterator[Finding]:
        owner = owners.of(node)
        if owner is not Owner.ASYNCIO:
            if owner is Owner.UNKNOWN:
                yield self.finding(context, node, _left(node, "it can't be told whose loop it runs in"))
            return
        if (reason := obstacle(context, node)) is not None:
            yield self.finding(context, node, _left(node, reason))
            return
        yield self._fix(context, node)

    def _fix(self, context: Context, node: Definition) -> Finding:
        if (fix := without_parameter(context, node)) is None:
            return self.finding(context, node, _left(node, "asyncio is another name here"))
        doubt = before_python(context.project, _SINCE) if is_read(context, node) else None
        return self.finding(
            context, node, f"{asked(context, node)}; {doubt}" if doubt else asked(context, node), edits=fix.edits,
            imports=fix.imports, released=fix.released, safety=Safety.REVIEW if doubt else _safety(context, node),
        )  # fmt: skip

    def _request(self, context: Context, owners: Owners, request: Request) -> Iterator[Finding]:
        nodes = [test.node for test in request.tests]
        message = f"`usefixtures` asks for `{NAME}`, which pytest-asyncio 1.0 removed"
        if not all(isinstance(each, ast.AsyncFunctionDef) and owners.of(each) is Owner.ASYNCIO for each in nodes):
            if context.project.pytest_asyncio and not any(visible_override(context.suite, each) for each in nodes):
                yield self.finding(context, request.mark.node, f"{message}; left alone: not all of its tests are async")
            return
        edit = request.removal(context.module)
        found = [visible_override(context.suite, each) for each in nodes]
        if edit is None or any(found):
            yield self.finding(context, request.mark.node, f"{message}: left alone")
            return
        safety = Safety.SAFE if context.project.pytest_asyncio else Safety.REVIEW
        yield self.finding(context, request.mark.node, message, edits=[edit], released=("pytest",), safety=safety)


def _candidates(context: Context) -> Iterator[Definition]:
    for test in context.suite.tests:
        if test.is_async and test.test_case is None:
            yield test.node
    for fixture in context.suite.fixtures:
        if fixture.is_async and fixture.name != NAME and fixture.decorator.name not in OTHER_FIXTURES:
            yield fixture.node


def _left(node: Definition, reason: str) -> str:
    return f"`{node.name}` keeps its parameter `{NAME}`: {reason}"


def _safety(context: Context, node: Definition) -> Safety:
    if context.project.pytest_asyncio is None or (is_read(context, node) and visible_override(context.suite, node)):
        return Safety.REVIEW
    return Safety.SAFE
