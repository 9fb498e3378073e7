"""What else speaks of a fixture: who asks for it, runs on its loop, or names it where no fixture is asked for."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemods.model import Evidence
from codemods.rules.base import Context, ProjectContext
from codemods.semantics.file.arguments import argument
from codemods.semantics.pytest.attributes import UNKNOWN
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.fixture_graph import FixtureGraph
from codemods.semantics.pytest.loop_scopes import runs_on_asyncio, states_loop_scope

NAME = "event_loop"


def askers(graph: FixtureGraph, paths: Sequence[str], override: Declaration) -> list[Declaration]:
    """Return the tests and fixtures that ask for the override, or may."""
    return [
        each for path in paths for each in (*graph.fixtures_of(path), *graph.tests_of(path))
        if NAME in graph.requested(each) and override in graph.candidates(each, NAME)
    ]  # fmt: skip


def runners(context: ProjectContext, override: Declaration) -> list[Declaration]:
    """Return the async tests and fixtures whose loop the override made, and that state no loop of their own."""
    graph = context.graph
    files = (path for path in graph.near_in_order(override.path) if b"async" in context.data(path))
    return [
        each for path in files for each in (*graph.fixtures_of(path)[::-1], *graph.tests_of(path))
        if runs_on_asyncio(each) and override in graph.candidates(each, NAME) and not states_loop_scope(each)
    ]  # fmt: skip


def mentions(context: ProjectContext, paths: Sequence[str], override: Declaration) -> list[Evidence]:
    """Return the places that name the override in another way: an import, a call, ``getfixturevalue("event_loop")``.

    A file that can't be parsed may do so anywhere.
    """
    paths = list(dict.fromkeys((*paths, *context.mentioning(override.node.name.encode()))))
    files = [(path, context.file(path)) for path in paths]
    named = [
        file.module.evidence(node)
        for path, file in files
        if file
        for node in _named(context.graph, path, file, override)
    ]
    unknown = (each.context.module.evidence(each.node) for each in _may_ask(context.graph, paths, override))
    return [*named, *unknown, *(Evidence(path, 1, "") for path, file in files if file is None)]


def _may_ask(graph: FixtureGraph, paths: Sequence[str], override: Declaration) -> Iterator[Declaration]:
    """Yield the tests and fixtures that ask for a fixture of the name that can't be told, and is none that is known."""
    users = (each for path in paths for each in (*graph.fixtures_of(path), *graph.tests_of(path)))
    asking = (each for each in users if NAME in graph.requested(each) and graph.resolve(each, NAME) is UNKNOWN)
    return (each for each in asking if override not in graph.candidates(each, NAME))


def _named(graph: FixtureGraph, path: str, file: Context, override: Declaration) -> Iterator[ast.AST]:
    module = file.module
    if path == override.path:
        yield from (each for each in module.loads.get(override.node.name, ()) if _means(file, each, override))
    for node in module.nodes(ast.ImportFrom):
        if any(each.name == override.node.name for each in node.names) and override in graph.bindings.imported_from(
            path, node
        ):
            yield node
    for attribute in module.nodes(ast.Attribute):
        if attribute.attr == override.node.name and module.resolve(attribute) is not None:
            yield attribute
    if path == override.path or override in graph.visible_in(path):
        given = {argument(each.decorator.call, "name") for each in file.suite.fixtures}
        yield from (each for each in module.nodes(ast.Constant) if each.value == NAME and each not in given)


def _means(file: Context, name: ast.Name, override: Declaration) -> bool:
    return override.node in file.module.bindings_of(name)
