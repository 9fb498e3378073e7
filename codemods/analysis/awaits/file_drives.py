"""What the sync code of a file runs, looked for once for all rules."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from codemods.analysis.awaits.calls import Calls
from codemods.analysis.awaits.closures import Closure, Closures
from codemods.analysis.awaits.drives import Drives
from codemods.analysis.awaits.hidden_drivers import HiddenDrivers
from codemods.analysis.loops.own_loops import shared_loops
from codemods.analysis.module import Module
from codemods.analysis.sleeping.reach import Reach
from codemods.analysis.suite import Suite


@dataclass(frozen=True, slots=True)
class FileDrives:
    """What the sync code of a file runs."""

    calls: Calls
    drives: Drives
    closures: tuple[Closure, ...]
    reach: Reach
    running: Mapping[ast.AST, tuple[ast.AST, ...]]
    """The functions that run a loop, by the outermost ones that they stand in; helpers left out."""
    hidden: HiddenDrivers
    shared: set[str]
    """The loops of the module that do nothing but run coroutines."""


@lru_cache(maxsize=2)
def file_drives(suite: Suite) -> FileDrives:
    """Return what the sync code of a file runs; looked for once for all rules."""
    calls = Calls(suite.module)
    drives = Drives(suite.module, calls)
    hidden = HiddenDrivers(suite.module)
    return FileDrives(
        calls,
        drives,
        closures=tuple(Closures(suite, calls, drives).found()),
        reach=Reach(suite),
        running=_running(suite.module, [*drives.running(), *hidden.handed]),
        hidden=hidden,
        shared=shared_loops(suite.module),
    )


def _running(module: Module, functions: Iterable[ast.AST]) -> dict[ast.AST, tuple[ast.AST, ...]]:
    running: dict[ast.AST, tuple[ast.AST, ...]] = {}
    for each in functions:
        around = module.outermost(each)
        running[around] = (*running.get(around, ()), each)
    return running
