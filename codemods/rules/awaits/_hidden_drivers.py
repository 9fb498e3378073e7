"""What may run a coroutine in a sync function though no call of a driver shows; it fails once the function is async."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.awaits.calls import Calls
from codemods.analysis.awaits.closures import Closure
from codemods.analysis.awaits.file_drives import FileDrives
from codemods.analysis.loops.drivers import is_driver
from codemods.analysis.loops.scheduling import called_path, is_scheduling
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, calls_in, last_name
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.values.paths import infer_path

_AROUND = (ast.List, ast.Tuple, ast.Set, ast.Starred, ast.keyword)
_HARMLESS = ("asyncio", "inspect", "types", "unittest", "weakref")
_BUILT_IN = frozenset({"callable", "hasattr", "isinstance", "list", "print", "repr", "set", "str", "tuple", "type"})
"""What only looks at a coroutine, or keeps it."""


def hidden_drivers(context: Context, found: FileDrives, closure: Closure, node: Definition) -> Iterator[str]:
    """Yield what a function does that may run a coroutine."""
    module = context.module
    for each in found.hidden.handed.get(node, ()):
        yield f"`{module.segment(each)}` is handed on in line {each.lineno}"
    for drive in found.drives.by_function.get(node, ()):
        if drive.local is not None and drive.local.name in found.hidden.strings:
            yield f"`{drive.local.name}` stands in a string"
    calls = calls_in(node)
    known = {each for each in calls if each in found.drives.by_helper or each in closure.members}
    for call in calls:
        if call not in known and not is_driver(module, call):
            yield from _kept(found, call)
            yield from _handed_on(context, call)
            if (taker := _taker(module, found.calls, call, known)) is not None:
                yield f"`{module.segment(taker.func)}` is given a coroutine in line {taker.lineno}, and may run it"


def _kept(found: FileDrives, call: ast.Call) -> Iterator[str]:
    """Yield that a call is of a variable that holds a driver."""
    callee = call.func
    own = isinstance(callee, ast.Name) or (isinstance(callee, ast.Attribute) and isinstance(callee.value, ast.Name))
    name = last_name(callee)
    if own and name in found.hidden.names and "." not in (found.drives.module.resolve(callee) or ""):
        yield f"`{name}` runs a loop, too"


def _handed_on(context: Context, call: ast.Call) -> Iterator[str]:
    """Yield that what a call is of, or is given by name, runs a loop in another file."""
    names = [each for each in call.args if isinstance(each, (ast.Name, ast.Attribute))]
    for each in (call.func, *names):
        path = infer_path(context.suite, each) if isinstance(each, (ast.Name, ast.Attribute)) else None
        if (path is None or not path.is_qualified) and each is call.func:
            path = called_path(context.module, each)
        place = context.module.answers.runs_loop(path) if path is not None and path.is_qualified else None
        if place is not None and place.path != context.module.path:
            yield f"`{context.module.segment(each)}` runs a loop ({place.place})"


def _taker(module: Module, calls: Calls, call: ast.Call, known: set[ast.Call]) -> ast.Call | None:
    """Return what a coroutine of the file is handed to, if that may run it."""
    if not isinstance(calls.target(call.func), ast.AsyncFunctionDef):
        return None
    around = module.parents[call]
    while isinstance(around, _AROUND):
        around = module.parents[around]
    if not isinstance(around, ast.Call) or around.func is call or _is_harmless(module, calls, around):
        return None
    outer = (each for each in (around, *module.ancestors(around)) if isinstance(each, (ast.Call, ast.Await, ast.stmt)))
    for each in outer:
        if isinstance(each, ast.stmt):
            break
        if isinstance(each, ast.Await) or each in known or is_driver(module, each):
            return None
    return around


def _is_harmless(module: Module, calls: Calls, call: ast.Call) -> bool:
    """Say whether a call only looks at what it is given, keeps it or has it run later, or is of the file's own."""
    name = module.resolve(call.func) or ast.unparse(call.func)
    inspects = name in _BUILT_IN or name.partition(".")[0] in _HARMLESS
    return inspects or calls.target(call.func) is not None or is_scheduling(call.func) or _keeps(call.func)


def _keeps(callee: ast.expr) -> bool:
    return isinstance(callee, ast.Attribute) and callee.attr in ("add", "append", "extend", "gather", "put", "wait_for")
