"""Calls that run a coroutine from sync code, and the edit that awaits it instead."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.analysis.module import Module
from codemods.analysis.names import reference
from codemods.analysis.order import Definition
from codemods.model import Edit, Import

RUN = frozenset({"asyncio.run", "asyncio.runners.run"})
_OTHERS = frozenset({"anyio.run", "trio.run", "uvloop.run", "asyncio.Runner", "asgiref.sync.async_to_sync"})
_TASK = "asyncio.create_task"
_METHODS = frozenset({"run_until_complete", "run_forever"})
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp)
_BARRIERS = (ast.Lambda, ast.ClassDef, ast.GeneratorExp, ast.JoinedStr, ast.FunctionDef, ast.AsyncFunctionDef)
"""Where an await would be no part of the function, or where ``ast`` gives wrong positions."""


@dataclass(frozen=True, slots=True)
class Driver:
    """A call that runs ``argument`` to its end; ``loop`` is what it runs on, None for a loop of its own."""

    call: ast.Call
    argument: ast.expr
    loop: ast.expr | None


@dataclass(frozen=True, slots=True)
class Awaiting:
    """The edits that await a coroutine, and the imports that they need."""

    edits: tuple[Edit, ...]
    imports: tuple[Import, ...] = ()


def is_driver(module: Module, call: ast.Call) -> bool:
    """Return whether a call runs an event loop, whichever way; it raises where one is running."""
    if isinstance(call.func, ast.Attribute) and call.func.attr in _METHODS:
        return True
    return module.resolve(call.func) in RUN | _OTHERS


def drivers_in(module: Module, node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls below a node, at any depth, that run an event loop."""
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and is_driver(module, each):
            yield each


def driver(module: Module, call: ast.Call) -> Driver | None:
    """Return a call of ``loop.run_until_complete`` or ``asyncio.run`` with nothing but what it is to run."""
    given = call.args
    if len(given) != 1 or call.keywords or isinstance(given[0], ast.Starred):
        return None
    if isinstance(call.func, ast.Attribute) and call.func.attr == "run_until_complete":
        return Driver(call, given[0], call.func.value)
    return Driver(call, given[0], None) if module.resolve(call.func) in RUN else None


def awaiting(module: Module, found: Driver, function: Definition) -> Awaiting | None:
    """Return what awaits that which a driver runs, or None where it can't be awaited in ``function`` itself."""
    if not _may_await(module, found.call, function) or _holds_comment(module, found):
        return None
    parent = module.parents[found.call]
    called = isinstance(parent, ast.Call) and parent.func is found.call
    parens = called or isinstance(parent, (ast.Attribute, ast.Subscript, ast.Await))
    if _never_waits(module, found.argument):
        return _as_task(module, found, parens)
    inner = needs_parentheses(module, found.argument)
    return Awaiting((module.edit(found.call, "await_argument", index=0, parens=parens, inner=inner),))


def _as_task(module: Module, found: Driver, parens: bool) -> Awaiting | None:
    written = reference(module, _TASK, found.call)
    if written is None:
        return None
    edit = module.edit(found.call, "replace_callee", text=written.text)
    return Awaiting((edit, module.edit(found.call, "insert_await", parens=parens)), written.imports)


def _never_waits(module: Module, node: ast.expr) -> bool:
    """Say whether a coroutine of the same file awaits nothing: what it schedules runs only if a task runs it."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return False
    _, bound = module.scopes.lookup(node.func.id, node.func)
    made = bound[0] if len(bound) == 1 else None
    waits = (ast.Await, ast.AsyncFor, ast.AsyncWith)
    return isinstance(made, ast.AsyncFunctionDef) and not any(isinstance(each, waits) for each in ast.walk(made))


def _may_await(module: Module, node: ast.Call, function: Definition) -> bool:
    child: ast.AST = node
    comprehensions = 0
    for parent in module.ancestors(node):
        if parent is function:
            return isinstance(child, ast.stmt) and child in function.body
        # One level only: nested asynchronous comprehensions are a syntax error before Python 3.11.
        comprehensions += isinstance(parent, _COMPREHENSIONS)
        if isinstance(parent, _BARRIERS) or comprehensions > 1:
            return False
        child = parent
    return False


def _holds_comment(module: Module, found: Driver) -> bool:
    """Say whether a comment stands between the call's own brackets and its argument."""
    whole, inner = module.span(found.call), module.span(found.argument)
    around = [*range(whole.line, inner.line), *range(inner.end_line, whole.end_line)]
    return any("#" in module.lines[line - 1] for line in around)


def needs_parentheses(module: Module, node: ast.expr) -> bool:
    """Return whether ``await`` would take less than the whole expression, or none, without parentheses."""
    text = f"async def _():\n await {module.segment(node)}\n"
    try:
        body = ast.parse(text).body[0].body  # type: ignore[attr-defined]
    except SyntaxError:
        return True
    value = body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else None
    return not (isinstance(value, ast.Await) and ast.dump(value.value) == ast.dump(node))
