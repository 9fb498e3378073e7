"""Fakes of ``sleep`` and of the clock that are in force while a function runs."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from codemods.analysis.replacing.replacements import Replacement, outside_functions, replacements
from codemods.model import Evidence
from codemods.semantics.answers import Replaced
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.reach import Reach, reach_of
from codemods.semantics.pytest.suite import Suite

_WAITING = frozenset({"sleep", "monotonic"})
"""The names of what waits, and of the clock that it waits by."""


@dataclass(frozen=True, slots=True)
class Fake:
    """One place that replaces a function or a clock."""

    reason: str
    evidence: Evidence
    is_doubtful: bool = False
    """Whether what is there may as well be a real clock."""


def fake(suite: Suite, node: Definition) -> Fake | None:
    """Return what fakes sleep or the clock around an outermost function, in whatever file, or None."""
    module = suite.module
    inside, outside = _reaching(module, reach_of(suite))
    found = (inside.get(node), _of_module(module), outside.get(node))
    own = _weightiest(each for each in found if each is not None)
    if own is not None and not own.is_doubtful:
        return own
    other = _of_other_files(module, node)
    return _weightiest(each for each in (own, other) if each is not None)


def _weightiest(fakes: Iterable[Fake]) -> Fake | None:
    """Return the first fake that surely is one, else the first that may be."""
    return min(fakes, key=lambda each: each.is_doubtful, default=None)


def _of_other_files(module: Module, node: Definition) -> Fake | None:
    replaced = module.answers.surroundings(node.lineno).replaced
    return _weightiest(_fake(each, each.evidence) for each in replaced if _is_about_waiting(each))


def _is_about_waiting(found: Replaced | Replacement) -> bool:
    return found.of_clock or not _WAITING.isdisjoint(found.names)


def _fake(found: Replaced | Replacement, evidence: Evidence) -> Fake:
    replaced = "sleep, or the clock that it waits by, is replaced around it"
    clock = "a fake clock may stand there" if found.is_doubtful else "the clock is a fake one"
    return Fake(replaced if found.names else clock, evidence, found.is_doubtful)


@once
def _of_module(module: Module) -> Fake | None:
    return _first(module, outside_functions(module.tree))


@once
def _reaching(module: Module, reach: Reach) -> tuple[Mapping[Definition, Fake], Mapping[Definition, Fake]]:
    """Return the first fake that each function runs with: of those in functions, and of those in classes around."""
    inside: dict[Definition, Fake] = {}
    outside: dict[Definition, Fake] = {}
    for node in reach.functions:
        if (found := _first(module, walk(node))) is not None:
            _spread(inside, reach, [node], found)
    methods: defaultdict[ast.AST, list[Definition]] = defaultdict(list)
    for node in reach.functions:
        for each in module.ancestors(node):
            methods[each].append(node)
    for owner in module.nodes(ast.ClassDef):
        decorators = chain.from_iterable(map(walk, owner.decorator_list))
        if (found := _first(module, chain(decorators, outside_functions(owner)))) is not None:
            _spread(outside, reach, methods[owner], found)
    return inside, outside


def _spread(known: dict[Definition, Fake], reach: Reach, nodes: Sequence[Definition], found: Fake) -> None:
    for each in reach.beside(nodes):
        known[each] = _weightiest((known.get(each, found), found)) or found


def _first(module: Module, nodes: Iterable[ast.AST]) -> Fake | None:
    found = filter(_is_about_waiting, replacements(module, nodes))
    return _weightiest(_fake(each, module.evidence(each.node)) for each in found)
