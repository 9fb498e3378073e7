"""What belongs to a loop before a test runs: it fails on the loop that pytest-asyncio makes for the test."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.awaits.closures import Closure
from codemods.analysis.awaits.file_drives import FileDrives
from codemods.analysis.awaits.primitives import FUTURE, WAITS
from codemods.semantics.asyncio_names import LOOP_GETTERS_OF_SYNC_CODE
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, calls_in, last_name, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.classes import local_class
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.marks import aliased_value
from codemods.semantics.pytest.reach import HOOK


def bound_objects(context: Context, found: FileDrives, closure: Closure, node: Definition) -> Iterator[str]:
    """Yield what a function uses that was made for another loop than that of its test."""
    if not _shares_loop(context.module, found, node):
        return
    outer = context.module.outermost(node)
    for each in sorted(found.reach.closure(outer) - closure.members, key=lambda one: one.lineno):
        before = each in context.suite.fixture_nodes or HOOK.fullmatch(each.name)
        # What sets a class of unittest up has a reason of its own.
        if before and closure.owner is None and _leads_to_loop(context.module, found, each, outer):
            yield f"`{each.name}` makes or gets a loop before it"
    yield from _of_module(context.module, node)


def _shares_loop(module: Module, found: FileDrives, node: Definition) -> bool:
    """Say whether a function runs something on a loop that it doesn't make: the current one, or one of the module."""
    loops = (call.func.value for call in found.drives.direct.get(node, ()) if isinstance(call.func, ast.Attribute))
    own = any((isinstance(each, ast.Name) and each.id in found.shared) or _is_current(module, each) for each in loops)
    return own or any(not each.is_run for each in found.drives.by_function.get(node, ()))


def _is_current(module: Module, node: ast.expr) -> bool:
    value = aliased_value(module, node) or node
    return isinstance(value, ast.Call) and (module.resolve(value.func) or "").endswith(".get_event_loop")


def _leads_to_loop(module: Module, found: FileDrives, node: Definition, but: ast.AST) -> bool:
    return any(_gets_loop(module, each) for each in found.reach.closure(node) if each is not but)


@once
def _gets_loop(module: Module, node: Definition) -> bool:
    """Say whether a sync function makes or gets a loop itself; a coroutine gets the one that runs it."""
    calls = calls_in(node)
    return isinstance(node, ast.FunctionDef) and any(
        last_name(each.func) in LOOP_GETTERS_OF_SYNC_CODE
        for each in calls
        if not isinstance(module.function_of(each), ast.AsyncFunctionDef)
    )


def _of_module(module: Module, node: Definition) -> Iterator[str]:
    """Yield the variables of the module that a function uses and that hold something of asyncio's."""
    for each in walk(node):
        if isinstance(each, ast.Name):
            bound = module.only_binding(each) if module.is_global(each) else None
            holder = module.parents.get(bound) if bound is not None else None
            value = holder.value if isinstance(holder, ast.Assign) else None
            if isinstance(value, ast.Call) and _is_bound(module, value):
                yield f"`{each.id}` would be used on the loop of each test"


def _is_bound(module: Module, call: ast.Call) -> bool:
    made = local_class(module, call.func)
    calls = calls_in(made) if made is not None else [call]
    return any(_is_primitive(module, each) for each in calls)


def _is_primitive(module: Module, call: ast.Call) -> bool:
    package, _, name = (module.resolve(call.func) or "").rpartition(".")
    return package.partition(".")[0] == "asyncio" and (name in WAITS or name == FUTURE)
