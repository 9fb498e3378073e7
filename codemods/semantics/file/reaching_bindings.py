"""Which binding of a name reaches a place: the one that it reads, or all that may have been the last one."""

from __future__ import annotations

import ast
import sys
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

from codemods.semantics.file.module import Module
from codemods.semantics.file.names import is_for_types
from codemods.semantics.file.order import Definition, position, walk
from codemods.semantics.memo import once

END = (sys.maxsize, 0)
"""The place behind all others."""
_BRANCHES = (ast.If, ast.Try, ast.For, ast.While, ast.With, ast.AsyncWith, ast.Match,
             *([ast.TryStar] if sys.version_info >= (3, 11) else []))  # fmt: skip
"""What may leave out what stands in it; a manager may hide an error that comes before."""


@dataclass(frozen=True, slots=True)
class _Straight:
    """A name that the statements of one block bind, one after the other."""

    bindings: Sequence[ast.AST]
    block: Sequence[ast.stmt]
    places: Sequence[int]
    """Which statement of the block each binding stands in; -1 for a parameter of the function whose body it is."""

    def before(self, here: int) -> ast.AST | None:
        """Return the last binding that comes before what stands in a statement of the block."""
        count = bisect_left(self.places, here)
        inside = count < len(self.places) and self.places[count] == here
        count += inside and isinstance(self.block[here], (ast.With, ast.AsyncWith))
        return self.bindings[count - 1] if count else None


def reaching(module: Module, name: ast.Name) -> ast.AST | None:
    """Return the binding that a name reads; None if it can't be told."""
    scope, bindings = module.scopes.lookup(name.id, name)
    if len(bindings) < 2 or scope is None:
        return bindings[0] if bindings else None
    straight = _straight(module, scope, name.id)
    if straight is None or module.function_of(name) is not _function_around(module, straight.bindings[0]):
        return None
    here = _index(module, straight.block, name)
    return None if here < 0 else straight.before(here)


@once
def _straight(module: Module, scope: ast.AST, name: str) -> _Straight | None:
    """Return how a scope binds a name, if it does so in one straight block."""
    bindings = sorted(module.scopes.bindings(scope, name), key=position)
    if len({_function_around(module, each) for each in bindings}) > 1:
        return None
    is_parameter = isinstance(bindings[0], ast.arg)
    around = scope.body if isinstance(scope, Definition) else ()
    block = around if is_parameter else module.place_of(module.statement_of(bindings[0]))[0]
    places = [-1] * is_parameter + [_index(module, block, each) for each in bindings[is_parameter:]]
    rising = all(place < following for place, following in pairwise(places))
    return _Straight(bindings, block, places) if places[0] >= -int(is_parameter) and rising else None


def _function_around(module: Module, binding: ast.AST) -> ast.AST | None:
    """Return the function in which a name gets its value: a parameter does so in its own."""
    if isinstance(binding, ast.arg):
        return module.scopes.binding_scope(binding, binding.arg)
    return module.function_of(binding)


def _index(module: Module, block: Sequence[ast.stmt], node: ast.AST) -> int:
    """Return which statement of a block a name stands in; -1 if none, or one that may bind it only at times."""
    binds = isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    around = (module.statement_of(node),) if binds else (node, *module.ancestors(node))
    return next((index for own, index in map(module.place_of, around) if own is block), -1)


def last_bindings(
    module: Module, scope: ast.AST, name: str, before: tuple[int, int] = END
) -> Iterator[ast.AST]:  # fmt: skip
    """Yield what may have bound a name of a module or class last: up to the last one that always does."""
    named = (each for each in module.scopes.bindings(scope, name) if module.scopes.scope_of(each) is scope)
    for node in sorted((each for each in named if position(each) < before), key=position, reverse=True):
        outer = (each for each in module.ancestors(node) if isinstance(each, _BRANCHES))
        around = [each for each in outer if module.scopes.scope_of(each) is scope and not _always(each, node)]
        if not any(isinstance(each, ast.If) and is_for_types(module, each.test) for each in around):
            yield node
            if not around:
                return


def _always(branch: ast.AST, node: ast.AST) -> bool:
    """Say whether a branch is one for the eye only: ``if True``."""
    is_true = isinstance(branch, ast.If) and isinstance(branch.test, ast.Constant) and bool(branch.test.value)
    return is_true and not any(node in walk(each) for each in branch.orelse)  # type: ignore[attr-defined]


def block_of(module: Module, statement: ast.AST) -> Sequence[ast.stmt]:
    """Return the statements among which one stands."""
    return module.place_of(statement)[0]


def names_bound_by(module: Module, binding: ast.Name | ast.arg | Definition) -> list[ast.Name] | None:
    """Return the places that read a binding, in source order, or None if it can't be told which."""
    name = getattr(binding, "id", "") or getattr(binding, "arg", "") or getattr(binding, "name", "")
    readers = _readers(module, module.scopes.binding_scope(binding, name), name)
    return [each for _, each in readers.get(binding, ())] if None not in readers else None


def names_maybe_bound_by(module: Module, binding: ast.AST, name: str) -> list[ast.Name]:
    """Return the places that read a binding, and those of which it can't be told, in source order."""
    readers = _readers(module, module.scopes.binding_scope(binding, name), name)
    found = (*readers.get(binding, ()), *readers.get(None, ()))
    return [each for _, each in sorted(found, key=itemgetter(0))]


@once
def _readers(module: Module, scope: ast.AST, name: str) -> Mapping[ast.AST | None, list[tuple[int, ast.Name]]]:
    """Return the places that read each binding of a name in a scope, with their numbers; None if that can't be told."""
    found: defaultdict[ast.AST | None, list[tuple[int, ast.Name]]] = defaultdict(list)
    for number, node in enumerate(module.reads_in(scope, name)):
        found[reaching(module, node)].append((number, node))
    return dict(found)
