"""Calls that run a coroutine from sync code."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codemods.semantics.asyncio_names import LOOP_DRIVERS, OTHER_DRIVERS, RUN, asyncio_name
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import calls_in
from codemods.semantics.memo import once

_DRIVING = LOOP_DRIVERS | {RUN, *(each.rpartition(".")[2] for each in OTHER_DRIVERS)}
"""The last names of all of them."""


@dataclass(frozen=True, slots=True)
class Driver:
    """A call that runs ``argument`` to its end; ``loop`` is what it runs on, None for a loop of its own."""

    call: ast.Call
    argument: ast.expr
    loop: ast.expr | None


def is_driver(module: Module, call: ast.Call) -> bool:
    """Return whether a call runs an event loop, whichever way; it raises where one is running."""
    return _names_driver(module, call.func)


def _names_driver(module: Module, callee: ast.expr) -> bool:
    if isinstance(callee, ast.Attribute) and callee.attr in LOOP_DRIVERS:
        return True
    return is_run(module, callee) or module.resolve(callee) in OTHER_DRIVERS


def is_run(module: Module, callee: ast.expr) -> bool:
    """Return whether what is called is ``asyncio.run``, which has a loop of its own."""
    return asyncio_name(module.resolve(callee)) == RUN


def handed_drivers(module: Module) -> Iterator[ast.expr]:
    """Yield the places of a file that name a driver without calling it: something else may."""
    bound = {alias.asname or alias.name for node in module.nodes(ast.ImportFrom) for alias in node.names}
    names: list[ast.expr] = [each for name in bound for each in module.loads.get(name, ())]
    names += [each for each in module.nodes(ast.Attribute) if each.attr in _DRIVING and isinstance(each.ctx, ast.Load)]
    for each in names:
        owns = isinstance(module.parents[each], ast.Attribute)
        if not module.is_called(each) and not owns and _names_driver(module, each):
            yield each


def may_drive(callee: ast.expr) -> bool:
    """Return whether it is worth to look what a callee is."""
    return not isinstance(callee, ast.Attribute) or callee.attr in _DRIVING


@once
def drivers_in(module: Module, node: ast.AST) -> Sequence[ast.Call]:
    """Return the calls below a node, at any depth, that run an event loop."""
    return [each for each in calls_in(node) if is_driver(module, each)]


def driver(module: Module, call: ast.Call) -> Driver | None:
    """Return a call of ``loop.run_until_complete`` or ``asyncio.run`` with nothing but what it is to run."""
    given = call.args
    if len(given) != 1 or call.keywords or isinstance(given[0], ast.Starred):
        return None
    if isinstance(call.func, ast.Attribute) and call.func.attr == "run_until_complete":
        return Driver(call, given[0], call.func.value)
    return Driver(call, given[0], None) if is_run(module, call.func) else None
