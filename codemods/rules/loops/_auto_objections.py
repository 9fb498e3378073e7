"""What speaks against auto mode in a suite that doesn't run in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.edits.configuration import set_option
from codemods.model import Edit, Evidence
from codemods.rules.base import ProjectContext
from codemods.rules.loops._bare_marks import asyncio_marks, candidates
from codemods.rules.loops._governed import Governed
from codemods.rules.loops._modes import KEY, commands, configuration, configuration_text, lines_of, mode_edits
from codemods.semantics.file.order import walk
from codemods.semantics.pytest.configuration.pytest_lookup import ENVIRONMENT
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.projects.project import OWN_FIXTURE
from codemods.semantics.pytest.runners import driving, is_strict, unknown_decorator
from codemods.semantics.pytest.suite import PLAIN_FIXTURES

Objection = tuple[str, Evidence]
_HARMLESS = frozenset({"aiohttp", "asynctest"})
"""Runners that build on pytest-asyncio, or on unittest, whose tests it doesn't take."""
_WAITING = frozenset({"__anext__", "__await__"})


def auto_edits(each: Governed) -> list[Edit]:
    """Return what sets auto mode in a configuration, nothing if it is set."""
    if each.config.mode_evidence is None:
        return [set_option(each.path, KEY, "auto")]
    file = configuration(each.path, each.text)
    old = ("strict", "legacy") if each.config.asyncio_mode == "strict" else ("legacy",)
    return [edit for mode in old for edit in mode_edits(file, each.path, mode, "auto")] if file is not None else []


def objections(context: ProjectContext, each: Governed, edits: list[Edit]) -> Iterator[Objection]:
    """Yield why a configuration is not to have auto mode, or is not to count on it."""
    yield from _forced(context, each, edits)
    yield from ((f"{name} runs coroutines, too", place) for name, place in _runners(each))
    for place in each.project.marker_users:
        yield "asyncio markers are read, or added, by something else", place
    if (pin := each.project.forbids(OWN_FIXTURE)) is not None:
        yield f"pytest-asyncio has auto mode from {'.'.join(map(str, OWN_FIXTURE))} on", pin
    if is_strict(each.config, each.project):
        yield from _taken(context, each)


def _runners(each: Governed) -> Iterator[tuple[str, Evidence]]:
    found = {**each.project.runners, **each.project.auto_runners}
    yield from ((name, place) for name, place in sorted(found.items()) if name not in _HARMLESS)
    if "aiohttp" in each.project.auto_runners:
        yield "pytest-aiohttp below 1.0", each.project.auto_runners["aiohttp"]


def _forced(context: ProjectContext, each: Governed, edits: list[Edit]) -> Iterator[Objection]:
    place = each.config.mode_evidence
    if place is not None and place.path == ENVIRONMENT:
        yield f"the environment variable {ENVIRONMENT} sets the mode", place
    if each.project.mode == "strict" and each.project.mode_evidence is not None:
        yield "something else asks for strict mode", each.project.mode_evidence
    for path in context.configuration:
        text = configuration_text(context, path)
        if "strict" in text and "asyncio" in text:
            done = lines_of(path, text, edits) if path == each.path else set()
            yield from (
                ("something else asks for strict mode", found) for found in commands(path, text, "strict", done)
            )


def _taken(context: ProjectContext, each: Governed) -> Iterator[Objection]:
    """Yield the unmarked tests and plain fixtures whose users pass because nothing runs these."""
    for path in each.files:
        file = context.file(path) if b"async def" in context.data(path) else None
        for user in candidates(file) if file is not None else ():
            if user.is_async and _expects_nothing(context, user):
                yield (
                    "an unmarked test is expected to fail, and nothing has run it",
                    user.context.module.evidence(user.node),
                )
    for fixture in _plain_fixtures(context, each):
        if (relying := _relying(context, each, fixture)) is not None:
            text = f"`{fixture.name}` is an async fixture that nothing runs, and one that uses it may rely on that"
            yield text, relying.context.module.evidence(relying.node)


def unmarked(context: ProjectContext, each: Governed) -> list[Declaration]:
    """Return the async tests under a configuration that have no marker and nothing else that runs them."""
    found = []
    for path in each.files:
        file = context.file(path) if b"async def" in context.data(path) else None
        tests = candidates(file) if file is not None and file.suite.is_test_module else ()
        found += [each for each in tests if each.is_async and _is_certain(each) and _is_unmarked(context, each)]
    return found


def _is_certain(user: Declaration) -> bool:
    return unknown_decorator(user.context.suite, user.node) is None


def _is_unmarked(context: ProjectContext, user: Declaration) -> bool:
    if any(driving(user.context.module, each) for each in user.context.suite.decorators(user.node)):
        return False
    return any(not marks for marks in asyncio_marks(context, user))


def _expects_nothing(context: ProjectContext, user: Declaration) -> bool:
    fails = any(mark.name == "xfail" for mark in user.context.suite.marks(user.node))
    return fails and _is_unmarked(context, user)


def _plain_fixtures(context: ProjectContext, each: Governed) -> list[Declaration]:
    found = []
    for path in (*each.files, *context.others):
        data = context.data(path)
        if b"async def" in data and b"fixture" in data:
            found += [user for user in context.graph.fixtures_of(path) if user.is_async and _is_plain(user)]
    return found


def _is_plain(user: Declaration) -> bool:
    return user.fixture is not None and user.fixture.decorator.name in PLAIN_FIXTURES


def _relying(context: ProjectContext, each: Governed, fixture: Declaration) -> Declaration | None:
    """Return a sync test or fixture that gets the coroutine, or an async one that awaits it by itself."""
    graph, name = context.graph, fixture.name.encode()
    for path in each.files:
        if fixture.is_autouse is False and name not in context.data(path):
            continue
        tests = graph.tests_of(path)
        for user in (*tests, *graph.fixtures_of(path)):
            if fixture.name in graph.requested(user) and fixture in graph.candidates(user, fixture.name):
                if not user.is_async or _awaits(user, fixture.name):
                    return user
        if fixture.is_autouse is not False:
            found = (user for user in tests if not user.is_async and fixture in graph.reachable(user))
            if (first := next(found, None)) is not None:
                return first
    return None


def _awaits(user: Declaration, name: str) -> bool:
    for node in walk(user.node):
        if isinstance(node, (ast.Await, ast.AsyncFor, ast.comprehension)):
            value = node.value if isinstance(node, ast.Await) else node.iter
            given = [value, *_given_to_asyncio(user, value)]
        elif isinstance(node, ast.Attribute) and node.attr in _WAITING:
            given = [node.value]
        else:
            continue
        if any(isinstance(each, ast.Name) and each.id == name for each in given):
            return True
    return False


def _given_to_asyncio(user: Declaration, node: ast.expr) -> list[ast.expr]:
    """Return the arguments of a call of asyncio's, which may await them."""
    is_asyncios = isinstance(node, ast.Call) and (user.context.module.resolve(node.func) or "").startswith("asyncio.")
    return node.args if isinstance(node, ast.Call) and is_asyncios else []
