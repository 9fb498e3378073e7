"""What a mock gives: whether ``return_value`` and ``side_effect`` are awaitables, and what stands behind them."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from codemods.analysis.mocking.finished import finished
from codemods.analysis.mocking.futures import Finished, is_new_future
from codemods.analysis.mocking.moves import can_move, text_of
from codemods.semantics.answers import Answer
from codemods.semantics.file.order import PLAIN_NODES, is_generator
from codemods.semantics.memo import once
from codemods.semantics.pytest.classes import local_bases, local_class
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.awaitable import awaitable, can_be_awaited
from codemods.semantics.pytest.values.instances import (
    coroutine_function,
    fixture_value,
    given_values,
    local_function,
    member,
    only_value,
)
from codemods.semantics.pytest.values.mocks import ASYNC, mock_class

_DEPTH = 4
_AWAITABLE = ("Future", "Task", "Deferred", "Promise", "Coroutine", "Awaitable")


class Nature(str, Enum):
    """What a value is to who awaits the mock."""

    PLAIN = "no awaitable"
    WRAPPED = "an awaitable around a value"
    STUCK = "an awaitable that has to stay"
    STOP = "the end of an iteration"
    OPAQUE = "the result of an unknown call"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Value:
    """A value that a mock gives; of a wrapped one, the text that stands for it, and what has to go with it."""

    nature: Nature
    text: str = ""
    raises: bool = False
    removed: tuple[ast.stmt, ...] = ()
    reason: str = ""


PLAIN = Value(Nature.PLAIN)
UNKNOWN = Value(Nature.UNKNOWN)
OPAQUE = Value(Nature.OPAQUE, reason="it isn't known whether the call that makes what it gives makes an awaitable")


def stuck(reason: str) -> Value:
    """Return the value of an awaitable that can't be taken apart."""
    return Value(Nature.STUCK, reason=reason)


UNSEEN = stuck("it isn't known what it gives")
SHARED = stuck("what it gives is given to others by the same statement")
MIXED = stuck("one of the values that it gives is an awaitable")
"""The value of what gives an awaitable in one case, and may give something else in another."""


@once
def returned(suite: Suite, node: ast.expr, depth: int = _DEPTH) -> Value:
    """Return what ``return_value=node`` gives."""
    if isinstance(node, (*PLAIN_NODES, ast.Lambda)):
        return PLAIN
    if isinstance(node, (ast.IfExp, ast.BoolOp)):
        parts = [node.body, node.orelse] if isinstance(node, ast.IfExp) else node.values
        return _all_plain(returned(suite, each, depth) for each in parts)
    if (found := finished(suite.module, node)) is not None:
        return unwrapped(suite, found, node, depth)
    if isinstance(node, ast.Call):
        return _called(suite, node, depth)
    if isinstance(node, ast.Name) and depth:
        return _named(suite, node, depth)
    name = suite.module.resolve(node) or ""
    is_constant = name.rpartition(".")[2].isupper() or name.startswith("unittest.mock.sentinel.")
    return PLAIN if is_constant else UNKNOWN


def unwrapped(suite: Suite, found: Finished, node: ast.expr, depth: int = _DEPTH) -> Value:
    """Return the value behind an awaitable as it would stand at ``node``."""
    if not depth:
        return stuck("its awaitable leads to too many others")
    module = suite.module
    if found.moved_from is not None and not can_move(module, found.value, found.moved_from, node):
        return stuck("the value of its awaitable can't be moved")
    inner = returned(suite, found.value, depth - 1)
    if inner.nature in (Nature.WRAPPED, Nature.STUCK):
        return stuck("its awaitable gives another awaitable")
    # The default of a helper may stand in another file; it is a constant.
    own = found.value in module.parents
    text = text_of(module, found.value, node) if own else ast.unparse(found.value)
    return Value(Nature.WRAPPED, text, found.raises, found.removed)


def _all_plain(values: Iterable[Value]) -> Value:
    found = list(values)
    if any(each.nature in (Nature.STUCK, Nature.WRAPPED) for each in found):
        return MIXED
    if any(each.nature is Nature.OPAQUE for each in found):
        return OPAQUE
    return PLAIN if all(each.nature is Nature.PLAIN for each in found) else UNKNOWN


def _named(suite: Suite, node: ast.Name, depth: int) -> Value:
    value = only_value(suite.module, node) or fixture_value(suite, node)
    if value is not None:
        if is_new_future(suite.module, value):
            return stuck("it gives a future that is used elsewhere, or isn't finished")
        found = returned(suite, value, depth - 1)
        return stuck("its awaitable is used elsewhere too") if found.nature is Nature.WRAPPED else found
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    plain = suite.module.unbound_name(node) or isinstance(suite.module.only_binding(node), definitions)
    return PLAIN if plain or node.id.isupper() else UNKNOWN


def _called(suite: Suite, node: ast.Call, depth: int) -> Value:
    module = suite.module
    if mock_class(module, node):
        return PLAIN
    if is_new_future(module, node):
        return stuck("it gives a future that isn't finished")
    if mock_class(module, only_value(module, node.func) or node.func) == ASYNC:
        return stuck("it gives the coroutine of another AsyncMock")
    if (owner := local_class(module, node.func)) is not None:
        plain = awaitable(suite, node) is Answer.SYNC or not _may_be_awaited(suite, owner)
        return PLAIN if plain else OPAQUE
    if (function := local_function(module, node.func)) is not None:
        return _from_function(suite, function, depth)
    if isinstance(node.func, ast.Attribute):
        owner_value = only_value(module, node.func.value) or node.func.value
        if isinstance(owner_value, (ast.Constant, ast.JoinedStr)):
            return PLAIN
        if isinstance(owner_value, (ast.Dict, ast.List, ast.Set, ast.Tuple)) and depth:
            kept = owner_value.values if isinstance(owner_value, ast.Dict) else owner_value.elts
            return _all_plain(returned(suite, each, depth - 1) for each in kept if each is not None) if kept else OPAQUE
    return _from_another_file(suite, node)


def _may_be_awaited(suite: Suite, owner: ast.ClassDef) -> bool:
    """Return whether a class, or a base of it that is known or has a name that says so, has ``__await__``."""
    if member(suite.module, owner, "__await__"):
        return True
    others = [base for each in local_bases(suite.module, owner) for base in each.bases]
    external = [each for each in others if local_class(suite.module, each) is None]
    named = any((suite.module.resolve(each) or ast.unparse(each)).endswith(_AWAITABLE) for each in external)
    return named or any(can_be_awaited(suite, each) for each in external)


@once
def _from_function(suite: Suite, function: ast.AST, depth: int) -> Value:
    found = coroutine_function(suite.module, function)
    if found is Answer.ASYNC:
        return stuck("it gives a coroutine that does more than return a value")
    if found is Answer.UNKNOWN or not depth:
        return OPAQUE
    values = given_values(suite.module, function) if not is_generator(function) else []  # type: ignore[arg-type]
    return _all_plain(returned(suite, each, depth - 1) for each in values)


def _from_another_file(suite: Suite, node: ast.Call) -> Value:
    """Return what a call of another file's gives; where that isn't known, as its name says."""
    found = awaitable(suite, node)
    if found is not Answer.UNKNOWN:
        return PLAIN if found is Answer.SYNC else stuck("it gives an awaitable that can't be taken apart")
    name = suite.module.resolve(node.func) or ""
    last = name.rpartition(".")[2]
    named = last[:1].isupper() and not last.endswith(_AWAITABLE)
    return PLAIN if named and not can_be_awaited(suite, node.func) else OPAQUE
