"""Fixtures of pytest-aiohttp under names that it no longer has, and who asks for them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.semantics.file.module import Module
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.fixture_graph import FixtureGraph
from codemods.semantics.pytest.marks import mark_name
from codemods.semantics.pytest.requests import parameters
from codemods.semantics.pytest.suite import FIXTURE_NAMES, called_by_name

NEW_NAMES = {
    "aiohttp_unused_port": "unused_tcp_port_factory",
    "raw_test_server": "aiohttp_raw_server",
    "test_client": "aiohttp_client",
    "test_server": "aiohttp_server",
    "unused_port": "unused_tcp_port_factory",
}
"""The old names, and those that pytest-aiohttp 1.1 and pytest-asyncio have for the same."""
LOOP = "loop"
_LOCALS = frozenset({"locals", "vars", "eval", "exec"})


def old_requests(graph: FixtureGraph, path: str) -> Iterator[tuple[Declaration, str]]:
    """Yield the tests and fixtures of a file that ask for an old name, which the project doesn't define itself."""
    for each in (*graph.fixtures_of(path), *graph.tests_of(path)):
        for name in sorted({arg.arg for arg in parameters(each.context.module, each.node)} & {*NEW_NAMES, LOOP}):
            if graph.resolve(each, name) is None and not graph.is_given(each, name):
                yield each, name


def uses_aiohttp(each: Declaration) -> bool:
    """Return whether the names are aiohttp's: its plugin is known, or the file imports the library and no other's."""
    imported = each.context.module.imported_packages
    return "sanic" not in imported and ("aiohttp" in imported or "aiohttp" in each.context.project.runners)


def has_plugin(each: Declaration) -> bool:
    """Return whether the project has a pytest-aiohttp that builds on pytest-asyncio."""
    project = each.context.project
    return "aiohttp" in project.runners and "aiohttp" not in project.auto_runners


def obstacle(each: Declaration, name: str) -> str | None:
    """Return why a parameter can't get another name, or go, or None."""
    module, suite = each.context.module, each.context.suite
    for decorator in suite.decorators(each.node):
        if decorator.name not in FIXTURE_NAMES and mark_name(module, decorator.node) is None:
            return f"`{module.segment(decorator.node)}` may fill the parameter"
    for mark in suite.marks(each.node):
        if mark.name is None:
            return "a mark may give the parameter its values"
    if called_by_name(module, each.node):
        return f"`{each.node.name}` is called or passed on by name in this file"
    return _of_body(module, each.node, name)


def _of_body(module: Module, node: ast.AST, name: str) -> str | None:
    """Return what in a function binds the name again, or may read it by other means, or has the new one."""
    new = NEW_NAMES.get(name, name)
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and (each.id in _LOCALS or (each.id == name and type(each.ctx) is not ast.Load)):
            return f"`{each.id}` in line {each.lineno} may mean more than the fixture"
        if new != name and new in (getattr(each, "id", None), getattr(each, "arg", None)):
            return f"`{new}` has a meaning there already"
    bound = [each for each in ast.walk(node) if name in (getattr(each, "arg", None), getattr(each, "name", None))]
    own = [each for each in bound if each is not node and not isinstance(each, ast.keyword)]
    return f"`{name}` is bound again inside of it" if len(own) > 1 else None


def is_read(node: ast.AST, name: str) -> bool:
    """Return whether a function reads a name."""
    return any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(node))
