"""PAM607: the fixture ``event_loop_policy``, which loop factories replace."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.edits.functions import replace_definition
from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.loops._factories import HOOKS, factory_of_policy, hook, is_conftest
from codemods.semantics.file.order import walk
from codemods.semantics.pytest.runners import is_off
from codemods.semantics.pytest.suite import Fixture
from codemods.semantics.pytest.values.instances import given_values

_NAME = "event_loop_policy"


class EventLoopPolicy(Rule):
    """Replaces the fixture `event_loop_policy` by a hook that names loop factories.

    ## What it does

    Where the suite runs under pytest-asyncio 1.4 or newer (`--target-version`, or what its requirement asks for), a
    fixture `event_loop_policy` in a conftest that returns a new policy of uvloop or asyncio becomes the hook
    `pytest_asyncio_loop_factories` with the factory of the same loops.

    ## Why

    Overriding the fixture is deprecated since pytest-asyncio 1.4, and Python 3.16 removes policies.

    ## Safety

    Needs review: the hook holds for all tests below its conftest, and a policy can do more than make loops. Fixtures in
    test modules, with parameters or with more than one statement are left alone.

    ## References

    - [pytest-asyncio 1.4](https://pytest-asyncio.readthedocs.io/en/stable/reference/changelog.html)
    - [custom loop factories](https://pytest-asyncio.readthedocs.io/en/stable/how-to-guides/custom_loop_factory.html)
    """

    code = "PAM607"
    name = "event-loop-policy"
    summary = "The fixture `event_loop_policy` becomes a hook with loop factories (pytest-asyncio 1.4)"
    safety = Safety.REVIEW
    triggers = (b"event_loop_policy",)
    examples = (
        Example(
            'import pytest\nimport uvloop\n\n\n@pytest.fixture(scope="session")\ndef event_loop_policy():\n'
            "    return uvloop.EventLoopPolicy()\n",
            title="the suite may run under pytest-asyncio 1.3",
            path="conftest.py",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each such fixture, where the version asks for factories."""
        if context.target < HOOKS or context.project.pytest_asyncio is None or is_off(context.config, context.project):
            return
        for fixture in context.suite.fixtures:
            if fixture.name == _NAME:
                yield self._fixture(context, fixture)

    def _fixture(self, context: Context, fixture: Fixture) -> Finding:
        message = "the fixture `event_loop_policy` is deprecated"
        if (text := _hook(context, fixture)) is None:
            message = f"{message}: write a hook `pytest_asyncio_loop_factories` in a conftest.py instead"
            return self.finding(context, fixture.node, message)
        edit = replace_definition(context.module, fixture.node, text)
        names = {each.id for each in walk(fixture.node) if isinstance(each, ast.Name)}
        return self.finding(context, fixture.node, message, edits=[edit], released=tuple(sorted(names)))


def _hook(context: Context, fixture: Fixture) -> str | None:
    module, node = context.module, fixture.node
    is_plain = len(node.body) == 1 and len(node.decorator_list) == 1 and not _asks(node)
    if not is_conftest(module.path) or not is_plain or _has_parameters(fixture):
        return None
    values = given_values(module, node)
    factory = factory_of_policy(module, values[0]) if len(values) == 1 else None
    return hook(factory) if factory is not None else None


def _asks(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return bool(node.args.args or node.args.kwonlyargs or node.args.posonlyargs)


def _has_parameters(fixture: Fixture) -> bool:
    keywords = fixture.decorator.call.keywords if fixture.decorator.call else []
    return any(each.arg in ("params", "autouse") for each in keywords)
