"""The functions of a file that become async together: those that run coroutines, and all that call them."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from codemods.analysis.awaits.calls import Calls
from codemods.analysis.awaits.drives import Drives
from codemods.analysis.loops.awaiting import may_await
from codemods.semantics.answers import ClassKind
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition
from codemods.semantics.pytest.classes import class_type, local_bases, owning_class
from codemods.semantics.pytest.suite import Suite, Test
from codemods.semantics.pytest.values.instances import instance_class


@dataclass(frozen=True)
class Closure:
    """Functions of which none can become async without the others, and the calls among them, to be awaited."""

    functions: list[Definition]
    calls: list[ast.Call]
    tests: list[Test]
    owner: ast.ClassDef | None
    """The class of unittest whose methods they are."""
    obstacles: list[str]

    @cached_property
    def members(self) -> frozenset[ast.AST]:
        """The functions and the calls, to look them up."""
        return frozenset((*self.functions, *self.calls))

    @cached_property
    def test_nodes(self) -> frozenset[ast.AST]:
        """The functions of the tests."""
        return frozenset(each.node for each in self.tests)


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Closures:
    """Joins the functions of a file that call each other."""

    def __init__(self, suite: Suite, calls: Calls, drives: Drives) -> None:
        """Look at one file."""
        self._suite = suite
        self._module = suite.module
        self._calls = calls
        self._drives = drives
        self._tests = {test.node: test for test in suite.tests}
        self._seen: set[Definition] = set()
        self._roots: dict[ast.AST, ast.AST] = {}
        self._awaited: defaultdict[ast.AST, list[ast.Call]] = defaultdict(list)
        self._obstacles: defaultdict[ast.AST, list[str]] = defaultdict(list)

    def found(self) -> Iterator[Closure]:
        """Yield the closures that hold a test, by the place of their first function."""
        waiting: list[Definition] = [
            each for each in self._module.nodes(ast.FunctionDef) if self._drives.in_function(each)
        ]
        while waiting:
            node = waiting.pop()
            if node not in self._seen:
                self._seen.add(node)
                waiting += self._callers(node) if isinstance(node, ast.FunctionDef) else ()
        self._join_classes()
        groups: defaultdict[ast.AST, list[Definition]] = defaultdict(list)
        for node in self._module.definitions:
            if node in self._seen:
                groups[self._root(node)].append(node)
        for functions in groups.values():
            tests = [self._tests[each] for each in functions if each in self._tests]
            if tests:
                yield self._closure(functions, tests)

    def _closure(self, functions: list[Definition], tests: list[Test]) -> Closure:
        calls = [call for each in functions for call in self._awaited[each]]
        obstacles = [reason for each in functions for reason in self._obstacles[each]]
        owners = (_test_case(self._module, each) for each in functions)
        return Closure(functions, calls, tests, next(filter(None, owners), None), obstacles)

    def _callers(self, node: Definition) -> Iterator[Definition]:
        """Note who calls a function, and yield those that become async for it."""
        self._obstacles[node] += [
            f"`{self._module.segment(each)}` in line {each.lineno} means `{node.name}`, too"
            for each in self._calls.unknown(node)
            if self._is_of(node, each.value)
        ]
        for use in self._calls.uses(node):
            call, around = self._module.parents[use], self._module.function_of(use)
            if not (isinstance(call, ast.Call) and call.func is use):
                self._obstacles[node].append(f"`{node.name}` is passed on by name in line {use.lineno}")
            elif isinstance(self._module.parents[call], ast.Await):
                self._obstacles[node].append(f"what `{node.name}` returns is awaited in line {use.lineno}")
            elif isinstance(around, _DEFINITIONS) and may_await(self._module, call, around):
                self._awaited[node].append(call)
                yield around
                self._join(node, around)
            else:
                self._obstacles[node].append(
                    f"`{node.name}` is called in line {use.lineno}, where nothing can be awaited"
                )

    def _is_of(self, node: Definition, owner: ast.expr) -> bool:
        """Say whether an object is one that has the method, other than the one that calls it."""
        scope = self._module.scopes.scope_of(node)
        if not isinstance(scope, ast.ClassDef):
            return False
        if isinstance(owner, ast.Call) and isinstance(owner.func, ast.Name) and owner.func.id in ("super", "type"):
            return True
        kind = instance_class(self._suite, owner)
        return kind is not None and scope in local_bases(self._module, kind)

    def _join_classes(self) -> None:
        """Join the methods of a class of unittest: its base has to become one that awaits."""
        for node in self._seen:
            if (owner := _test_case(self._module, node)) is not None:
                self._join(node, owner)

    def _root(self, node: ast.AST) -> ast.AST:
        passed = []
        while self._roots.setdefault(node, node) is not node:
            passed.append(node)
            node = self._roots[node]
        self._roots.update(dict.fromkeys(passed, node))
        return node

    def _join(self, one: ast.AST, other: ast.AST) -> None:
        self._roots[self._root(one)] = self._root(other)


def _test_case(module: Module, node: Definition) -> ast.ClassDef | None:
    owner = owning_class(module, node)
    return owner if owner is not None and class_type(module, owner).kind is ClassKind.TEST_CASE else None
