"""What a function leads to inside its file: the helpers that it names, the fixtures that it asks for.

By name alone, and so too much rather than too little: it serves to look for reasons against a change.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from codemods.analysis.classes import local_bases
from codemods.analysis.module import Module
from codemods.analysis.order import Definition
from codemods.analysis.suite import Fixture, Suite

HOOK = re.compile(r"(async)?_?(set_?up|tear_?down)(_?(class|method|function|module))?", re.I)


class Reach:
    """Who leads to whom among the outermost functions of one file: those of the module and of its classes."""

    def __init__(self, suite: Suite) -> None:
        """Look at the file of ``suite``."""
        self._suite = suite
        self._module = suite.module
        self._closures: dict[ast.AST, set[Definition]] = {}
        self._following: dict[ast.AST, set[Definition]] = {}

    def closure(self, node: Definition) -> set[Definition]:
        """Return an outermost function and all that it leads to."""
        if node not in self._closures:
            found, waiting = {node}, [node]
            while waiting:
                new = self._next(waiting.pop()) - found
                found |= new
                waiting += new
            self._closures[node] = found
        return self._closures[node]

    def around(self, node: Definition) -> set[Definition]:
        """Return all that runs with an outermost function: what leads to it, and what that leads to."""
        reached = (self.closure(each) for each in self._outermost)
        return self.closure(node).union(*(found for found in reached if node in found))

    @cached_property
    def _outermost(self) -> list[Definition]:
        return [node for node in self._module.definitions if self._module.function_of(node) is None]

    @cached_property
    def _by_name(self) -> dict[str, set[Definition]]:
        found: defaultdict[str, set[Definition]] = defaultdict(set)
        for node in self._outermost:
            found[node.name].add(node)
            if (owner := owning_class(self._module, node)) is not None:
                found[owner.name].add(node)
        for fixture in self._suite.fixtures:
            found[fixture.name].add(fixture.node)
        for made in (each for each in self._module.tree.body if isinstance(each, ast.Assign)):
            if isinstance(made.value, ast.Call):
                led = set().union(*(found.get(name, ()) for name in _mentions(made.value)))
                for target in (each for each in made.targets if isinstance(each, ast.Name)):
                    found[target.id] |= led
        return found

    def _next(self, node: Definition) -> set[Definition]:
        if node not in self._following:
            self._following[node] = self._named(node) | set(self._implied(node))
        return self._following[node]

    def _named(self, node: Definition) -> set[Definition]:
        named = set().union(*(self._by_name.get(name, ()) for name in _mentions(node)))
        for name in self._suite.requested(node):
            named |= self._by_name.get(name, set())
        return named

    def _implied(self, node: Definition) -> Iterator[Definition]:
        """Yield the autouse fixtures and the set-up and tear-down functions that run around a function."""
        owner = owning_class(self._module, node)
        classes = [None, *(local_bases(self._module, owner) if owner else ())]
        yield from (each for each in self._automatic if owning_class(self._module, each) in classes)

    @cached_property
    def _automatic(self) -> list[Definition]:
        used = [each.node for each in self._suite.fixtures if is_autouse(each)]
        return [*used, *(node for node in self._outermost if HOOK.fullmatch(node.name))]


def owning_class(module: Module, node: ast.AST) -> ast.ClassDef | None:
    """Return the class in whose body a function stands."""
    owner = module.scopes.scope_of(node)
    return owner if isinstance(owner, ast.ClassDef) else None


def is_autouse(fixture: Fixture) -> bool:
    """Return whether a fixture runs without being asked for, or may."""
    keywords = fixture.decorator.call.keywords if fixture.decorator.call else []
    given = next((each.value for each in keywords if each.arg == "autouse"), None)
    return given is not None and not (isinstance(given, ast.Constant) and given.value is False)


def _mentions(node: ast.AST) -> set[str]:
    found: set[str] = set()
    for each in ast.walk(node):
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
