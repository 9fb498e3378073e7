"""Expressions that give an event loop, and whether it is one of asyncio's default kind."""

from __future__ import annotations

import ast
from enum import Enum

from codemods.semantics.access_path import AccessPath
from codemods.semantics.asyncio_names import LOOP_GETTERS, asyncio_name
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, callee, calls_in, last_name, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.marks import aliased_value


class Made(str, Enum):
    """What kind of loop an expression gives."""

    PLAIN = "plain"
    CUSTOM = "custom"


_POLICIES = frozenset({"asyncio.get_event_loop_policy", "asyncio.DefaultEventLoopPolicy"})
_OF_WINDOWS = "WindowsProactorEventLoopPolicy"
"""The default there since Python 3.8, and nowhere else to be had."""
_POLICY_FIXTURE = "event_loop_policy"


def made_loop(module: Module, node: ast.expr, depth: int = 2) -> Made | None:
    """Return what kind of event loop an expression makes or gets, or None if it can't be told that it does."""
    if not isinstance(node, ast.Call):
        return None
    name = module.resolve(node.func)
    if asyncio_name(name) in LOOP_GETTERS:
        return Made.PLAIN
    if isinstance(node.func, ast.Attribute) and node.func.attr in LOOP_GETTERS:
        return _of_policy(module, node.func.value)
    if name is not None and name.rpartition(".")[2].endswith(("EventLoop", "uvloop.Loop")):
        return Made.CUSTOM
    return _of_helper(module, node.func, name, depth)


def is_policy(module: Module, node: ast.expr) -> bool:
    """Return whether an expression is the current or the default policy."""
    if isinstance(node, ast.Name) and node.id == _POLICY_FIXTURE:
        return True
    value = aliased_value(module, node) or node
    return isinstance(value, ast.Call) and (module.resolve(value.func) in _POLICIES or _is_of_windows(module, value))


def _is_of_windows(module: Module, made: ast.Call) -> bool:
    return last_name(made.func) == _OF_WINDOWS and module.resolve(made.func) in (None, f"asyncio.{_OF_WINDOWS}")


def _of_policy(module: Module, owner: ast.expr) -> Made | None:
    if is_policy(module, owner):
        return Made.PLAIN
    value = aliased_value(module, owner) or owner
    name = module.resolve(callee(value)) or ""
    return Made.CUSTOM if name.endswith("Policy") or name.partition(".")[0] in ("uvloop", "winloop") else None


def _of_helper(module: Module, callee: ast.expr, name: str | None, depth: int) -> Made | None:
    """Judge a call of the project's own function by what it returns."""
    if not isinstance(callee, ast.Name) or not depth:
        return None
    if isinstance(found := module.only_binding(callee), ast.FunctionDef):
        return loop_helper(module, found, depth - 1)
    known = module.answers.loop_made(AccessPath.imported(name)) if name else None
    return Made(known) if known is not None else None


@once
def loop_helper(module: Module, node: Definition, depth: int = 1) -> Made | None:
    """Return what kind of loop a function returns, if it does nothing but that."""
    if node.decorator_list or not isinstance(node, ast.FunctionDef):
        return None
    values = [each.value for each in walk(node) if isinstance(each, ast.Return)]
    kinds = {_returned(module, each, depth) if each is not None else None for each in values}
    return kinds.pop() if len(kinds) == 1 and _only_loops(module, node, depth) else None


def _returned(module: Module, node: ast.expr, depth: int) -> Made | None:
    return made_loop(module, aliased_value(module, node) or node, depth)


def _only_loops(module: Module, node: Definition, depth: int) -> bool:
    """Say whether all calls of a function get or set loops, or look at an error."""
    calls = calls_in(node)
    return all(_is_harmless(module, each, depth) for each in calls)


def _is_harmless(module: Module, call: ast.Call, depth: int) -> bool:
    name = module.resolve(call.func) or (call.func.id if isinstance(call.func, ast.Name) else "")
    harmless = name in {"asyncio.set_event_loop", "str", "print", "RuntimeError", *_POLICIES}
    return harmless or made_loop(module, call, depth) is not None
