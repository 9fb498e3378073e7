"""Functions that do nothing but run the coroutine that they are given: ``def _run(coro): return asyncio.run(coro)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.loops.drivers import Driver, driver, drivers_in, may_drive
from codemods.analysis.loops.making import Made, made_loop
from codemods.analysis.loops.own_loops import is_finishing
from codemods.semantics.answers import DriverHelper
from codemods.semantics.decorators import BINDING
from codemods.semantics.file.arguments import positional, receiver
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, own_nodes, walk
from codemods.semantics.pytest.marks import aliased_value

_QUIET = (ast.Pass, ast.Return, ast.Import, ast.ImportFrom)


def driver_helper(module: Module, node: ast.AST) -> DriverHelper | None:
    """Return what kind of helper a function is, or None if it is none."""
    if not isinstance(node, ast.FunctionDef) or (parameter := _only_parameter(module, node)) is None:
        return None
    calls = [each for each in drivers_in(module, node) if not is_finishing(each)]
    found = driver(module, calls[0]) if len(calls) == 1 else None
    if found is None or not _drives(module, node, found, parameter):
        return None
    returned = _is_returned(module, node, found.call)
    if returned is None or not all(_is_plain(module, each, found) for each in _statements(node)):
        return None
    return DriverHelper(found.loop is None, returned)


def _only_parameter(module: Module, node: ast.FunctionDef) -> str | None:
    """Return the name of the coroutine's parameter, if there is no other but ``self`` or ``cls``."""
    given = node.args
    names = [each.id if isinstance(each, ast.Name) else "" for each in node.decorator_list]
    if given.vararg or given.kwarg or given.kwonlyargs or given.defaults or not BINDING.issuperset(names):
        return None
    own = [each for each in positional(node) if each is not receiver(module, node)]
    return own[0].arg if len(own) == 1 else None


def _drives(module: Module, node: ast.FunctionDef, found: Driver, parameter: str) -> bool:
    """Say whether a driver in the function's own body runs the parameter, which nothing else uses, on a plain loop."""
    if not isinstance(found.argument, ast.Name) or found.argument.id != parameter:
        return False
    uses = [each for each in walk(node) if isinstance(each, ast.Name) and each.id == parameter]
    if len(uses) > 1 or module.function_of(found.call) is not node:
        return False
    return found.loop is None or made_loop(module, aliased_value(module, found.loop) or found.loop) is Made.PLAIN


def _is_returned(module: Module, node: ast.FunctionDef, call: ast.Call) -> bool | None:
    """Say whether the function returns what the driver does, or nothing at all; None if it returns something else."""
    values = [each.value for each in own_nodes(node) if isinstance(each, ast.Return) and each.value is not None]
    parent = module.parents[call]
    if isinstance(parent, ast.Expr):
        return None if values else False
    if isinstance(parent, ast.Return):
        return True if len(values) == 1 else None
    target = parent.targets[0] if isinstance(parent, ast.Assign) else None
    same = [isinstance(each, ast.Name) and isinstance(target, ast.Name) and each.id == target.id for each in values]
    return True if same == [True] else None


def _statements(node: ast.FunctionDef) -> Iterator[ast.stmt]:
    return (each for each in own_nodes(node) if isinstance(each, ast.stmt))


def _is_plain(module: Module, statement: ast.stmt, found: Driver) -> bool:
    """Say whether a statement only gets, sets or closes the loop, or says what the function is for."""
    if isinstance(statement, _QUIET) or module.parents[found.call] is statement:
        return True
    if isinstance(statement, ast.Try):
        return not statement.handlers
    if isinstance(statement, ast.Assign):
        return made_loop(module, statement.value) is Made.PLAIN
    if not isinstance(statement, ast.Expr):
        return False
    return isinstance(statement.value, ast.Constant) or _finishes(module, statement.value)


def _finishes(module: Module, value: ast.expr) -> bool:
    if not isinstance(value, ast.Call):
        return False
    closes = isinstance(value.func, ast.Attribute) and value.func.attr == "close"
    return closes or is_finishing(value) or module.resolve(value.func) == "asyncio.set_event_loop"


def helpers_in(module: Module) -> dict[Definition, DriverHelper]:
    """Return the helpers of a file; a function of which there are several under its name is none."""
    calls = [each for each in module.nodes(ast.Call) if may_drive(each.func)]
    around = {module.function_of(each) for each in calls if driver(module, each)}
    found = ((each, driver_helper(module, each)) for each in around if isinstance(each, ast.FunctionDef))
    return {node: helper for node, helper in found if helper is not None and module.is_only(node)}
