"""PAM902: a fixture that asks for one that doesn't live as long."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codemods.analysis.graph.plain_data import gives_plain_data
from codemods.model import Evidence, Finding, Safety
from codemods.rules.base import Context, Example, ProjectContext, ProjectRule
from codemods.semantics.pytest.attributes import UNKNOWN
from codemods.semantics.pytest.declarations import SCOPES, Declaration, fixtures_in
from codemods.semantics.pytest.fixture_graph import FixtureGraph
from codemods.semantics.pytest.loop_scopes import loop_scope, outlives_its_loop, states_loop_scope

_OF_PYTEST = frozenset(
    {"caplog", "capfd", "capfdbinary", "capsys", "capsysbinary", "monkeypatch", "recwarn", "tmp_path", "tmpdir"}
)
"""Fixtures of pytest itself that live for a function."""
_WIDE = re.compile(rb"fixture\s*\((?:[^()]|\([^()]*\))*scope")
"""What stands where a fixture states its scope, or that of its loop."""


class ScopeMismatch(ProjectRule):
    """Finds fixtures that ask for a fixture, or run on an event loop, that doesn't live as long as they do.

    ## What it does

    Follows what fixtures of a wide scope ask for, as pytest does from where a test stands, and lists those that get a
    fixture of a narrower scope. So it does with fixtures of pytest-asyncio whose `loop_scope=` names a narrower one.

    ## Why

    pytest sets none of them up: each test that uses one ends with *ScopeMismatch*.

    ## Safety

    Changes nothing: whether one should live longer or the other shorter is a decision. Async fixtures that need the loop
    of their scope, or that the configured default gives a narrower one, are PAM603's.

    ## References

    - [pytest: fixture scopes](https://docs.pytest.org/en/stable/how-to/fixtures.html#scope-sharing-fixtures-across-classes-modules-packages-or-session)
    """

    code = "PAM902"
    name = "scope-mismatch"
    summary = "A fixture asks for one of a narrower scope"
    safety = Safety.MANUAL
    triggers = (b"scope",)
    pattern = rb"fixture"
    examples = (
        Example(
            "import pytest\n\n\n@pytest.fixture\ndef settings():\n    return {}\n\n\n"
            '@pytest.fixture(scope="session")\ndef server(settings):\n    return [settings]\n\n\n'
            "def test_it(server):\n    assert server\n",
            title="the settings are gone after each test",
        ),
        Example(
            'import pytest\n\n\n@pytest.fixture(scope="session")\ndef settings():\n    return {}\n\n\n'
            '@pytest.fixture(scope="module")\ndef server(settings):\n    return [settings]\n\n\n'
            "def test_it(server):\n    assert server\n",
            title="a wider one",
        ),
    )

    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        """Yield a finding for each fixture that a test reaches and that asks for one that doesn't live as long."""
        paths = [path for path in context.candidates(b"scope", b"fixture") if _WIDE.search(context.data(path))]
        for path in context.notes(self, paths):  # those of a folder have the same tests near them
            yield from self._in_file(context.graph, path)

    def _in_file(self, graph: FixtureGraph, path: str) -> Iterator[Finding]:
        wide = (each for each in graph.fixtures_of(path)[::-1] if _is_wide(each))
        doubtful = (each for each in wide if _narrow_loop(each) or _may_get_narrower(graph, each))
        for each in doubtful:
            if (reason := _reason(graph, each)) is not None:
                why, advice, evidence = reason
                lives = f"fixture `{each.name}` lives for the {each.scope}, and {why} only"
                message = f"{lives}: pytest stops with `ScopeMismatch`; {advice}"
                yield self.finding(each.context, each.node, message, evidence=evidence)

    def note(self, file: Context) -> bool:
        """Return whether a file has a fixture that lives longer than a test."""
        return any(map(_is_wide, fixtures_in(file)))


def _is_wide(user: Declaration) -> bool:
    return user.scope not in (None, "function")


def _may_get_narrower(graph: FixtureGraph, user: Declaration) -> bool:
    """Return whether something that a fixture asks for is anywhere of a narrower scope, also as an override."""
    names = [name for name, _ in graph.requests(user, user) if name != "request"]
    paths = dict.fromkeys([user.path, *(path for name in names for path in graph.defining(name, user.path))])
    named = (each for path in paths for each in graph.fixtures_of(path) if each.name in names)
    return bool(_OF_PYTEST & set(names)) or any(each.scope and _is_narrower(each.scope, user) for each in named)


def _reason(graph: FixtureGraph, user: Declaration) -> tuple[str, str, tuple[Evidence, ...]] | None:
    """Return why a fixture can't be set up for some test, and what to do about it, or None."""
    for test in graph.tests_near(user.path):
        if user not in graph.closure(test):
            continue
        if (loop := _narrow_loop(user)) is not None:
            return f"its event loop for the {loop}", f'write `loop_scope="{user.scope}"`', ()
        for name, found in _narrower(graph, test, user):
            if found is None:
                return f"pytest's `{name}`, which it asks for, for the function", "narrow it, or do without", ()
            place = f"{found.path}:{found.node.lineno}"
            evidence = (found.context.module.evidence(found.node),)
            return (
                f"`{name}` ({place}), which it asks for, for the {found.scope}",
                "narrow it, or widen the other",
                evidence,
            )
    return None


def _narrower(graph: FixtureGraph, test: Declaration, user: Declaration) -> Iterator[tuple[str, Declaration | None]]:
    """Yield what a fixture asks for and doesn't live as long, seen from a test."""
    for name, found in graph.requests(test, user):
        if found is UNKNOWN:
            continue
        scope = found.scope if found is not None else ("function" if name in _OF_PYTEST else None)
        if scope is not None and _is_narrower(scope, user):
            yield name, found


def _narrow_loop(user: Declaration) -> str | None:
    """Return the scope of a fixture's event loop if it states one that is narrower than its own."""
    return loop_scope(user) if states_loop_scope(user) and not _is_bound(user) and outlives_its_loop(user) else None


def _is_bound(user: Declaration) -> bool:
    """Say whether PAM603 has a say in it."""
    return user.is_async and not gives_plain_data(user)


def _is_narrower(scope: str, user: Declaration) -> bool:
    return user.scope is not None and SCOPES.index(scope) < SCOPES.index(user.scope)
