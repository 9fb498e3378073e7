"""What a parsed file knows of its nodes."""

from __future__ import annotations

import ast
import textwrap

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import below

OTHERS = """
def declared(*, given, other=1):
    global number, again
    settings = {**given, "a": 1}
    match settings:
        case Point(x=0, y=other) | {"a": 1, **rest}:
            return rest
"""
"""Nodes that hold texts or nothing where others hold nodes."""
NESTED = """
import functools


@functools.wraps(lambda: before)
def outer(default=first):
    def inner():
        return second

    return inner


class Case:
    def method(self):
        return third


top = fourth
"""


def test_only_nodes_have_parents_and_are_parents() -> None:
    module = Module("test_it.py", OTHERS)
    held = [node for each in ast.walk(module.tree) for node in below(each)]
    assert all(isinstance(each, ast.AST) for each in (*module.parents, *module.parents.values(), *held))
    assert {*module.parents} == {*held}


def test_the_outermost_function_around_a_place() -> None:
    module = Module("test_it.py", textwrap.dedent(NESTED))
    names = {node.id: node for node in module.nodes(ast.Name)}
    found = {name: module.outer_definition(names[name]) for name in ("before", "first", "second", "third", "fourth")}
    assert {name: getattr(node, "name", None) for name, node in found.items()} == {
        "before": "outer", "first": "outer", "second": "outer", "third": "method", "fourth": None,
    }  # fmt: skip
    assert module.outer_definition(ast.Name("detached")) is None
