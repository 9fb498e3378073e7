"""Where a file holds asyncio's locks, and which lock a name stands for."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from codemods.analysis.awaits.primitives import LOCKS, kind_of, made_by
from codemods.semantics.file.order import Definition
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import receiver_class

_COUNTING = frozenset({"Semaphore", "BoundedSemaphore"})


@dataclass(frozen=True, slots=True)
class Taken:
    """A place that takes a lock; ``block`` is what it holds it for, if that is an ``async with``."""

    lock: object
    node: ast.expr
    function: Definition
    block: ast.AsyncWith | None = None


class Locks:
    """The locks of one file that only one task can hold at a time."""

    def __init__(self, suite: Suite) -> None:
        """Look at the file of ``suite``."""
        self._suite = suite
        self._module = suite.module
        self._known: dict[object, ast.AST | None] = {}
        self.taken = [*self._entered(), *self._acquired()]

    def identity(self, node: ast.expr) -> object | None:
        """Return what is the same for all names of one lock: its binding, or a class and an attribute."""
        if isinstance(node, ast.Name):
            return self._module.only_binding(node) if self._is_lock(node) else None
        owner = receiver_class(self._module, node.value) if isinstance(node, ast.Attribute) else None
        if owner is None or not isinstance(node, ast.Attribute):
            return None
        stores = self._stores(owner, node.attr)
        return (owner, node.attr) if len(stores) == 1 and self._is_lock(stores[0]) else None

    def _is_lock(self, node: ast.expr) -> bool:
        kind = kind_of(self._suite, node)
        call = made_by(self._suite, node) if kind in LOCKS else None
        if call is None:
            return False
        return kind not in _COUNTING or all(_is_one(each) for each in (*call.args, *call.keywords))

    def _stores(self, owner: ast.ClassDef, name: str) -> list[ast.expr]:
        found = []
        for each in self._module.stores.get(name, ()):
            parent = self._module.parents[each]
            same = receiver_class(self._module, each.value) is owner and isinstance(parent, ast.Assign)
            found.append(parent.value if same else each)  # type: ignore[attr-defined]
        return found

    def _entered(self) -> Iterator[Taken]:
        for block in self._module.nodes(ast.AsyncWith):
            function = self._module.function_of(block)
            for item in block.items if isinstance(function, ast.AsyncFunctionDef) else ():
                if (lock := self.identity(item.context_expr)) is not None:
                    yield Taken(lock, item.context_expr, function, block)  # type: ignore[arg-type]

    def _acquired(self) -> Iterator[Taken]:
        for node in self._module.nodes(ast.Await):
            function, call = self._module.function_of(node), node.value
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "acquire":
                lock = self.identity(call.func.value)
                if lock is not None and isinstance(function, ast.AsyncFunctionDef):
                    yield Taken(lock, node, function)

    def always_taken_by(self, function: Definition) -> list[Taken]:
        """Return what a function takes whenever it runs to its end: by the statements of its own block."""
        return [each for each in self._taken_in.get(function, ()) if self._is_unconditional(each, function)]

    @cached_property
    def _taken_in(self) -> Mapping[ast.AST, list[Taken]]:
        found: defaultdict[ast.AST, list[Taken]] = defaultdict(list)
        for each in self.taken:
            found[each.function].append(each)
        return dict(found)

    def _is_unconditional(self, taken: Taken, function: Definition) -> bool:
        for parent in self._module.ancestors(taken.node):
            if parent is function:
                return True
            if not isinstance(parent, (ast.AsyncWith, ast.With, ast.withitem, ast.Expr)):
                return False
        return False


def _is_one(node: ast.AST) -> bool:
    value = node.value if isinstance(node, ast.keyword) else node
    return isinstance(value, ast.Constant) and value.value == 1
