"""Mocks that get AsyncMocks as attributes, one by one."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.rules.diagnostics._known_mocks import Attributes, known_mock
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.mocks import ASYNC, OWN, mock_class


@dataclass(frozen=True, slots=True)
class Parent:
    """A mock that no spec describes, where its children are made, and their names."""

    node: ast.AST
    text: str
    children: tuple[str, ...]


def parents_of_many(suite: Suite, least: int) -> Iterator[Parent]:
    """Yield the mocks that get at least so many AsyncMocks in one function, or in the call that makes them."""
    for call in suite.module.nodes(ast.Call):
        if mock_class(suite.module, call) and known_mock(suite, call) is Attributes.ANY:
            given = [each for each in call.keywords if each.arg and each.arg not in OWN]
            names = [each.arg for each in given if each.arg and mock_class(suite.module, each.value) == ASYNC]
            if len(names) >= least:
                yield Parent(call, suite.module.segment(call.func), tuple(names))
    for (_, text), targets in _stored(suite).items():
        names = list(dict.fromkeys(each.attr for each in targets))
        if len(names) >= least and known_mock(suite, targets[0].value) is Attributes.ANY:
            yield Parent(targets[0], text, tuple(names))


def _stored(suite: Suite) -> dict[tuple[ast.AST | None, str], list[ast.Attribute]]:
    """Return the attributes that are given an AsyncMock, by function and by whose they are."""
    module = suite.module
    found: defaultdict[tuple[ast.AST | None, str], list[ast.Attribute]] = defaultdict(list)
    for statement in module.nodes(ast.Assign):
        if mock_class(module, statement.value) == ASYNC:
            for each in statement.targets:
                if isinstance(each, ast.Attribute) and each.attr not in OWN:
                    found[module.function_of(statement), ast.unparse(each.value)].append(each)
    return found
