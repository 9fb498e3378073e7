"""The edit that awaits what a driver runs, and where it can't be made."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass

from codemods.analysis.loops.drivers import Driver, is_run
from codemods.analysis.loops.scheduling import is_known_to_schedule, is_scheduling, schedules
from codemods.edits.calls import await_argument, insert_await, replace_callee
from codemods.model import Edit, Import
from codemods.semantics.file.module import Module
from codemods.semantics.file.names import reference
from codemods.semantics.file.order import Definition, calls_in, last_name, walk
from codemods.semantics.memo import once

_TASK = "asyncio.create_task"
_WAKING = frozenset(
    {"cancel", "notify", "notify_all", "put_nowait", "release", "set", "set_exception", "set_result", "stop"}
)
"""What has the callbacks of a future run, or tasks that wait go on."""
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp)
_BARRIERS = (ast.Lambda, ast.ClassDef, ast.GeneratorExp, ast.JoinedStr, ast.FunctionDef, ast.AsyncFunctionDef)
"""Where an await would be no part of the function, or where ``ast`` gives wrong positions."""


@dataclass(frozen=True, slots=True)
class Awaiting:
    """The edits that await a coroutine, and the imports that they need."""

    edits: tuple[Edit, ...]
    imports: tuple[Import, ...] = ()


def awaiting(module: Module, found: Driver, function: Definition) -> Awaiting | None:
    """Return what awaits that which a driver runs, or None where it can't be awaited in ``function`` itself."""
    if not may_await(module, found.call, function) or _holds_comment(module, found) or _is_none(module, found):
        return None
    if _is_plain_generator(module, found.argument):
        return None
    parens = binds_tighter(module, found.call)
    if _never_waits(module, found, function) or _schedules(module, found, function):
        return _as_task(module, found, parens)
    inner = needs_parentheses(module, found.argument)
    return Awaiting((await_argument(module, found.call, 0, parens=parens, inner=inner),))


def unawaitable(module: Module, found: Driver) -> str:
    """Return why nothing can await what a driver runs in its place."""
    name = module.segment(found.call.func)
    if _holds_comment(module, found):
        return f"a comment in the brackets of `{name}` would be lost"
    if _is_plain_generator(module, found.argument):
        return f"what `{name}` runs is a plain generator"
    if _is_none(module, found):
        return f"what `{name}` is given is no coroutine"
    return f"`{name}` stands where nothing can be awaited"


def _is_plain_generator(module: Module, node: ast.expr) -> bool:
    """Say whether a call may be one of a generator of the file: loops ran them up to Python 3.11, awaits do not."""
    return isinstance(node, ast.Call) and last_name(node.func) in _plain_generators(module)


@once
def _plain_generators(module: Module) -> frozenset[str]:
    functions = (each for each in module.nodes(ast.FunctionDef) if not each.decorator_list)
    return frozenset(each.name for each in functions if each in module.generators)


def _is_none(module: Module, found: Driver) -> bool:
    """Say whether a driver is given something that is no coroutine: a constant, or a function that isn't called."""
    if isinstance(found.argument, (ast.Constant, ast.List, ast.Dict, ast.Lambda, ast.JoinedStr)):
        return True
    if built_in := module.unbound_name(found.argument):
        return hasattr(builtins, built_in)
    return isinstance(next(iter(module.bindings_of(found.argument)), None), _DEFINITIONS)


def _as_task(module: Module, found: Driver, parens: bool) -> Awaiting | None:
    written = reference(module, _TASK, found.call)
    if written is None:
        return None
    edit = replace_callee(module, found.call, written.text)
    return Awaiting((edit, insert_await(module, found.call, parens=parens)), written.imports)


def _never_waits(module: Module, found: Driver, function: Definition) -> bool:
    """Say whether a coroutine of the same file awaits nothing: what it schedules runs only if a task runs it.

    So does what was scheduled before on the same loop, which ``asyncio.run`` doesn't know.
    """
    made = _local(module, found.argument.func) if isinstance(found.argument, ast.Call) else None
    waits = (ast.Await, ast.AsyncFor, ast.AsyncWith)
    if made is None or any(isinstance(each, waits) for each in walk(made)):
        return False
    is_own = is_run(module, found.call.func)
    before = [] if is_own else [each for each in calls_in(function) if each.lineno < found.call.lineno]
    return any(_begins(module, each) for each in (*calls_in(made), *before))


def _begins(module: Module, call: ast.Call) -> bool:
    """Say whether a call begins a task, or is of a function that does so, in whatever file."""
    local = module.only_binding(call.func)
    if isinstance(local, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return any(is_scheduling(each.func) or last_name(each.func) in _WAKING for each in calls_in(local))
    is_begun = is_scheduling(call.func) or last_name(call.func) in _WAKING
    return is_begun or is_known_to_schedule(module, call.func)


def _local(module: Module, callee: ast.expr) -> ast.AsyncFunctionDef | None:
    """Return the coroutine function of the same file that a name means."""
    found = module.only_binding(callee)
    return found if isinstance(found, ast.AsyncFunctionDef) else None


def _schedules(module: Module, found: Driver, function: Definition) -> bool:
    """Say whether a coroutine begins tasks whose first step may be seen: a driver waits for it, an await doesn't."""
    if not isinstance(found.argument, ast.Call) or module.parents[found.call] is function.body[-1]:
        return False
    local = _local(module, found.argument.func)
    if local is not None and schedules(local):
        return True
    calls = calls_in(local or found.argument)
    return any(is_known_to_schedule(module, each.func) for each in (calls if local else calls[:1]))


def binds_tighter(module: Module, node: ast.expr) -> bool:
    """Return whether what stands around a value binds tighter than an ``await`` in its place would."""
    parent = module.parents[node]
    indexed = isinstance(parent, ast.Subscript) and parent.value is node
    return module.is_called(node) or indexed or isinstance(parent, (ast.Attribute, ast.Await))


def may_await(module: Module, node: ast.Call, function: Definition) -> bool:
    """Return whether an ``await`` in the place of a call would be part of that function."""
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
