"""Finalizers of async fixtures, and the statements after a ``yield`` that do the same."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.analysis.loops.drivers import driver, is_driver
from codemods.analysis.loops.parameter import NAME
from codemods.analysis.loops.uses import is_current_loop
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition
from codemods.semantics.pytest.marks import aliased_value

_RUNNING = "asyncio.get_running_loop"


@dataclass(frozen=True, slots=True)
class Finalizer:
    """One ``request.addfinalizer(...)``; ``function`` is the local function that it names."""

    statement: ast.Expr
    given: ast.expr
    function: ast.FunctionDef | None = None

    @property
    def drives(self) -> list[ast.Call]:
        """All its calls."""
        return [each for each in ast.walk(self.function or self.given) if isinstance(each, ast.Call)]


def finalizers(module: Module, node: Definition) -> list[Finalizer]:
    """Return the finalizers that a fixture adds in its own body, in source order."""
    functions = {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}
    found = []
    for each in node.body:
        call = each.value if isinstance(each, ast.Expr) else None
        if isinstance(each, ast.Expr) and isinstance(call, ast.Call) and is_adding(call) and len(call.args) == 1:
            given = call.args[0]
            name = given.id if isinstance(given, ast.Name) else ""
            found.append(Finalizer(each, given, functions.get(name)))
    return found


def is_adding(call: ast.Call) -> bool:
    """Return whether a call adds a finalizer."""
    return (
        isinstance(call.func, ast.Attribute)
        and call.func.attr == "addfinalizer"
        and ast.unparse(call.func.value) == "request"
    )


def runs_loop(module: Module, finalizer: Finalizer) -> bool:
    """Return whether a finalizer runs an event loop."""
    return any(is_driver(module, each) for each in finalizer.drives)


def cleanup(module: Module, node: Definition, finalizer: Finalizer) -> list[str] | None:
    """Return the statements that do what a finalizer does, None if they can't be written."""
    if finalizer.function is not None:
        return _of_function(module, node, finalizer.function)
    if isinstance(finalizer.given, ast.Lambda):
        arguments = finalizer.given.args
        none = not ast.unparse(arguments)
        text = _statement(module, node, finalizer.given.body) if none else None
        return [text] if text else None
    if isinstance(finalizer.given, ast.Attribute):
        return [f"{module.segment(finalizer.given)}()"]
    return None


def _of_function(module: Module, node: Definition, function: ast.FunctionDef) -> list[str] | None:
    if ast.unparse(function.args) or function.decorator_list or len(module.loads[function.name]) != 1:
        return None
    values = [each.value if isinstance(each, ast.Expr) else None for each in function.body]
    texts = [_statement(module, node, each) if each is not None else None for each in values]
    written = [each for each in texts if each]
    lines = module.lines[function.lineno - 1 : function.end_lineno]
    return written if len(written) == len(values) and not any("#" in line for line in lines) else None


def _statement(module: Module, node: Definition, value: ast.expr) -> str | None:
    """Return a call as a statement of the fixture itself, with await for what ran a loop."""
    if not isinstance(value, ast.Call) or value.lineno != value.end_lineno:
        return None
    if not is_driver(module, value):
        inner = (each for each in ast.walk(value) if isinstance(each, ast.Call))
        return None if any(is_driver(module, each) for each in inner) else module.segment(value)
    found = driver(module, value)
    if found is None or not isinstance(found.argument, ast.Call):
        return None
    ours = found.loop is None or is_running_loop(module, found.loop)
    return f"await {module.segment(found.argument)}" if ours else None


def is_running_loop(module: Module, loop: ast.expr) -> bool:
    """Return whether an expression is the loop that an async fixture runs in."""
    value = aliased_value(module, loop) or loop
    if isinstance(value, ast.Name):
        return value.id == NAME and any(isinstance(each, ast.arg) for each in module.scopes.lookup(NAME, value)[1])
    return isinstance(value, ast.Call) and (is_current_loop(module, value) or module.resolve(value.func) == _RUNNING)


def after_first(node: Definition, found: list[Finalizer]) -> Iterator[ast.stmt]:
    """Yield the statements that run once the first finalizer is added, finalizers and their functions left out."""
    ours: set[ast.AST | None] = {each.statement for each in found} | {each.function for each in found}
    index = node.body.index(found[0].statement)
    yield from (each for each in node.body[index:] if each not in ours)
