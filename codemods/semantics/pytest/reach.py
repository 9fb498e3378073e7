"""What a function leads to inside its file: the helpers that it names, the fixtures that it asks for.

By name alone, and so too much rather than too little: it serves to look for reasons against a change.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from codemods.semantics.file.order import Definition, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.attributes import UNKNOWN
from codemods.semantics.pytest.classes import local_bases
from codemods.semantics.pytest.declarations import fixture_autouse
from codemods.semantics.pytest.local_fixtures import bindings, is_called_by_pytest
from codemods.semantics.pytest.suite import Fixture, Suite

HOOK = re.compile(r"(async)?_?(set_?up|tear_?down)(_?(class|method|function|module))?", re.I)


class Reach:
    """Who leads to whom among the outermost functions of one file: those of the module and of its classes."""

    def __init__(self, suite: Suite) -> None:
        """Look at the file of ``suite``."""
        self._suite = suite
        self._module = suite.module
        self._closures: dict[ast.AST, set[Definition]] = {}
        self._following: dict[ast.AST, set[ast.AST]] = {}

    def closure(self, node: Definition) -> set[Definition]:
        """Return an outermost function and all that it leads to."""
        if node not in self._closures:
            self._closures[node] = _functions(_reached([node], self._next))
        return self._closures[node]

    def leading_to(self, node: Definition) -> set[Definition]:
        """Return the functions whose closures hold a function, itself included."""
        return _functions(_reached([node], lambda each: self._before.get(each, ())))

    def beside(self, nodes: Iterable[Definition]) -> set[Definition]:
        """Return all outermost functions with which one of some functions may run: what leads there leads to it too."""
        before = _reached(nodes, lambda each: self._before.get(each, ()))
        return _functions(_reached({*nodes, *(before & self._outermost.keys())}, self._next))

    @cached_property
    def functions(self) -> list[Definition]:
        """The functions that may lead to others or be led to, in source order."""
        known = self._suite.fixture_nodes | self._outermost.keys()
        return [node for node in self._module.definitions if node in known]

    @cached_property
    def _outermost(self) -> dict[ast.AST, Definition]:
        return {node: node for node in self._module.definitions if self._module.function_of(node) is None}

    @cached_property
    def _before(self) -> dict[ast.AST, list[ast.AST]]:
        found: defaultdict[ast.AST, list[ast.AST]] = defaultdict(list)
        for node in _reached([*self._outermost, *self._suite.fixture_nodes], self._next):
            for each in self._next(node):
                found[each].append(node)
        return dict(found)

    @cached_property
    def _by_name(self) -> dict[str, set[Definition]]:
        found: defaultdict[str, set[Definition]] = defaultdict(set)
        for node in self._outermost.values():
            found[node.name].add(node)
            if (owner := self._module.class_of(node)) is not None:
                found[owner.name].add(node)
        for fixture in self._suite.fixtures:
            found[fixture.name].add(fixture.node)
        for made in (each for each in self._module.tree.body if isinstance(each, ast.Assign)):
            if isinstance(made.value, ast.Call):
                led = set().union(*(found.get(name, ()) for name in _mentions(made.value)))
                for target in (each for each in made.targets if isinstance(each, ast.Name)):
                    found[target.id] |= led
        return found

    def _next(self, node: ast.AST) -> set[ast.AST]:
        """Return what a function names, with the classes, or the module, for what is implied there."""
        if node not in self._following:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._following[node] = {*self._named(node), *self._places(node)}
            else:
                self._following[node] = {*self._automatic.get(node, ())}
        return self._following[node]

    def _named(self, node: Definition) -> set[Definition]:
        asked = self._suite.requested(node) if is_called_by_pytest(self._suite, node) else set()
        named = set[Definition]().union(*(self._by_name.get(name, ()) for name in _mentions(node) - asked))
        for name in asked:
            found = bindings(self._suite, node, name)
            named |= {each.node for each in found if isinstance(each, Fixture)}
            named |= self._by_name.get(name, set()) if UNKNOWN in found else set()
        return named

    def _places(self, node: Definition) -> Iterator[ast.AST]:
        """Yield where autouse fixtures and set-up and tear-down functions stand that run around a function."""
        yield self._module.tree
        if (owner := self._module.class_of(node)) is not None:
            yield from local_bases(self._module, owner)

    @cached_property
    def _automatic(self) -> Mapping[ast.AST, list[Definition]]:
        found: defaultdict[ast.AST, list[Definition]] = defaultdict(list)
        used = [each.node for each in self._suite.fixtures if is_autouse(each)]
        for node in (*used, *(each for each in self._outermost.values() if HOOK.fullmatch(each.name))):
            found[self._module.class_of(node) or self._module.tree].append(node)
        return dict(found)


def _functions(nodes: Iterable[ast.AST]) -> set[Definition]:
    return {each for each in nodes if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))}


def _reached(start: Iterable[ast.AST], step: Callable[[ast.AST], Iterable[ast.AST]]) -> set[ast.AST]:
    found = set(start)
    waiting = [*found]
    while waiting:
        new = set(step(waiting.pop())) - found
        found |= new
        waiting += new
    return found


@once
def reach_of(suite: Suite) -> Reach:
    """Return who leads to whom in a file."""
    return Reach(suite)


def is_autouse(fixture: Fixture) -> bool:
    """Return whether a fixture runs without being asked for, or may."""
    return fixture_autouse(fixture.decorator) is not False


def _mentions(node: ast.AST) -> set[str]:
    found: set[str] = set()
    for each in walk(node):
        if isinstance(each, ast.Name):
            found.add(each.id)
        elif isinstance(each, ast.Attribute) and not _is_asyncios(each.value):
            found.add(each.attr)
        elif isinstance(each, ast.Constant) and isinstance(each.value, str):
            found.add(each.value)
    return found


def _is_asyncios(node: ast.expr) -> bool:
    """Say whether an attribute is that of asyncio, so that ``asyncio.run`` doesn't mean a fixture ``run``."""
    return isinstance(node, ast.Name) and node.id == "asyncio"
