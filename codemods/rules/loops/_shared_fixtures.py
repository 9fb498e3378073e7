"""What a wide fixture awaits and shares with others, which run on other event loops."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from codemods.analysis.loops.parameter import NAME
from codemods.semantics.file.arguments import parameters
from codemods.semantics.file.order import walk
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.fixture_graph import PYTEST_FIXTURES, FixtureGraph
from codemods.semantics.pytest.loop_scopes import loop_scope, runs_on_asyncio


@dataclass(frozen=True, slots=True)
class Shared:
    """A fixture by its name, who awaits it, and who asks for it and isn't to change."""

    name: str
    user: Declaration
    others: Sequence[Declaration]


def asking(graph: FixtureGraph, users: Sequence[Declaration]) -> Mapping[str, list[Declaration]]:
    """Return who asks for each name."""
    found: defaultdict[str, list[Declaration]] = defaultdict(list)
    for user in users:
        for name in graph.requested(user):
            found[name].append(user)
    return found


def shared_with_others(
    graph: FixtureGraph, wide: Sequence[Declaration], members: Sequence[Declaration], scope: str,
    users: Callable[[], Mapping[str, Sequence[Declaration]]],
) -> Shared | None:  # fmt: skip
    """Return what a wide fixture awaits that no async fixture of the project gives, and others on other loops ask for.

    It lives as long as the fixture at least, and so those others get the same one.
    """
    inside = set(members)
    for fixture in wide:
        for name in sorted(_awaited(fixture.node)):
            meant = graph.resolve(fixture, name)
            if isinstance(meant, Declaration) and runs_on_asyncio(meant):
                continue
            others = [each for each in users().get(name, ()) if each not in inside and loop_scope(each) != scope]
            others = [each for each in others if graph.resolve(each, name) is meant]
            if others:
                return Shared(name, fixture, others)
    return None


def _awaited(node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Return the parameters of a function of whose objects it awaits, enters or iterates something."""
    roots = {_root(each) for each in _waits(node)}
    return ({each.arg for each in parameters(node)} & roots) - PYTEST_FIXTURES - {NAME}


def _waits(node: ast.AST) -> Iterator[ast.expr]:
    for each in walk(node):
        if isinstance(each, ast.Await):
            yield each.value
        elif isinstance(each, ast.AsyncWith):
            yield from (item.context_expr for item in each.items)
        elif isinstance(each, (ast.AsyncFor, ast.comprehension)):
            yield each.iter


def _root(node: ast.expr) -> str:
    while isinstance(node, (ast.Attribute, ast.Call, ast.Subscript)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
