"""Fakes of ``sleep`` and of the clock that are in force while a function runs, as far as its file shows."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from codemods.analysis.awaits.mocked import may_replace
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition
from codemods.semantics.memo import once
from codemods.semantics.pytest.reach import Reach

_FAKED = re.compile(r"(.*\.)?(sleep|monotonic)")
_CLOCK = re.compile(
    r"freeze_?time|freezer|frozen_?time|time_?machine|time_?travel\w*|autojump_?clock|looptime|advance_?time"
    r"|fast_?forward|(fake|mock(ed)?|frozen|virtual|manual)_?(clock|time)s?|clock",
    re.I,
)
_CLOCK_LIBRARIES = frozenset({"freezegun", "time_machine", "looptime", "aiofastforward", "async_solipsism"})


@dataclass(frozen=True, slots=True)
class Fake:
    """One place that replaces a function or a clock."""

    reason: str
    node: ast.AST


def fake(module: Module, reach: Reach, node: Definition) -> Fake | None:
    """Return what fakes sleep or the clock around an outermost function, or None."""
    inside, outside = _reaching(module, reach)
    return inside.get(node) or _of_module(module) or outside.get(node)


@once
def _of_module(module: Module) -> Fake | None:
    return _first(module, _outside_functions(module.tree))


@once
def _reaching(module: Module, reach: Reach) -> tuple[Mapping[Definition, Fake], Mapping[Definition, Fake]]:
    """Return the first fake that each function runs with: of those in functions, and of those in classes around."""
    inside: dict[Definition, Fake] = {}
    outside: dict[Definition, Fake] = {}
    for node in reach.functions:
        if (found := _first(module, ast.walk(node))) is not None:
            _spread(inside, reach, [node], found)
    methods: defaultdict[ast.AST, list[Definition]] = defaultdict(list)
    for node in reach.functions:
        for each in module.ancestors(node):
            methods[each].append(node)
    for owner in module.nodes(ast.ClassDef):
        decorators = chain.from_iterable(map(ast.walk, owner.decorator_list))
        if (found := _first(module, chain(decorators, _outside_functions(owner)))) is not None:
            _spread(outside, reach, methods[owner], found)
    return inside, outside


def _spread(known: dict[Definition, Fake], reach: Reach, nodes: Sequence[Definition], found: Fake) -> None:
    for each in reach.beside(nodes):
        known.setdefault(each, found)


def _first(module: Module, nodes: Iterable[ast.AST]) -> Fake | None:
    for each in nodes:
        if _replaces_sleep(each):
            return Fake("sleep, or the clock that it waits by, is replaced around it", each)
        if _is_fake_clock(module, each):
            return Fake("the clock is a fake one", each)
    return None


def _outside_functions(owner: ast.AST) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = list(owner.body)  # type: ignore[attr-defined]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield node
            waiting += ast.iter_child_nodes(node)


def _replaces_sleep(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return not isinstance(node.ctx, ast.Load) and node.attr in ("sleep", "monotonic")
    if not isinstance(node, ast.Call) or not may_replace(node):
        return False
    targets = (*node.args[:2], *(each.value for each in node.keywords))
    constants = (each.value for target in targets for each in ast.walk(target) if isinstance(each, ast.Constant))
    named = [each for each in constants if isinstance(each, str)]
    named += [each.arg for each in node.keywords if each.arg]
    return any(map(_FAKED.fullmatch, named)) or _replaces_loop_time(node, named)


def _replaces_loop_time(node: ast.Call, named: list[str]) -> bool:
    return "time" in named and bool(node.args) and ast.unparse(node.args[0]).endswith("loop")


def _is_fake_clock(module: Module, node: ast.AST) -> bool:
    if isinstance(node, ast.arg):
        return bool(_CLOCK.fullmatch(node.arg))
    if isinstance(node, ast.Attribute):
        return bool(_CLOCK.fullmatch(node.attr)) or node.attr == "advance"
    if not isinstance(node, ast.Name):
        return False
    library = (module.resolve(node) or "").partition(".")[0]
    return bool(_CLOCK.fullmatch(node.id)) or library in _CLOCK_LIBRARIES
