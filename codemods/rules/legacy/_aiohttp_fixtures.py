"""Fixtures of pytest-aiohttp under names that it no longer has, and who asks for them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.loops.parameter import rename_obstacle
from codemods.semantics.decorators import COROUTINES
from codemods.semantics.file.order import walk
from codemods.semantics.pytest.callers import called_by_name
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.fixture_graph import FixtureGraph
from codemods.semantics.pytest.marks import mark_name
from codemods.semantics.pytest.projects.project import Project
from codemods.semantics.pytest.requests import parameters
from codemods.semantics.pytest.suite import FIXTURE_NAMES

NEW_NAMES = {
    "aiohttp_unused_port": "unused_tcp_port_factory",
    "raw_test_server": "aiohttp_raw_server",
    "test_client": "aiohttp_client",
    "test_server": "aiohttp_server",
    "unused_port": "unused_tcp_port_factory",
}
"""The old names, and those that pytest-aiohttp 1.1 and pytest-asyncio have for the same."""
LOOP = "loop"


def old_requests(graph: FixtureGraph, path: str) -> Iterator[tuple[Declaration, str]]:
    """Yield the tests and fixtures of a file that ask for an old name, which the project doesn't define itself."""
    for each in (*graph.fixtures_of(path), *graph.tests_of(path)):
        for name in sorted({arg.arg for arg in parameters(each.context.module, each.node)} & {*NEW_NAMES, LOOP}):
            if graph.resolve(each, name) is None and not graph.is_given(each, name):
                yield each, name


def uses_aiohttp(each: Declaration) -> bool:
    """Return whether the names are aiohttp's: its plugin is known, or the file imports the library and no other's."""
    imported, project = each.context.module.imported_packages, each.context.project
    is_aiohttp = "sanic" not in imported and ("aiohttp" in imported or "aiohttp" in project.runners)
    return is_aiohttp and not _loads_aiohttps_own(project)


def _loads_aiohttps_own(project: Project) -> bool:
    """Return whether the plugin is the one in aiohttp itself, which has kept the names, and nothing else requires one."""
    found = project.auto_runners.get("aiohttp")
    is_required = any(each.package == "pytest-aiohttp" for each in project.requirements)
    return found is not None and "aiohttp.pytest_plugin" in found.text and not is_required


def has_plugin(each: Declaration) -> bool:
    """Return whether the project has a pytest-aiohttp that builds on pytest-asyncio."""
    project = each.context.project
    return "aiohttp" in project.runners and "aiohttp" not in project.auto_runners


def obstacle(each: Declaration, name: str) -> str | None:
    """Return why a parameter can't get another name, or go, or None."""
    module, suite = each.context.module, each.context.suite
    for decorator in suite.decorators(each.node):
        if decorator.name not in FIXTURE_NAMES | COROUTINES and mark_name(module, decorator.node) is None:
            return f"`{module.segment(decorator.node)}` may fill the parameter"
    for mark in suite.marks(each.node):
        if mark.name is None:
            return "a mark may give the parameter its values"
    if called_by_name(module, each.node):
        return f"`{each.node.name}` is called or passed on by name in this file"
    return rename_obstacle(each.node, name, NEW_NAMES.get(name, name))


def is_read(node: ast.AST, name: str) -> bool:
    """Return whether a function reads a name."""
    return any(isinstance(each, ast.Name) and each.id == name for each in walk(node))
