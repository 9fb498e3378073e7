"""Reads of a clock, and what stands between two of them."""

from __future__ import annotations

import ast
from bisect import bisect_left

from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, position
from codemods.semantics.memo import once

_CLOCKS = frozenset({"time", "monotonic", "perf_counter", "process_time", "thread_time"})


def read_behind(module: Module, node: ast.Call, function: Definition) -> ast.Call | None:
    """Return the next read of a clock behind a call that a function itself makes, if one stands before it, too."""
    reads = _clock_reads(module, function)
    after = bisect_left(reads, position(node), key=position)
    return reads[after] if 0 < after < len(reads) else None


@once
def _clock_reads(module: Module, function: Definition) -> list[ast.Call]:
    return [each for each in module.inside(ast.Call, function) if _is_clock(module, each)]


def _is_clock(module: Module, call: ast.Call) -> bool:
    """Return whether a call reads a clock: one of the module ``time``, or that of a loop."""
    module_name, _, name = (module.resolve(call.func) or "").rpartition(".")
    of_loop = isinstance(call.func, ast.Attribute) and call.func.attr == "time" and not call.args
    return of_loop or (module_name == "time" and name.removesuffix("_ns") in _CLOCKS)
