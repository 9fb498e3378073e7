"""Calls that run a coroutine from sync code, and the edit that awaits it instead."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.analysis.index.knowledge import About, Question
from codemods.analysis.marks import aliased_value
from codemods.analysis.module import Module
from codemods.analysis.names import reference
from codemods.analysis.order import Definition, is_generator
from codemods.model import Edit, Import

RUN = frozenset({"asyncio.run", "asyncio.runners.run"})
_OTHERS = frozenset({"anyio.run", "trio.run", "uvloop.run", "asyncio.Runner", "asgiref.sync.async_to_sync"})
_TASK = "asyncio.create_task"
_METHODS = frozenset({"run_until_complete", "run_forever"})
_SCHEDULING = re.compile(r"(?:create|start|spawn|add|schedule)_\w*task|ensure_future|call_(?:soon|later|at)|start_soon")
_DRIVING = frozenset({"run", "run_until_complete", "run_forever", "Runner", "async_to_sync"})
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
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
    return _names_driver(module, call.func)


def _names_driver(module: Module, callee: ast.expr) -> bool:
    if isinstance(callee, ast.Attribute) and callee.attr in _METHODS:
        return True
    return module.resolve(callee) in RUN | _OTHERS


def handed_drivers(module: Module) -> Iterator[ast.expr]:
    """Yield the places of a file that name a driver without calling it: something else may."""
    bound = {alias.asname or alias.name for node in module.nodes(ast.ImportFrom) for alias in node.names}
    names: list[ast.expr] = [each for name in bound for each in module.loads.get(name, ())]
    names += [each for each in module.nodes(ast.Attribute) if each.attr in _DRIVING and isinstance(each.ctx, ast.Load)]
    for each in names:
        parent = module.parents[each]
        called = isinstance(parent, ast.Call) and parent.func is each
        if not called and not isinstance(parent, ast.Attribute) and _names_driver(module, each):
            yield each


def may_drive(callee: ast.expr) -> bool:
    """Return whether it is worth to look what a callee is."""
    return not isinstance(callee, ast.Attribute) or callee.attr in _DRIVING


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
    if not may_await(module, found.call, function) or _holds_comment(module, found) or _is_none(module, found):
        return None
    if _is_plain_generator(module, found.argument):
        return None
    parens = binds_tighter(module, found.call)
    if _never_waits(module, found) or _schedules(module, found, function):
        return _as_task(module, found, parens)
    inner = needs_parentheses(module, found.argument)
    return Awaiting((module.edit(found.call, "await_argument", index=0, parens=parens, inner=inner),))


def _is_plain_generator(module: Module, node: ast.expr) -> bool:
    """Say whether a call may be one of a generator of the file: loops ran them up to Python 3.11, awaits do not."""
    name = getattr(node.func, "attr", getattr(node.func, "id", None)) if isinstance(node, ast.Call) else None
    named = (each for each in module.nodes(ast.FunctionDef) if each.name == name)
    return any(not each.decorator_list and is_generator(each) for each in named)


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


def _is_none(module: Module, found: Driver) -> bool:
    """Say whether a driver is given something that is no coroutine: a constant, or a function that isn't called."""
    if isinstance(found.argument, (ast.Constant, ast.List, ast.Dict, ast.Lambda, ast.JoinedStr)):
        return True
    name = found.argument.id if isinstance(found.argument, ast.Name) else None
    bound = module.scopes.lookup(name, found.argument)[1] if name is not None else []
    return name is not None and (hasattr(builtins, name) if not bound else isinstance(bound[0], _DEFINITIONS))


def _as_task(module: Module, found: Driver, parens: bool) -> Awaiting | None:
    written = reference(module, _TASK, found.call)
    if written is None:
        return None
    edit = module.edit(found.call, "replace_callee", text=written.text)
    return Awaiting((edit, module.edit(found.call, "insert_await", parens=parens)), written.imports)


def _never_waits(module: Module, found: Driver) -> bool:
    """Say whether a coroutine of the same file awaits nothing: what it schedules runs only if a task runs it.

    So does what was scheduled before on the same loop, which ``asyncio.run`` doesn't know.
    """
    made = _local(module, found.argument.func) if isinstance(found.argument, ast.Call) else None
    waits = (ast.Await, ast.AsyncFor, ast.AsyncWith)
    inner = list(ast.walk(made)) if made is not None else []
    if made is None or any(isinstance(each, waits) for each in inner):
        return False
    return module.resolve(found.call.func) not in RUN or any(isinstance(each, ast.Call) for each in inner)


def _local(module: Module, callee: ast.expr) -> ast.AsyncFunctionDef | None:
    """Return the coroutine function of the same file that a name means."""
    bound = module.scopes.lookup(callee.id, callee)[1] if isinstance(callee, ast.Name) else []
    return bound[0] if len(bound) == 1 and isinstance(bound[0], ast.AsyncFunctionDef) else None


def _schedules(module: Module, found: Driver, function: Definition) -> bool:
    """Say whether a coroutine begins tasks whose first step may be seen: a driver waits for it, an await doesn't."""
    if not isinstance(found.argument, ast.Call) or module.parents[found.call] is function.body[-1]:
        return False
    local = _local(module, found.argument.func)
    if local is not None and schedules(local):
        return True
    calls = [each for each in ast.walk(local or found.argument) if isinstance(each, ast.Call)]
    return any(_is_known_to_schedule(module, each.func) for each in (calls if local else calls[:1]))


def _is_known_to_schedule(module: Module, callee: ast.expr) -> bool:
    name = called_path(module, callee)
    known = module.ask(Question(About.SCHEDULES, name)) if name and "." in name else None
    return known is not None and known.loop is not None


def schedules(node: ast.AST) -> bool:
    """Return whether a function begins tasks, by the names of what it calls."""
    return any(is_scheduling(each.func) for each in ast.walk(node) if isinstance(each, ast.Call))


def is_scheduling(callee: ast.expr) -> bool:
    """Return whether what is called begins a task, by its name."""
    return _SCHEDULING.fullmatch(getattr(callee, "attr", getattr(callee, "id", ""))) is not None


def called_path(module: Module, callee: ast.expr) -> str | None:
    """Return the dotted name of what is called, also of a method of an object that a variable was given."""
    owner = aliased_value(module, callee.value) if isinstance(callee, ast.Attribute) else None
    made = module.resolve(owner.func) if isinstance(owner, ast.Call) else None
    return f"{made}.{callee.attr}" if made and isinstance(callee, ast.Attribute) else module.resolve(callee)


def binds_tighter(module: Module, call: ast.Call) -> bool:
    """Return whether what stands around a call takes more than the call if it is awaited without parentheses."""
    parent = module.parents[call]
    called = isinstance(parent, ast.Call) and parent.func is call
    indexed = isinstance(parent, ast.Subscript) and parent.value is call
    return called or indexed or isinstance(parent, (ast.Attribute, ast.Await))


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
