"""Follows a mock through its file: names, attributes, fixtures, helpers and classes that it is handed to."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from weakref import proxy

from codemods.analysis.mocking.both_ways import is_both_ways
from codemods.analysis.mocking.mock_arguments import argument
from codemods.analysis.mocking.mock_given import given
from codemods.analysis.mocking.mock_roots import Roots
from codemods.analysis.mocking.mock_uses import (
    AWAITED,
    BOTH_WAYS,
    ENTERED,
    READS,
    Kind,
    Trail,
    Use,
    is_async_block,
    is_plain,
    waiting,
)
from codemods.analysis.mocking.other_files import replacing
from codemods.analysis.mocking.patch_targets import owned
from codemods.semantics.file.reaching_bindings import names_bound_by
from codemods.semantics.limits import Budget
from codemods.semantics.pytest.suite import Suite

_CONFIGURING = frozenset({"configure_mock", "attach_mock", "mock_add_spec", "_mock_children"})
_AWAITED_BY_PYTHON = frozenset({"__aenter__", "__aexit__", "__anext__"})
"""What `async with` and `async for` call and await."""
_STEPS = 30_000
"""How many places are looked at for one mock."""
_LEVELS = 5
"""How many names whose attributes lead to those of others."""
_LONGEST = 32
"""How many attributes and calls below a mock are followed."""
_NEUTRAL = (ast.Compare, ast.FormattedValue, ast.UnaryOp, ast.If, ast.Assert, ast.Expr, ast.While)


class Flow:
    """The uses of the objects of one file."""

    def __init__(self, suite: Suite) -> None:
        """Look at the file of ``suite``."""
        self.suite = suite
        self.module = suite.module
        self._budget = Budget(_STEPS, _LEVELS)
        itself = proxy(self)  # no circle: what nothing needs any more is let go at once
        self.roots = Roots(suite, lambda node, trail: itself.follow(node, trail), self._budget)

    def uses(self, node: ast.expr) -> list[Use]:
        """Return all uses of the object that an expression makes, ``()`` being its own path."""
        return self.all(node, lambda: self.follow(node, Trail((), self.module.outer_definition(node))))

    def uses_of(self, binding: ast.Name | ast.arg, family: tuple[ast.ClassDef, ...] = ()) -> list[Use]:
        """Return all uses of the object that a name is bound to; in a constructor of a ``family`` of classes."""
        trail = Trail((), self.module.outer_definition(binding), family=family)
        return self.all(binding, lambda: self.bound(binding, trail))

    def all(self, node: ast.AST, uses: Callable[[], Iterable[Use]]) -> list[Use]:
        """Return all ``uses`` of what is at ``node``, each once; unknown if there are too many ways to follow."""
        unknown = [Use((), Kind.OTHER, node, self.module.outer_definition(node))]
        return self._budget.whole(lambda: list(dict.fromkeys(uses())), unknown)

    def follow(self, node: ast.expr, trail: Trail) -> Iterator[Use]:
        """Yield what the place of an expression does with its value."""
        parent = self.module.parents[node]
        self._budget.spend()
        if trail.depth <= 0 or len(trail.path) > _LONGEST:
            yield trail.use(Kind.OTHER, node)
        elif isinstance(parent, ast.Attribute):
            yield from self._attribute(parent, trail)
        elif isinstance(parent, ast.Call) and parent.func is node:
            yield from self._call(parent, trail)
        elif isinstance(parent, (ast.Call, ast.keyword)):
            yield from argument(self, node, trail)
        elif isinstance(parent, (ast.Assign, ast.AnnAssign)):
            for target in parent.targets if isinstance(parent, ast.Assign) else [parent.target]:
                yield from self._assigned(target, trail)
        elif isinstance(parent, (ast.Return, ast.Yield)):
            yield from given(self, parent, trail)
        elif isinstance(parent, (ast.Await, ast.withitem, ast.For, ast.AsyncFor, ast.comprehension, ast.Subscript)):
            yield trail.use(Kind.OTHER, node, name=ENTERED * is_async_block(self.module, node))
        else:
            yield from self._left(parent, node, trail)

    def _left(self, parent: ast.AST, node: ast.expr, trail: Trail) -> Iterator[Use]:
        if isinstance(parent, ast.Compare) and trail.path[-1:] == ("return_value",):
            yield trail.use(Kind.COMPARED, node)
        elif not isinstance(parent, _NEUTRAL):
            yield trail.use(Kind.ESCAPE, node)

    def _attribute(self, node: ast.Attribute, trail: Trail) -> Iterator[Use]:
        parent = self.module.parents[node]
        if isinstance(node.ctx, ast.Store) and not isinstance(parent, ast.AugAssign):
            yield trail.below(node.attr).use(Kind.WRITE, node)
        elif not isinstance(node.ctx, ast.Load) or node.attr in _CONFIGURING:
            yield trail.use(Kind.OTHER, node, name=node.attr)
        elif node.attr.startswith("assert_") and isinstance(parent, ast.Call):
            yield trail.use(Kind.ASSERT, parent, name=node.attr)
        elif node.attr == AWAITED and not isinstance(parent, (ast.Call, ast.Attribute)):
            yield trail.use(Kind.OTHER, node, name=AWAITED)
        elif node.attr in READS:
            yield trail.use(Kind.READ, node, name=node.attr)
        elif node.attr != "reset_mock":
            yield from self.follow(node, trail.below(node.attr))

    def _call(self, call: ast.Call, trail: Trail) -> Iterator[Use]:
        if is_both_ways(self.module, call):
            yield trail.use(Kind.ESCAPE, call, name=BOTH_WAYS)
            return
        found = waiting(self.module, call)
        plain = found.kind is Kind.SYNC and is_plain(self.module, call)
        yield trail.called(found, call, plain=plain)
        if found.used and found.result is not None:
            yield from self.follow(found.result, trail.below("return_value"))

    def _assigned(self, target: ast.expr, trail: Trail) -> Iterator[Use]:
        if isinstance(target, ast.Name):
            yield from self.bound(target, trail)
            if (owner := self.module.class_of(target)) is not None:
                yield from self.roots.in_class(owner, target.id, target, trail)
        elif isinstance(target, ast.Attribute):
            yield from self._put(target.value, target.attr, target, trail)
        else:
            yield trail.use(Kind.ESCAPE, target)

    def bound(self, binding: ast.Name | ast.arg, trail: Trail) -> Iterator[Use]:
        """Yield the uses of what a name is bound to."""
        loads = names_bound_by(self.module, binding)
        if loads is None:
            yield trail.use(Kind.REBOUND, binding)
        for load in loads or ():
            origin = trail.origin if trail.shared else self.module.outer_definition(load)
            yield from self.follow(load, trail.onwards(origin))

    def _put(self, owner: ast.expr, attribute: str, node: ast.AST, trail: Trail) -> Iterator[Use]:
        """Yield the uses of what is stored in an attribute."""
        if attribute in _AWAITED_BY_PYTHON:
            yield trail.use(Kind.TARGET, node)
        yield from replacing(self.suite, owned(self.suite, owner, attribute), node, trail)
        yield from self.roots.stored(owner, attribute, node, trail)
