"""What may run a coroutine in a sync function though no call of a driver shows; it fails once the function is async."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemods.analysis.awaits.calls import Calls
from codemods.analysis.loops.drivers import handed_drivers, is_driver
from codemods.analysis.loops.scheduling import is_scheduling
from codemods.analysis.mocking.receivers import path_of
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition

if TYPE_CHECKING:
    from codemods.analysis.awaits.closures import Closure
    from codemods.analysis.awaits.file_drives import FileDrives
    from codemods.semantics.pytest.context import Context

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_AROUND = (ast.List, ast.Tuple, ast.Set, ast.Starred, ast.keyword)
_HARMLESS = ("asyncio", "inspect", "types", "unittest", "weakref")
_BUILT_IN = frozenset({"callable", "hasattr", "isinstance", "list", "print", "repr", "set", "str", "tuple", "type"})
"""What only looks at a coroutine, or keeps it."""


class HiddenDrivers:
    """The drivers of a file that something else calls, and the names under which it keeps them."""

    def __init__(self, module: Module) -> None:
        """Look at one file."""
        self.handed: defaultdict[ast.AST, list[ast.expr]] = defaultdict(list)
        """The drivers that each function hands on, or that a decorator hands to it."""
        self.strings = {_last_part(each.value) for each in module.nodes(ast.Constant) if isinstance(each.value, str)}
        """The last parts of the file's strings, of which a patch may mean a function: ``"test_it.fetch"``."""
        self.names: set[str] = set()
        """Variables of the module or of a class that are given a driver, or a lambda that calls one."""
        self._getters = [each for each in module.nodes(ast.Call) if _gets_by_name(each)]
        for each in handed_drivers(module):
            if (function := _function_around(module, each)) is not None:
                self.handed[function].append(each)
            self.names |= _assigned(module, each)
        for call in module.nodes(ast.Call):
            if not isinstance(module.function_of(call), _FUNCTIONS) and is_driver(module, call):
                self.names |= _assigned(module, call)

    def getter_of(self, node: Definition) -> ast.Call | None:
        """Return a call that may get a function of the file by a name that is put together."""
        return next((each for each in self._getters if all(part in node.name for part in _parts(each.args[1]))), None)


def _gets_by_name(call: ast.Call) -> bool:
    """Say whether a call gets an attribute of an object itself, or of a module, by a name that doesn't show."""
    named = isinstance(call.func, ast.Name) and call.func.id == "getattr" and len(call.args) > 1
    return named and isinstance(call.args[0], (ast.Name, ast.Subscript)) and bool(_parts(call.args[1], least=2))


def _parts(node: ast.expr, least: int = 1) -> list[str]:
    """Return the strings that a name is put together from, if the expression isn't a string itself."""
    inner = [] if isinstance(node, ast.Constant) else list(ast.walk(node))
    found = [each.value for each in inner if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return [each for each in found if len(each) >= least]


def _last_part(text: str) -> str:
    return text.rpartition(".")[2]


def _function_around(module: Module, node: ast.expr) -> ast.AST | None:
    return next((each for each in module.ancestors(node) if isinstance(each, _FUNCTIONS)), None)


def _assigned(module: Module, node: ast.expr) -> set[str]:
    """Return what holds a driver, if that is no variable of a function."""
    holder = next((each for each in module.ancestors(node) if isinstance(each, ast.stmt)), None)
    targets = holder.targets if isinstance(holder, ast.Assign) else []
    local = holder is not None and module.function_of(holder) is not None
    names = {each.id for each in targets if isinstance(each, ast.Name) and not local}
    return names | {each.attr for each in targets if isinstance(each, ast.Attribute)}


def hidden_drivers(context: Context, found: FileDrives, closure: Closure, node: Definition) -> Iterator[str]:
    """Yield what a function does that may run a coroutine."""
    module = context.module
    for each in found.hidden.handed.get(node, ()):
        yield f"`{module.segment(each)}` is handed on in line {each.lineno}"
    for drive in found.drives.by_function.get(node, ()):
        if drive.local is not None and drive.local.name in found.hidden.strings:
            yield f"`{drive.local.name}` stands in a string"
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
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
    name = getattr(callee, "attr", getattr(callee, "id", ""))
    if own and name in found.hidden.names and "." not in (found.drives.module.resolve(callee) or ""):
        yield f"`{name}` runs a loop, too"


def _handed_on(context: Context, call: ast.Call) -> Iterator[str]:
    """Yield that what a call is of, or is given by name, runs a loop in another file."""
    names = [each for each in call.args if isinstance(each, (ast.Name, ast.Attribute))]
    for each in (call.func, *names):
        path = path_of(context.suite, each) if isinstance(each, (ast.Name, ast.Attribute)) else None
        place = context.module.answers.runs_loop(path) if path and "." in path else None
        if place is not None and place.path != context.module.path:
            yield f"`{context.module.segment(each)}` runs a loop ({place.path}:{place.line})"


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
    looks = name in _BUILT_IN or name.partition(".")[0] in _HARMLESS
    return looks or calls.target(call.func) is not None or is_scheduling(call.func) or _keeps(call.func)


def _keeps(callee: ast.expr) -> bool:
    return isinstance(callee, ast.Attribute) and callee.attr in ("add", "append", "extend", "gather", "put", "wait_for")
