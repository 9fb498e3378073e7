"""Calls in coroutines that ask for the current event loop."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.analysis.loops.uses import is_current_loop
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition

_FAKE = re.compile(r"(?:^|[.\s])get_event_loop$")


@dataclass(frozen=True, slots=True)
class Getter:
    """A call of ``asyncio.get_event_loop`` in a coroutine, and the outermost function around it."""

    call: ast.Call
    outermost: Definition


def current_loop_getters(module: Module) -> Iterator[Getter]:
    """Yield the calls whose nearest function is ``async def``."""
    for call in module.nodes(ast.Call):
        function = module.function_of(call) if is_current_loop(module, call) and not call.keywords else None
        if isinstance(function, ast.AsyncFunctionDef) and not module.is_in_f_string(call):
            outer: ast.AST = function
            while (around := module.function_of(outer)) is not None:
                outer = around
            if isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield Getter(call, outer)


def faked(module: Module) -> bool:
    """Return whether a file may put something in the place of ``get_event_loop``: it names it in a string."""
    texts = (each.value for each in module.nodes(ast.Constant) if isinstance(each.value, str))
    assigned = any(
        each.attr == "get_event_loop" and not isinstance(each.ctx, ast.Load) for each in module.nodes(ast.Attribute)
    )
    return assigned or any(map(_FAKE.search, texts))
