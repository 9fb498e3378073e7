"""PAM604: a project's own ``event_loop`` fixture, which no longer has a say in which loop runs."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from codemods.analysis.graph.hooks import MARKING, reach
from codemods.analysis.loops.overrides import Override, OverrideKind, classify_override, module_loop
from codemods.edits.functions import replace_definition
from codemods.model import Evidence, Finding, Fix, Leftover, Safety
from codemods.rules.base import Example, ProjectContext, ProjectRule
from codemods.rules.loops._default_scopes import beyond, default_loop_scopes
from codemods.rules.loops._factories import HOOKS, factory, hook, is_conftest, policy, policy_fixture
from codemods.rules.loops._override_edits import freed_names, removal, set_up_edits, together, without_requests
from codemods.rules.loops._override_uses import NAME, askers, mentions, runners
from codemods.rules.loops._scope_edits import CannotStateError, ScopeEdits
from codemods.semantics.file.arguments import argument
from codemods.semantics.file.order import walk
from codemods.semantics.pytest.attributes import UNKNOWN
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.marks import aliased_value
from codemods.semantics.pytest.runners import owns_loops

_PLUGIN = re.compile(r"pytest[-_]?asyncio", re.I)
_MESSAGE = "the fixture `event_loop` no longer makes the loop that tests run on"


class CustomEventLoopFixture(ProjectRule):
    """Removes a project's own `event_loop` fixture and keeps what it was for.

    ## What it does

    Where the fixture only makes a loop and closes it, it goes. Where other statements stand around its `yield`, they
    stay, as an autouse fixture without the loop. If it had a wider scope than a function, the async tests and fixtures
    that it held for get that `loop_scope`: where it stands in the conftest of all tests, as the default in pytest's
    configuration, otherwise one by one; a loop that the module makes once is as wide as the module. A loop of uvloop stays one: through a hook with loop factories from
    pytest-asyncio 1.4 on, through a fixture `event_loop_policy` before. Async tests and fixtures that ask for the fixture
    get the running loop instead. All files together are one finding.

    ## Why

    pytest-asyncio 1.0 removed its `event_loop` fixture. Since then a fixture of that name is like any other: the loop
    that it makes isn't the one that tests run on, and nothing uses it unless a test asks for it, so what else it sets up
    isn't set up.

    ## Safety

    Needs review: what was set up for async tests only is now set up for all tests in its reach, and tests that share a
    loop see each other's leftovers. Left alone: a fixture that changes its loop (`set_debug`), makes one by other means,
    or is named elsewhere; one of a wider scope whose tests may get theirs from a collection hook; and one that sync code
    asks for, which would no longer find it: PAM606 comes first. Passed over: one that is there only with some versions of
    pytest-asyncio.

    ## References

    - [migrating from 0.21](https://pytest-asyncio.readthedocs.io/en/stable/how-to-guides/migrate_from_0_21.html)
    - [custom loop factories](https://pytest-asyncio.readthedocs.io/en/stable/how-to-guides/custom_loop_factory.html)
    """

    code = "PAM604"
    name = "custom-event-loop-fixture"
    summary = "A project's own `event_loop` fixture goes, and what it was for stays"
    safety = Safety.REVIEW
    triggers = (b"event_loop",)
    examples = (
        Example(
            "import asyncio\n\nimport pytest\n\n\n@pytest.fixture\ndef event_loop():\n"
            "    loop = asyncio.new_event_loop()\n    yield loop\n    loop.close()\n\n\n"
            "@pytest.mark.asyncio\nasync def test_it():\n    assert await answer() == 42\n",
            "import pytest\n\n\n@pytest.mark.asyncio\nasync def test_it():\n    assert await answer() == 42\n",
        ),
        Example(
            "import asyncio\n\nimport pytest\n\n\n@pytest.fixture\ndef event_loop():\n    server = start_server()\n"
            "    loop = asyncio.new_event_loop()\n    yield loop\n    loop.close()\n    server.stop()\n\n\n"
            "@pytest.mark.asyncio\nasync def test_it():\n    assert await ask() == 42\n",
            "import pytest\n\n\n@pytest.fixture(autouse=True)\ndef setup_teardown():\n    server = start_server()\n"
            "    yield\n    server.stop()\n\n\n"
            "@pytest.mark.asyncio\nasync def test_it():\n    assert await ask() == 42\n",
        ),
        Example(
            "import asyncio\n\nimport pytest\n\n\n@pytest.fixture\ndef event_loop():\n    return asyncio.new_event_loop()\n\n\n"
            "def test_it(event_loop):\n    assert not run_forever(event_loop)\n",
            title="a test asks for it",
        ),
    )

    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        """Yield a finding for each override."""
        fixtures = (each for path in context.candidates(*self.triggers) for each in context.graph.fixtures_of(path))
        for override in fixtures:
            if override.name == NAME and _is_ours(override) and not _is_for_others(override):
                yield self._override(context, override, context.mentioning(*self.triggers))

    def _override(self, context: ProjectContext, override: Declaration, mentioning: Sequence[str]) -> Finding:
        users = askers(context.graph, mentioning, override)
        try:
            fix, other_files = _fix(context, override, users, mentions(context, mentioning, override))
        except CannotStateError as error:
            message = f"{_MESSAGE}; left alone: {error}"
            evidence = tuple(each.context.module.evidence(each.node) for each in users)
            return self.finding(override.context, override.node, message, evidence=evidence)
        return self.finding(
            override.context, override.node, _message(override), edits=fix.edits, imports=fix.imports,
            released=fix.released, other_files=other_files,
        )  # fmt: skip


def _is_ours(override: Declaration) -> bool:
    config, project = override.context.config, override.context.project
    return project.pytest_asyncio is not None and owns_loops(config, project)


def _is_for_others(override: Declaration) -> bool:
    """Say whether something about pytest-asyncio itself decides that it is there: the project knows its versions."""
    module = override.context.module
    tests = [each.test for each in module.ancestors(override.node) if isinstance(each, ast.If)]
    names = [each for test in tests for each in walk(test) if isinstance(each, ast.Name)]
    values = (aliased_value(module, each) for each in names)
    return any(_PLUGIN.search(module.segment(each)) for each in (*tests, *filter(None, values)))


def _message(override: Declaration) -> str:
    found = classify_override(override.context.module, override.node)
    return f"{_MESSAGE}, so what else it sets up isn't set up" if found.kind is OverrideKind.SETUP else _MESSAGE


def _fix(
    context: ProjectContext, override: Declaration, users: Sequence[Declaration], named: Sequence[Evidence]
) -> tuple[Fix, Mapping[str, Fix]]:
    """Return what is to be done in the file of an override, and what in others.

    Raises:
        CannotStateError: It can't be done without a person; the message says why.
    """
    found = classify_override(override.context.module, override.node)
    affected = runners(context, override)
    if override.fixture is not None and argument(override.fixture.decorator.call, "params") is not None:
        raise CannotStateError("what asks for it runs once for each of its parameters")
    if found.others_use_loop:
        raise CannotStateError("what else it sets up uses the loop: make an async fixture of that")
    if found.kind is OverrideKind.OTHER or override.scope is None:
        raise CannotStateError("what it does with the loop isn't understood")
    if found.kind is OverrideKind.SETUP and not affected:
        raise CannotStateError("what else it sets up is for async tests, and there are none")
    if unsure := [each for each in users if context.graph.resolve(each, NAME) is UNKNOWN]:
        raise CannotStateError(f"only a run can tell whether {_asks(unsure[0])}")
    if (requests := without_requests(users)) is None:
        raise CannotStateError(_asks(users[0]))
    if others := [each for each in named if not any(_stands_in(each, user) for user in users)]:
        place = f"({others[0].path}:{others[0].line})"
        raise CannotStateError(f"it is named in another way {place}" if others[0].text else _unparsed(others[0].path))
    parts = defaultdict(list, {override.path: [_own(context, override, found)]})
    scope = _scope(override) or override.scope
    for fixes in (requests, _scopes(context, override, affected, scope) if scope != "function" else {}):
        for path, part in fixes.items():
            parts[path].append(part)
    merged = {path: together(each) for path, each in parts.items()}
    return merged.pop(override.path), merged


def _asks(user: Declaration) -> str:
    return f"`{user.name}` asks for it ({user.path}:{user.node.lineno})"


def _unparsed(path: str) -> str:
    return f"{path} names it, and can't be parsed"


def _stands_in(evidence: Evidence, user: Declaration) -> bool:
    return evidence.path == user.path and user.node.lineno <= evidence.line <= (user.node.end_lineno or 0)


def _own(context: ProjectContext, override: Declaration, found: Override) -> Fix:
    """Return what becomes of the fixture itself."""
    if found.kind is OverrideKind.SETUP:
        return Fix(tuple(set_up_edits(context, override, found)), (), freed_names(override, found))
    if found.kind is OverrideKind.PLAIN:
        shared = module_loop(override.context.module, override.node)
        return Fix((removal(override),), (), (*freed_names(override), *([Leftover(shared)] if shared else [])))
    if (text := _replacement(override, found)) is None:
        advice = "write a hook `pytest_asyncio_loop_factories` in a conftest.py (pytest-asyncio 1.4) instead"
        raise CannotStateError(f"it makes another kind of loop, or changes one: {advice}")
    edit = replace_definition(override.context.module, override.node, text)
    return Fix((edit,), (), freed_names(override))


def _scopes(
    context: ProjectContext, override: Declaration, affected: Sequence[Declaration], scope: str
) -> Mapping[str, Fix]:
    """Return what has all that shared the override's loop share one again, by path."""
    hooks = context.mentioning(*MARKING)
    if any(reach(hooks, each.path) for each in affected):
        raise CannotStateError(f"a hook in {hooks[0]} may set the loops of its tests")
    default = default_loop_scopes(context, override.context.config, scope, affected)
    edits = ScopeEdits(context.graph, scope)
    edits.state(beyond(affected, scope) if default else affected)
    return {**edits.fixes(), **default}


def _scope(override: Declaration) -> str | None:
    """Return how long the loop of a module lasts that a fixture hands out."""
    if module_loop(override.context.module, override.node) is None:
        return None
    return "session" if is_conftest(override.path) else "module"


def _replacement(override: Declaration, found: Override) -> str | None:
    """Return what has tests run on another kind of loop: a hook, or for 1.3 a fixture with its policy."""
    if override.context.target >= HOOKS:
        made = factory(override, found) if is_conftest(override.path) else None
        return hook(made) if made is not None else None
    made, pytest = policy(override, found), override.context.reference("pytest", override.node)
    return policy_fixture(pytest.text, made) if made is not None and pytest is not None else None
