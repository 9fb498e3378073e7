"""Sync wrappers that run a coroutine function and do nothing else."""

from __future__ import annotations

import ast

from codemods.semantics.asyncio_names import LOOP_GETTERS_OF_SYNC_CODE, RUN, TASK_MAKERS, asyncio_name
from codemods.semantics.decorators import OLD_COROUTINES
from codemods.semantics.file.arguments import hands_on
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, is_constant, last_name, walk

_CLEANUP = frozenset({"close", "set_debug", "shutdown_asyncgens", "shutdown_default_executor", "stop"})
_WRAPPING = TASK_MAKERS | {"wait_for"}


def only_drives(module: Module, decorator: Definition, inner: ast.FunctionDef, call: ast.Call) -> bool:
    """Return whether a wrapper hands its arguments on and runs what ``call`` gives it, on a loop made for that."""
    if not is_bare(decorator, inner) or not hands_on(inner.args, call):
        return False
    return all(map(_Plain(module, call).statement, inner.body))


def is_limited(inner: ast.FunctionDef) -> bool:
    """Return whether a wrapper gives the coroutine a time limit."""
    return any(last_name(each) == "wait_for" for each in walk(inner))


def is_bare(outer: Definition, inner: ast.AST) -> bool:
    """Return whether a function only defines another one and returns it."""
    others = [each for each in outer.body if each is not inner and not is_constant(each)]
    return len(others) == 1 and isinstance(others[0], ast.Return)


class _Plain:
    """Judges the statements of one wrapper."""

    def __init__(self, module: Module, call: ast.Call) -> None:
        self._module = module
        self._call = call
        self._loops: set[str] = set()
        self._coroutines: set[str] = set()
        self._results: set[str] = set()

    def statement(self, node: ast.stmt) -> bool:
        """Say whether a statement belongs to running the coroutine."""
        if isinstance(node, ast.Try):
            return not node.handlers and all(map(self.statement, (*node.body, *node.orelse, *node.finalbody)))
        if isinstance(node, ast.Assign):
            return len(node.targets) == 1 and self._assigned(node.targets[0], node.value)
        if isinstance(node, ast.Return):
            return node.value is None or self._is_result(node.value)
        return is_constant(node) or (isinstance(node, ast.Expr) and self._is_step(node.value))

    def _assigned(self, target: ast.expr, value: ast.expr) -> bool:
        """Say whether a local name gets a loop, the coroutine, its result, or the function as a coroutine function."""
        if not isinstance(target, ast.Name):
            return False
        if isinstance(value, ast.Call) and self._module.resolve(value.func) in OLD_COROUTINES:
            return True
        kinds = (self._loops, self._is_loop), (self._coroutines, self._is_coroutine), (self._results, self._is_result)
        for names, check in kinds:
            if check(value):
                names.add(target.id)
                return True
        return False

    def _is_loop(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self._loops
        return isinstance(node, ast.Call) and asyncio_name(self._module.resolve(node.func)) in LOOP_GETTERS_OF_SYNC_CODE

    def _is_coroutine(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self._coroutines
        if node is self._call:
            return True
        if not isinstance(node, ast.Call) or not node.args:
            return False
        wraps = asyncio_name(self._module.resolve(node.func)) in _WRAPPING or self._makes_task(node.func)
        return wraps and self._is_coroutine(node.args[0])

    def _makes_task(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Attribute) and node.attr == "create_task" and self._is_loop(node.value)

    def _is_result(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self._results
        if not isinstance(node, ast.Call) or len(node.args) != 1 or not self._is_coroutine(node.args[0]):
            return False
        if asyncio_name(self._module.resolve(node.func)) == RUN:
            return {each.arg for each in node.keywords} <= {"debug"}
        return self._is_run_by_a_loop(node) and not node.keywords

    def _is_run_by_a_loop(self, node: ast.Call) -> bool:
        function = node.func
        named = isinstance(function, ast.Attribute) and function.attr == "run_until_complete"
        return named and self._is_loop(function.value)  # type: ignore[attr-defined]

    def _is_step(self, node: ast.expr) -> bool:
        """Say whether an expression runs the coroutine, or sets up or closes a loop."""
        if not isinstance(node, ast.Call):
            return False
        if self._is_result(node) or self._module.resolve(node.func) == "asyncio.set_event_loop":
            return True
        if isinstance(node.func, ast.Attribute) and node.func.attr in _CLEANUP:
            return self._is_loop(node.func.value)
        return self._is_run_by_a_loop(node) and len(node.args) == 1 and self._is_step(node.args[0])
