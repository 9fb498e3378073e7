"""The loops that a sync function makes for itself, and what is left of them once it is async."""

from __future__ import annotations

import ast
from collections.abc import Collection

from codemods.analysis.loops.awaiting import awaiting, unawaitable
from codemods.analysis.loops.drivers import Driver, driver, drivers_in
from codemods.analysis.loops.dropping import Going, drop
from codemods.analysis.loops.making import Made, made_loop
from codemods.analysis.loops.uses import LoopUses, external_loop_runs
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, walk
from codemods.semantics.pytest.marks import aliased_value

_FINISHING = frozenset({"shutdown_asyncgens", "shutdown_default_executor"})
_RUNNING = frozenset({"run_until_complete", "close"})


def own_loop_uses(
    module: Module, node: Definition, but: Collection[ast.Call] = (), shared: Collection[str] = ()
) -> LoopUses | None:
    """Return what becomes of the loops that a function runs; None if it runs none, or one that it is handed.

    ``but`` are calls that go, ``shared`` the loops of the module that count as its own.
    """
    drivers = [each for each in drivers_in(module, node) if module.function_of(each) is node]
    if not drivers or any(_is_handed(module, each) for each in drivers):
        return None
    uses = LoopUses()
    names = _loop_names(module, node)
    ours = {*names, *shared}
    gone = _housekeeping(module, node, names)
    for call in drivers:
        if module.parents[call] not in gone:
            _await(module, node, call, ours, uses)
    driven = {each.loop for call in drivers if (each := driver(module, call)) is not None}
    going = Going(module, node, driven, gone)
    for name, value in names.items():
        drop(going, name, value, uses)
    uses.obstacles += external_loop_runs(module, node, but)
    return uses


def _is_handed(module: Module, call: ast.Call) -> bool:
    """Say whether a driver's loop is a parameter, and so another fixture's."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return any(isinstance(each, ast.arg) for each in module.bindings_of(owner))


def _loop_names(module: Module, node: Definition) -> dict[str, ast.expr]:
    """Return the variables that hold a loop that the function makes or gets, each with what gives it."""
    found: dict[str, ast.expr] = {}
    for each in walk(node):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
            value = aliased_value(module, each)
            ours = value is not None and module.function_of(value) is node and not module.is_global(each)
            if ours and value is not None and made_loop(module, value) is Made.PLAIN:
                found[each.id] = value
    return found


def _housekeeping(module: Module, node: Definition, names: dict[str, ast.expr]) -> set[ast.AST]:
    """Return the statements that only set, finish or close a loop."""
    found = (each for each in walk(node) if isinstance(each, ast.Expr) and isinstance(each.value, ast.Call))
    return {each for each in found if _is_housekeeping(module, each.value, names)}  # type: ignore[arg-type]


def _is_housekeeping(module: Module, call: ast.Call, names: dict[str, ast.expr]) -> bool:
    first = call.args[0] if len(call.args) == 1 else None
    if module.resolve(call.func) == "asyncio.set_event_loop":
        return (isinstance(first, ast.Name) and first.id in names) or (isinstance(first, ast.Constant) and bool(names))
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    if not isinstance(owner, ast.Name) or owner.id not in names:
        return False
    return method == "close" or is_finishing(call)


def is_finishing(call: ast.Call) -> bool:
    """Return whether a call only has a loop finish what it began."""
    first = call.args[0] if len(call.args) == 1 else None
    runs = isinstance(call.func, ast.Attribute) and call.func.attr == "run_until_complete"
    return runs and isinstance(first, ast.Call) and getattr(first.func, "attr", "") in _FINISHING


def _await(module: Module, node: Definition, call: ast.Call, names: Collection[str], uses: LoopUses) -> None:
    found = driver(module, call)
    if found is None or not _is_own(module, found, names):
        uses.obstacles.append(f"`{module.segment(call.func)}` runs a loop in another way")
    elif (changes := awaiting(module, found, node)) is None:
        uses.obstacles.append(unawaitable(module, found))
    else:
        uses.edits += changes.edits
        uses.imports += changes.imports


def _is_own(module: Module, found: Driver, names: Collection[str]) -> bool:
    if found.loop is None or made_loop(module, found.loop) is Made.PLAIN:
        return True
    return isinstance(found.loop, ast.Name) and found.loop.id in names


def shared_loops(module: Module) -> set[str]:
    """Return the names of the loops that the file makes at its top, for nothing but to run coroutines."""
    made = [each for each in module.tree.body if isinstance(each, ast.Assign) and len(each.targets) == 1]
    plain = [each.targets[0] for each in made if made_loop(module, each.value) is Made.PLAIN]
    names = {each.id for each in plain if isinstance(each, ast.Name)}
    return {each for each in names if len(module.scopes.module_names()[each]) == 1 and _only_runs(module, each)}


def _only_runs(module: Module, name: str) -> bool:
    uses = (module.parents[each] for each in module.loads[name])
    return all(isinstance(each, ast.Attribute) and each.attr in _RUNNING for each in uses)
