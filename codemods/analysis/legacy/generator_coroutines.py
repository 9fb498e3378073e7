"""Coroutines written as generators, and what they are as ``async def``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.analysis.legacy.locks import Lock, lock
from codemods.analysis.legacy.yields import await_edit, is_misplaced
from codemods.analysis.loops.awaiting import needs_parentheses
from codemods.edits.calls import replace_call
from codemods.edits.functions import set_returns
from codemods.edits.yields import Yielded, enter_async, replace_yield
from codemods.model import Edit, Import
from codemods.semantics.answers import Answer
from codemods.semantics.file.module import Module
from codemods.semantics.file.names import reference
from codemods.semantics.file.order import Definition, walk
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.values.awaitable import awaitable, may_be_plain


@dataclass(frozen=True, slots=True)
class Conversion:
    """The edits that await what a generator yields; ``doubts`` is what only a reviewer can tell."""

    edits: tuple[Edit, ...] = ()
    imports: tuple[Import, ...] = ()
    doubts: tuple[str, ...] = ()
    obstacle: str | None = None


def converted(context: Context, node: Definition, yields: list[Yielded]) -> Conversion:
    """Return what makes the body of a coroutine out of that of a generator."""
    edits: list[Edit] = []
    imports: tuple[Import, ...] = ()
    doubts: list[str] = []
    for each in yields:
        found = _of_yield(context, each)
        if found.obstacle is not None:
            return found
        edits += found.edits
        doubts += found.doubts
        imports += found.imports
    if (annotation := result_annotation(context.module, node)) is not None:
        edits.append(annotation)
    return Conversion(tuple(edits), imports, tuple(dict.fromkeys(doubts)))


def _of_yield(context: Context, node: Yielded) -> Conversion:
    if (misplaced := is_misplaced(context.module, node)) is not None:
        return Conversion(obstacle=misplaced)
    return of_bare(context.module, node) if isinstance(node, ast.Yield) else of_delegation(context, node)


def of_delegation(context: Context, node: ast.YieldFrom) -> Conversion:
    """Return what awaits that from which a coroutine yields."""
    module = context.module
    text = module.segment(node.value)
    found = lock(module, node)
    if found is Lock.UNKNOWN:
        return Conversion(obstacle=f"it can't be told whether `{text}` is a lock")
    if found is not Lock.NONE:
        holder = module.parents[module.parents[node]]
        assert isinstance(holder, ast.With)
        doubts = () if found is Lock.KNOWN else (f"`{text}` has to be a lock",)
        return Conversion((enter_async(module, holder),), doubts=doubts)
    if (call := _call_of_its_await(node.value)) is not None:
        return _without_its_await(module, node, call)
    if may_be_plain(context.suite, node.value):
        return Conversion(obstacle=f"`{text}` isn't awaitable")
    unknown = awaitable(context.suite, node.value) is Answer.UNKNOWN
    doubts = (f"`{text}` has to be awaitable",) if unknown else ()
    return Conversion((await_edit(module, node),), doubts=doubts)


def _call_of_its_await(node: ast.expr) -> ast.Call | None:
    """Return the call of ``x.__await__()``: what it gives can be yielded from, and not be awaited."""
    match node:
        case ast.Call(func=ast.Attribute(attr="__await__"), args=[], keywords=[]):
            return node
    return None


def _without_its_await(module: Module, node: ast.YieldFrom, call: ast.Call) -> Conversion:
    assert isinstance(call.func, ast.Attribute)
    awaited = call.func.value
    text = module.segment(awaited)
    written = replace_call(module, call, f"({text})" if needs_parentheses(module, awaited) else text)
    return Conversion((written, await_edit(module, node)), doubts=(f"`{text}` has to be awaitable",))


def of_bare(module: Module, node: ast.Yield, also: tuple[str, ...] = ()) -> Conversion:
    """Return what lets the loop go on once, as a bare ``yield`` does, and one of what ``also`` names."""
    if node.value is not None and ast.unparse(node.value) != "None" and module.resolve(node.value) not in also:
        return Conversion(obstacle=f"it yields `{module.segment(node.value)}`")
    if not isinstance(module.parents[node], ast.Expr):
        return Conversion(obstacle="it takes what is sent to it")
    written = reference(module, "asyncio.sleep", node)
    if written is None:
        return Conversion(obstacle="asyncio is another name here")
    edit = replace_yield(module, node, f"await {written.text}(0)")
    return Conversion((edit,), written.imports, (f"`{module.segment(node)}` becomes `asyncio.sleep(0)`",))


def result_annotation(module: Module, node: Definition) -> Edit | None:
    """Return the edit that annotates the result alone, as ``async def`` wants it."""
    given = node.returns
    if not isinstance(given, ast.Subscript) or not isinstance(given.slice, ast.Tuple) or len(given.slice.elts) != 3:
        return None
    package, _, name = (module.resolve(given.value) or "").rpartition(".")
    if name not in ("Coroutine", "Generator") or package not in ("collections.abc", "typing", "typing_extensions"):
        return None
    return set_returns(module, node, module.segment(given.slice.elts[2]))


def annotation_names(node: Definition) -> Iterator[str]:
    """Yield the names that an annotation used."""
    for each in walk(node.returns) if node.returns is not None else ():
        if isinstance(each, ast.Name):
            yield each.id
