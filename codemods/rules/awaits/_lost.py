"""Calls of async functions whose coroutine a test may have lost."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemods.analysis.awaits.meant import is_about_warnings
from codemods.analysis.awaits.suspending import coroutine_around, safety_of
from codemods.edits.calls import insert_await
from codemods.model import Edit, Evidence, Safety
from codemods.rules.awaits._coroutines import Coroutine, Coroutines
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition
from codemods.semantics.pytest.context import Context

if TYPE_CHECKING:
    from codemods.rules.awaits._doubts import Doubt


@dataclass(frozen=True, slots=True)
class Lost:
    """A call of an async function, the coroutine in which it can be awaited, and how far that can be trusted."""

    call: ast.Call
    coroutine: Coroutine
    function: ast.AsyncFunctionDef
    safety: Safety
    doubt: Doubt | None = None
    """What may change for a test that passes."""

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Where the function is defined, and what may change."""
        return (*self.coroutine.evidence, *([self.doubt.evidence] if self.doubt is not None else ()))


def lost(context: Context, calls: Iterator[ast.Call]) -> Iterator[Lost]:
    """Yield those of some calls that give a coroutine, and could be awaited where they stand."""
    known = Coroutines(context.suite)
    for call in calls:
        function = coroutine_around(context.module, call)
        coroutine = known.called(call) if function is not None else None
        if function is None or coroutine is None:
            continue
        outermost = context.module.outermost(function)
        if is_about_warnings(context.module, outermost):
            continue
        from codemods.rules.awaits._doubts import doubt_of  # few files lose a coroutine

        safety, doubt = safety_of(context, outermost), doubt_of(context.suite, call, function)
        yield Lost(call, coroutine, function, Safety.REVIEW if doubt is not None else safety, doubt)


def awaiting(module: Module, call: ast.Call) -> Edit:
    """Return the edit that awaits a call."""
    tight = module.is_called(call) or isinstance(module.parents[call], (ast.Attribute, ast.Subscript))
    return insert_await(module, call, parens=tight)


def enclosing(module: Module, node: ast.AST) -> Definition | None:
    """Return the nearest function if it isn't a lambda."""
    function = module.function_of(node)
    return function if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) else None
