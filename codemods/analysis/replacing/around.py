"""What of other files runs with a function: its fixtures, the set-up of its class, and what all of these call."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import PurePosixPath

from codemods.analysis.loops.scheduling import is_scheduling
from codemods.analysis.replacing.replacements import CLOCK, is_any_clock, outside_functions, replacements
from codemods.analysis.replacing.signals import handles_signals
from codemods.model import Evidence
from codemods.semantics.answers import Replaced, Surroundings
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, position, texts, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.fixture_graph import FixtureGraph
from codemods.semantics.pytest.reach import HOOK, reach_of

_MOST = 400
"""How many functions, classes and statements of other files are followed for one function."""
_HELPING = re.compile(
    r"^[ \t]*(?:import|from)[ \t]+(?:pytest\w*|unittest|mock|asynctest|freezegun|time_machine|looptime)\b"
    r"|\b(?:asyncio|time)\.(?:sleep|monotonic)\b[^\n()=]*=[^=]",
    re.MULTILINE,
)
"""What a module holds that may help tests, though it lies outside of them."""
Place = tuple[str, ast.AST]
"""A file, and a function, a class, a statement or the module in it."""
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@once
def around(graph: FixtureGraph, path: str, line: int) -> Surroundings:
    """Return what of other files runs with the function of a file that begins at a line."""
    context = graph.file(path)
    node = _by_line(context.module).get(line) if context is not None else None
    if context is None or node is None:
        return Surroundings()
    beside = sorted(reach_of(context.suite).beside([node]), key=lambda each: each.lineno)
    users = [_declaration(graph, context, each) for each in beside]
    known = [each for each in users if each is not None]
    own = _declaration(graph, context, node)
    fixtures = chain(*map(graph.reachable, known), _run_with(graph, own) if own is not None and own.fixture else ())
    start = dict.fromkeys(chain(_led_to(graph, path, beside), _places(fixtures), _of_project(graph, path)))
    facts = [_facts(graph, *each) for each in _reached(graph, start)]
    named = (_clock_fixtures(graph, each) for each in known)
    return Surroundings(
        tuple(chain(*named, *(each.replaced for each in facts))),
        next((each.tasks for each in facts if each.tasks is not None), None),
        next((each.signals for each in facts if each.signals is not None), None),
    )


@once
def _by_line(module: Module) -> Mapping[int, Definition]:
    return {each.lineno: each for each in module.definitions[::-1]}


def _declaration(graph: FixtureGraph, context: Context, node: Definition) -> Declaration | None:
    return _declarations(graph, context.module.path).get(node)


@once
def _declarations(graph: FixtureGraph, path: str) -> Mapping[ast.AST, Declaration]:
    """Return the tests of a file, also those of unittest, and its fixtures."""
    context = graph.file(path)
    nodes = [each.node for each in context.suite.tests] if context is not None else []
    cases = [Declaration(context, each) for each in nodes if context is not None]
    declared = (*graph.fixtures_of(path)[::-1], *cases, *graph.tests_of(path)[::-1])
    return {each.node: each for each in declared}


def _clock_fixtures(graph: FixtureGraph, user: Declaration) -> Iterator[Replaced]:
    """Yield the fixtures of plugins that fake the clock, by their names."""
    for name in sorted(graph.doubts(user)):
        if CLOCK.fullmatch(name):
            yield Replaced(frozenset(), True, user.context.module.evidence(user.node), is_any_clock(name))


def _led_to(graph: FixtureGraph, path: str, functions: Iterable[Definition]) -> Iterator[Place]:
    """Yield what functions of a file name that stands in others, and what classes of others set up around them."""
    context = graph.file(path)
    if context is None:
        return
    owners: dict[ast.AST, None] = {context.module.tree: None}
    for node in functions:
        yield from _of_other_files(graph, path, node)
        owners |= dict.fromkeys(context.module.classes_around(node))
    for owner in owners:
        yield from _of_other_files(graph, path, owner)


@once
def _of_other_files(graph: FixtureGraph, path: str, node: ast.AST) -> list[Place]:
    """Return what a function, or what stands around it, leads to itself, that in its own file left out."""
    found = dict.fromkeys(each for each in _named(graph, path, _nodes(node)) if each[0] != path)
    more = _set_up(graph, path, node) if isinstance(node, ast.ClassDef) else ()
    more = _fetched(graph, path, node) if isinstance(node, _FUNCTIONS) else more
    return [*dict.fromkeys((*found, *more))]


def _set_up(graph: FixtureGraph, path: str, owner: ast.ClassDef) -> Iterator[Place]:
    """Yield what the bases of a class in other files do around its tests."""
    for base in graph.bindings.mro(path, owner)[1:]:
        if base is not None and base[0] != path:
            yield from ((base[0], each) for each in _functions(base[1]) if HOOK.fullmatch(each.name))
            yield from ((base[0], each) for each in base[1].decorator_list)


def _functions(owner: ast.ClassDef) -> Iterator[Definition]:
    return (each for each in owner.body if isinstance(each, _FUNCTIONS))


def _places(fixtures: Iterable[Declaration]) -> list[Place]:
    return sorted({(each.path, each.node) for each in fixtures}, key=lambda each: (each[0], position(each[1])))


@once
def _run_with(graph: FixtureGraph, fixture: Declaration) -> frozenset[Declaration]:
    """Return the fixtures that the tests reach which reach a fixture."""
    place = PurePosixPath(fixture.path)
    if fixture.context.suite.is_test_module:
        found = _together(graph, fixture.path)
    else:
        found = _together(graph, place.parent.as_posix() if place.name == "conftest.py" else ".")
    return frozenset().union(*found.get(fixture, ()))


@once
def _together(graph: FixtureGraph, near: str) -> Mapping[Declaration, set[frozenset[Declaration]]]:
    """Return with which others the tests of a file, or below a folder, reach each fixture."""
    place = PurePosixPath(near)
    paths = graph.paths.such(lambda each: each == near or place in PurePosixPath(each).parents)
    found: defaultdict[Declaration, set[frozenset[Declaration]]] = defaultdict(set)
    for reached in {graph.reachable(test) for path in paths for test in graph.tests_of(path)}:
        for each in reached:
            found[each].add(reached)
    return found


@once
def _of_project(graph: FixtureGraph, path: str) -> list[Place]:
    """Return what conftest files, plugins and packages do for all tests: while they are imported, and in hooks."""
    packages = [(each / "__init__.py").as_posix() for each in PurePosixPath(path).parents]
    found: dict[Place, None] = {}
    files = [*graph.bindings.files_around(path), *packages]
    for file in dict.fromkeys(each for each in files if each is not None and each != path and each in graph.paths):
        if (context := graph.file(file)) is not None:
            found[file, context.module.tree] = None
            hooks = (each for each in context.module.tree.body if isinstance(each, _FUNCTIONS))
            for hook in (each for each in hooks if each.name.startswith("pytest_")):
                found |= dict.fromkeys(((file, hook), *_by_name(graph, path, texts(walk(hook)))))
    return [*found]


def _reached(graph: FixtureGraph, start: Iterable[Place]) -> list[Place]:
    found = dict.fromkeys(start)
    waiting = list(found)
    while waiting and len(found) < _MOST:
        new = [each for each in _next(graph, *waiting.pop(0)) if each not in found]
        found |= dict.fromkeys(new)
        waiting += new
    return list(found)


@once
def _facts(graph: FixtureGraph, path: str, node: ast.AST) -> Surroundings:
    """Return what one place of a file does itself."""
    context = graph.file(path)
    if context is None:
        return Surroundings()
    module, nodes = context.module, list(_nodes(node))
    found = sorted(replacements(module, nodes, certain=True), key=lambda each: position(each.node))
    calls = sorted((each for each in nodes if isinstance(each, ast.Call)), key=position)
    return Surroundings(
        tuple(Replaced(each.names, each.of_clock, module.evidence(each.node)) for each in found),
        _first(module, (each for each in calls if _is_about_tests(graph, path) and is_scheduling(each.func))),
        _first(module, (each for each in calls if handles_signals(module, each))),
    )


def _first(module: Module, nodes: Iterator[ast.Call]) -> Evidence | None:
    return next(map(module.evidence, nodes), None)


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, (ast.ClassDef, ast.Module)):
        return chain(outside_functions(node), *map(walk, getattr(node, "decorator_list", ())))
    return walk(node)


def _fetched(graph: FixtureGraph, path: str, node: ast.AST) -> Iterator[Place]:
    """Yield the fixtures that a function may get by ``getfixturevalue``: those whose names stand in it."""
    nodes = list(walk(node))
    if any(isinstance(each, ast.Attribute) and each.attr == "getfixturevalue" for each in nodes):
        yield from _by_name(graph, path, texts(nodes))


def _by_name(graph: FixtureGraph, path: str, names: Iterable[str]) -> Iterator[Place]:
    """Yield the fixtures that names mean in a file, and what these ask for."""
    for name in filter(str.isidentifier, names):
        for each in graph.candidates_in(path, name):
            yield each.path, each.node
            yield from ((other.path, other.node) for other in graph.reachable(each))


@once
def _next(graph: FixtureGraph, path: str, node: ast.AST) -> list[Place]:
    """Return what a place of a file leads to: what it names, and the methods and bases of a class."""
    found = [*_named(graph, path, _nodes(node))]
    if isinstance(node, _FUNCTIONS):
        found += _fetched(graph, path, node)
    if isinstance(node, ast.ClassDef):
        found += ((path, each) for each in _functions(node))
        found += (each for each in graph.bindings.mro(path, node)[1:] if each is not None)
    return found


def _named(graph: FixtureGraph, path: str, nodes: Iterable[ast.AST]) -> Iterator[Place]:
    """Yield what nodes name on the tests' side: the code under test doesn't know its tests."""
    context = graph.file(path)
    for node in nodes if context is not None else ():
        if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load) and context is not None:
            bound = _bound(graph, context.module, node)
            if bound is not None and _may_help(graph, bound[0]) and (place := _place(graph, *bound)) is not None:
                yield place


@once
def _may_help(graph: FixtureGraph, path: str) -> bool:
    """Say whether a file lies beside those of the tests, or is about testing."""
    return graph.paths.has_in(path.rpartition("/")[0]) or _is_about_tests(graph, path)


@once
def _is_about_tests(graph: FixtureGraph, path: str) -> bool:
    """Say whether a file belongs to the tests, or may help them from outside."""
    if path in graph.paths:
        return True
    context = graph.file(path)
    return context is not None and _HELPING.search(context.module.text) is not None


def _bound(graph: FixtureGraph, module: Module, node: ast.Name | ast.Attribute) -> Place | None:
    lookup = graph.bindings.lookup
    if (dotted := module.resolve(node)) is not None:
        return lookup.defined(module.path, dotted)
    if isinstance(node, ast.Name):
        bound = module.bindings_of(node)
        return lookup.named(module.path, node.id) if not bound or module.is_global(node) else None
    own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
    function = module.function_of(node) if own else None
    owner = module.class_of(module.outermost(function)) if function is not None else None
    return _method(graph, module.path, owner, node.attr) if owner is not None else None


def _method(graph: FixtureGraph, path: str, owner: ast.ClassDef, name: str) -> Place | None:
    found = (
        (each[0], _methods(graph, each[1]).get(name)) for each in graph.bindings.mro(path, owner) if each is not None
    )
    return next(((file, node) for file, node in found if node is not None), None)


@once
def _methods(graph: FixtureGraph, owner: ast.ClassDef) -> Mapping[str, Definition]:
    return {each.name: each for each in reversed([*_functions(owner)])}


def _place(graph: FixtureGraph, path: str, node: ast.AST) -> Place | None:
    """Return a function or class that has a name, or the statement that gives the name its value."""
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        return path, node
    context = graph.file(path)
    is_import = isinstance(node, (ast.Import, ast.ImportFrom))
    return (path, context.module.statement_of(node)) if context is not None and not is_import else None
