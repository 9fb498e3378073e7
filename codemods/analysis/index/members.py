"""By which members of an object code comes to a place in its class."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from codemods.semantics.decorators import PROPERTIES
from codemods.semantics.file.arguments import receiver
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, last_name
from codemods.semantics.memo import once

_MOST = 100
"""How many members are named that lead to a place."""
_ACCESSORS = frozenset({"setter", "getter", "deleter"})
_KEEPING = frozenset({"copy", "deepcopy", "id", "isinstance", "repr", "str", "super", "type"})
"""What gets an object and calls none of its members, but for special methods."""


class Members:
    """The methods of an object's class and of its bases in one file, and which of them leads to which.

    By name alone, and so too much rather than too little. A method that hands its object on leads to all others; what
    a method returns is followed by who calls it.
    """

    def __init__(self, module: Module, owners: Sequence[ast.ClassDef], others: frozenset[str]) -> None:
        """Take the classes, and the names of the members that come from bases in other files."""
        self._module = module
        self._owners = set(owners)
        self._others = others
        self._known: dict[str, tuple[str, ...] | None] = {}

    def leading_to(self, line: int) -> tuple[str, ...] | None:
        """Return the members that lead to a line, or may; None if it is in no method, or anything may."""
        method = self._by_line.get(line)
        if method is not None and method not in self._known:
            self._known[method] = self._leading_to(method)
        return self._known[method] if method is not None else None

    def _leading_to(self, method: str) -> tuple[str, ...] | None:
        found = {method, *self._handing}
        waiting = [*found]
        while waiting and len(found) <= _MOST:
            new = self._naming.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        is_known = len(found) <= _MOST and found.isdisjoint(self._renamed)
        return tuple(sorted(found | self._others)) if is_known else None

    @cached_property
    def _methods(self) -> Mapping[Definition, str]:
        scope_of = self._module.scopes.scope_of
        return {each: each.name for each in self._module.definitions if scope_of(each) in self._owners}

    @cached_property
    def _by_line(self) -> Mapping[int, str]:
        spans = ((range(node.lineno, (node.end_lineno or 0) + 1), name) for node, name in self._methods.items())
        return {line: name for span, name in spans for line in span}

    @cached_property
    def _naming(self) -> Mapping[str, set[str]]:
        """The methods that read an attribute, by its name."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for each in self._module.nodes(ast.Attribute):
            method = self._module.outer_definition(each)
            if isinstance(method, Definition) and method in self._methods:
                found[each.attr].add(self._methods[method])
        return dict(found)

    @cached_property
    def _handing(self) -> set[str]:
        """The methods that do something with their whole object."""
        receivers = {node: first.arg for node in self._methods if (first := receiver(self._module, node)) is not None}
        reads = (each for name in {*receivers.values()} for each in self._module.loads.get(name, ()))
        found: set[str] = set()
        for each in reads:
            method = self._module.outer_definition(each)
            if isinstance(method, Definition) and receivers.get(method) == each.id and not self._stays(each, method):
                found.add(method.name)
        return found

    def _stays(self, node: ast.Name, method: Definition) -> bool:
        """Return whether a method only reads an attribute of its object, or gives it to who has it already."""
        parent = self._module.parents[node]
        if isinstance(parent, ast.Return):
            return not any(ast.unparse(each) in PROPERTIES for each in method.decorator_list)
        if isinstance(parent, ast.Call):
            return parent.func is not node and last_name(parent.func) in _KEEPING
        return isinstance(parent, (ast.Attribute, ast.Compare))

    @cached_property
    def _renamed(self) -> set[str]:
        """The methods that a class has under another name too: ``execute = __call__``."""
        reads = (each for name in {*self._methods.values()} for each in self._module.loads.get(name, ()))
        return {each.id for each in reads if self._is_of_class(each)}

    def _is_of_class(self, node: ast.Name) -> bool:
        if self._module.function_of(node) is not None or self._module.class_of(node) not in self._owners:
            return False
        return getattr(self._module.parents[node], "attr", "") not in _ACCESSORS


@once
def members(module: Module, owners: tuple[ast.ClassDef, ...], others: frozenset[str]) -> Members:
    """Return the members of the objects of a class, with those that come from bases in other files."""
    return Members(module, owners, others)
