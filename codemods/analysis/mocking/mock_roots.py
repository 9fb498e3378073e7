"""What happens to an attribute of an object: the uses of the object that reach it."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from heapq import merge
from itertools import chain
from operator import itemgetter
from typing import Protocol

from codemods.analysis.mocking.mock_uses import Kind, Path, Trail, Use
from codemods.semantics.answers import ClassKind
from codemods.semantics.file.arguments import positional
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition
from codemods.semantics.file.reaching_bindings import names_maybe_bound_by, reaching
from codemods.semantics.limits import Budget
from codemods.semantics.pytest.classes import class_type, local_bases, local_heirs
from codemods.semantics.pytest.requests import parametrized
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import fixture_value, instance_class, only_value, receiver_class
from codemods.semantics.pytest.values.mocks import mock_class
from codemods.semantics.pytest.values.paths import below

_CONSTRUCTORS = frozenset({"__init__", "__post_init__"})
_DEPTH = 7
"""How far what hangs below a name is followed: as far as from where the name itself is met."""
_HIDING = frozenset({Kind.ESCAPE, Kind.REBOUND, Kind.OTHER})


def family_of(module: Module, owner: ast.ClassDef) -> tuple[ast.ClassDef, ...]:
    """Return a class, and its bases and heirs in its file."""
    return (*local_bases(module, owner), *local_heirs(module, owner))


@dataclass(frozen=True)
class Uses:
    """The uses of one object, and those of them that are near the attribute that is wanted."""

    every: list[Use]

    def near(self, step: str) -> Iterable[Use]:
        """Return those that reach an attribute, or hide or stand for the whole object, in their order."""
        found = merge(self._by_step.get(step, ()), self._by_step.get("", ()), key=itemgetter(0))
        return (use for _, use in found)

    def of(self, origin: ast.AST | None) -> Uses:
        """Return those that come by one function."""
        return self._by_origin.get(origin) or Uses([])

    @cached_property
    def _by_step(self) -> Mapping[str, list[tuple[int, Use]]]:
        found: defaultdict[str, list[tuple[int, Use]]] = defaultdict(list)
        for index, use in enumerate(self.every):
            if use.path or use.kind is Kind.STANDS or use.kind in _HIDING:
                found[use.path[0] if use.path else ""].append((index, use))
        return dict(found)

    @cached_property
    def _by_origin(self) -> Mapping[ast.AST | None, Uses]:
        found: defaultdict[ast.AST | None, list[Use]] = defaultdict(list)
        for use in self.every:
            found[use.origin].append(use)
        return {origin: Uses(uses) for origin, uses in found.items()}


class Roots:
    """The names from which attributes hang: ``svc`` of ``svc.fetch``, ``self`` of ``self.svc.fetch``."""

    def __init__(self, suite: Suite, follow: Callable[[ast.expr, Trail], Iterator[Use]], budget: Budget) -> None:
        """Look at the file of ``suite``; ``follow`` yields the uses of an expression's value, within a ``budget``."""
        self._suite = suite
        self._module = suite.module
        self._follow = follow
        self._budget = budget
        self._tests = {each.node for each in suite.tests}

    def stored(self, owner: ast.expr, attribute: str, node: ast.AST, trail: Trail) -> Iterator[Use]:
        """Yield the uses of what is stored as an attribute of ``owner`` at ``node``."""
        steps = [attribute]
        while isinstance(owner, ast.Attribute):
            steps.append(owner.attr)
            owner = owner.value
        if not isinstance(owner, ast.Name) or trail.depth <= 0:
            yield trail.use(Kind.ESCAPE, node)
            return
        here = self._module.outer_definition(node)
        prefix = tuple(reversed(steps))
        near = self._uses(owner, here, trail).near(prefix[0])
        yield from self._at((use for use in near if self._is_visible(use, here)), prefix, node, trail)

    def at(self, uses: Uses, prefix: Path, node: ast.AST, trail: Trail) -> Iterator[Use]:
        """Yield those uses of an object that reach ``prefix`` below it, as uses of what was put there at ``node``."""
        return self._at(uses.near(prefix[0]), prefix, node, trail)

    def _at(self, uses: Iterable[Use], prefix: Path, node: ast.AST, trail: Trail) -> Iterator[Use]:
        size = len(prefix)
        for use in uses:
            if use.path[:size] == prefix and use.node is not node:
                moved = use.at((*trail.path, *use.path[size:]))
                yield replace(moved, shared=True, origin=trail.origin) if trail.shared else moved
            elif use.path == prefix[: len(use.path)] and use.stands_for is not None:
                there = below(use.stands_for, prefix[len(use.path) :])
                yield replace(use, path=trail.path, stands_for=there, shared=True, origin=trail.origin or use.origin)
            elif use.path == prefix[: len(use.path)] and use.kind in _HIDING and len(use.path) < size:
                origin = trail.origin if trail.shared else use.origin
                yield Use(trail.path, Kind.ESCAPE, use.node, origin, use.shared)

    def _is_visible(self, use: Use, here: ast.AST | None) -> bool:
        """Tests don't see what another test has stored."""
        return here not in self._tests or use.origin is here or use.origin not in self._tests

    def _uses(self, name: ast.Name, here: ast.AST | None, trail: Trail) -> Uses:
        scope = self._module.scopes.lookup(name.id, name)[0]
        if (owner := receiver_class(self._module, name)) is not None:
            return self._of_class(owner, trail.family if owner in trail.family else ())
        if scope is None or (binding := reaching(self._module, name)) is None:
            return Uses([Use((), Kind.REBOUND, name, here)])
        key = binding, self._module.outer_definition(name), trail.origin
        uses = self._budget.part(key, lambda: Uses(list(self._of_name(binding, name, trail))))
        found = Uses([Use((), Kind.ESCAPE, binding, None)]) if uses is None else uses
        outside = isinstance(scope, ast.Module) and here is not None
        return found.of(here) if outside else found

    def _of_class(self, owner: ast.ClassDef, family: tuple[ast.ClassDef, ...] = ()) -> Uses:
        """Return what is done with the receiver of the methods of a class; of those of a ``family``, if it is known."""
        found = self._budget.part((owner, family), lambda: Uses(list(self._of_receiver(owner, family))))
        return Uses([Use((), Kind.ESCAPE, owner, None)]) if found is None else found

    def _of_name(self, binding: ast.AST, name: ast.Name, trail: Trail) -> Iterator[Use]:
        value = only_value(self._module, name) or fixture_value(self._suite, name)
        if (owner := instance_class(self._suite, name)) is not None:
            yield from self._of_instance(owner, trail)
        elif value is None or mock_class(self._module, value) is None:
            yield Use((), Kind.ESCAPE, binding, self._module.outer_definition(name))
        for each in names_maybe_bound_by(self._module, binding, name.id):
            origin = self._module.outer_definition(each)
            yield from self._follow(each, Trail((), origin, depth=_DEPTH))

    def _of_instance(self, owner: ast.ClassDef, trail: Trail) -> Iterator[Use]:
        """Yield what the methods of an instance's class do with it."""
        for use in self._of_class(owner).every:
            # What a constructor stores was there before.
            if use.kind is not Kind.WRITE or getattr(use.origin, "name", "") not in _CONSTRUCTORS:
                yield replace(use, origin=trail.origin, shared=True)

    def _of_receiver(self, owner: ast.ClassDef, family: tuple[ast.ClassDef, ...]) -> Iterator[Use]:
        if class_type(self._module, owner).kind is ClassKind.UNKNOWN:
            yield Use((), Kind.ESCAPE, owner, None)
        yield from self._of_receivers(family or family_of(self._module, owner))

    def _of_receivers(self, family: Iterable[ast.ClassDef], attribute: str | None = None) -> Iterator[Use]:
        """Yield what is done with the receivers of some classes; only where an ``attribute`` of them is wanted."""
        found = chain.from_iterable(self._receivers.get((each, attribute), ()) for each in dict.fromkeys(family))
        for _, each in sorted(found, key=itemgetter(0)):
            yield from self._follow(each, Trail((), self._module.outer_definition(each), depth=_DEPTH))

    def in_class(self, owner: ast.ClassDef, attribute: str, node: ast.AST, trail: Trail) -> Iterator[Use]:
        """Yield the uses of what is kept in an attribute of every instance of a class."""
        yield from self.at(self._of_class(owner), (attribute,), node, trail)

    def in_bases(self, owner: ast.ClassDef, attribute: str, trail: Trail) -> Iterator[Use]:
        """Yield the uses of what is kept in an attribute of an instance of just this class."""
        uses = self._of_receivers(local_bases(self._module, owner), attribute)
        yield from self._at(uses, (attribute,), owner, trail)

    @cached_property
    def _receivers(self) -> Mapping[tuple[ast.ClassDef, str | None], list[tuple[int, ast.Name]]]:
        """The names that mean the receiver of a class, in their order, all and by the attribute that is wanted."""
        found: defaultdict[tuple[ast.ClassDef, str | None], list[tuple[int, ast.Name]]] = defaultdict(list)
        for numbered in enumerate(self._first_parameters):
            if (owner := receiver_class(self._module, numbered[1])) is not None:
                found[owner, None].append(numbered)
                found[owner, getattr(self._module.parents[numbered[1]], "attr", "")].append(numbered)
        return dict(found)

    @property
    def _first_parameters(self) -> list[ast.Name]:
        """The places that read a name which the first parameter of a method has."""
        classes = set(self._module.nodes(ast.ClassDef))
        methods = (each for each in self._module.definitions if self._module.scopes.scope_of(each) in classes)
        names = {first.arg for each in methods for first in positional(each)[:1]}
        return [each for name in sorted(names) for each in self._module.loads.get(name, ())]

    def is_fetched(self, fixture: str) -> bool:
        """Return whether something asks for a fixture by a string."""
        return fixture in self._fetched

    @cached_property
    def _fetched(self) -> frozenset[object]:
        calls = (each for each in self._module.nodes(ast.Call) if getattr(each.func, "attr", "") == "getfixturevalue")
        return frozenset(arg.value for each in calls for arg in each.args if isinstance(arg, ast.Constant))

    def is_parametrized(self, user: Definition, name: str) -> bool:
        """Return whether a user's parameter gets its values from a ``parametrize`` mark."""
        return not {name, None}.isdisjoint(parametrized(self._module, self._suite.marks(user)))


class Following(Protocol):
    """Follows the objects of one file."""

    suite: Suite
    module: Module
    roots: Roots

    def follow(self, node: ast.expr, trail: Trail) -> Iterator[Use]:
        """Yield what the place of an expression does with its value."""

    def bound(self, binding: ast.Name | ast.arg, trail: Trail) -> Iterator[Use]:
        """Yield what is done with the value of a name."""
