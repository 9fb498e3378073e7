"""What ``side_effect`` does: an AsyncMock awaits it only if it is a coroutine function itself."""

from __future__ import annotations

import ast
import builtins
import inspect
from collections.abc import Iterator

from codemods.analysis.mocking.finished import finished
from codemods.analysis.mocking.mock_values import OPAQUE, PLAIN, UNKNOWN, Nature, Value, returned, stuck, unwrapped
from codemods.analysis.mocking.moves import rewritten, text_of
from codemods.semantics.answers import Answer
from codemods.semantics.decorators import OLD_COROUTINES
from codemods.semantics.file.arguments import hands_on
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, callee, is_generator
from codemods.semantics.memo import once
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import coroutine_function, given_values, local_function, only_value
from codemods.semantics.pytest.values.mocks import ASYNC, mock_class

_DEPTH = 8
_STOP = frozenset({"StopIteration", "StopAsyncIteration"})
_ENDINGS = ("Error", "Exception", "Warning", "Exit", "Interrupt", "Timeout", "Cancelled", "NotFound")
_ITERATORS = frozenset({"iter", "itertools.cycle", "itertools.repeat", "itertools.chain"})


@once
def effect(suite: Suite, node: ast.expr, depth: int = _DEPTH) -> Value:
    """Return what ``side_effect=node`` gives to who awaits the mock."""
    if not depth:
        return UNKNOWN
    if isinstance(node, ast.Constant):
        return PLAIN
    if (error := _error(suite, node)) is not None:
        return error
    if isinstance(node, (ast.List, ast.Tuple)):
        return _sequence(suite, node)
    if isinstance(node, ast.Lambda):
        return _lambda(suite, node)
    if isinstance(node, ast.Call):
        found = finished(suite.module, node)
        # A finished future is an iterable: a mock that goes through it raises its error.
        return unwrapped(suite, found, node) if found is not None and found.raises else _called(suite, node, depth)
    if isinstance(node, ast.Name):
        return _named(suite, node, depth)
    return UNKNOWN


def _error(suite: Suite, node: ast.expr) -> Value | None:
    called = callee(node)
    name = (suite.module.resolve(called) or ast.unparse(called)).rpartition(".")[2]
    if name in _STOP:
        return Value(Nature.STOP, reason="an AsyncMock can't raise StopIteration")
    found = getattr(builtins, name, None)
    is_error = inspect.isclass(found) and issubclass(found, BaseException)
    return PLAIN if is_error or (name[:1].isupper() and name.endswith(_ENDINGS)) else None


def is_error(suite: Suite, node: ast.expr) -> bool:
    """Return whether an expression is an exception, or a class of exceptions."""
    return _error(suite, node) is not None


def _sequence(suite: Suite, node: ast.List | ast.Tuple) -> Value:
    changes: dict[ast.expr, str] = {}
    removed: list[ast.stmt] = []
    unknown = False
    for each in node.elts:
        value = _error(suite, each) or returned(suite, each)
        if value.nature in (Nature.STUCK, Nature.STOP, Nature.OPAQUE):
            return value
        if value.nature is Nature.WRAPPED:
            changes[each] = value.text
            removed += value.removed
        unknown |= value.nature is Nature.UNKNOWN or isinstance(each, ast.Starred)
    if unknown:
        return UNKNOWN if not changes else stuck("some of the values that it gives may be awaitables")
    return Value(Nature.WRAPPED, rewritten(suite.module, node, changes), removed=tuple(removed)) if changes else PLAIN


def _lambda(suite: Suite, node: ast.Lambda) -> Value:
    body = node.body
    if isinstance(body, ast.Call) and (function := _forwarded(suite, node, body)) is not None:
        return Value(Nature.WRAPPED, text_of(suite.module, body.func, node)) if function else PLAIN
    found = finished(suite.module, body)
    if found is not None and (found.raises or found.removed or found.moved_from):
        return stuck("its lambda gives an awaitable that can't be taken apart")
    value = returned(suite, body)
    if value.nature is Nature.WRAPPED:
        return Value(Nature.WRAPPED, rewritten(suite.module, node, {body: value.text}))
    return stuck("its lambda gives an awaitable") if value.nature is Nature.STUCK else value


def _forwarded(suite: Suite, node: ast.Lambda, call: ast.Call) -> bool | None:
    """Return True for ``lambda *a: coro(*a)`` with an ``async def`` of this file; None if it is something else."""
    if coroutine_function(suite.module, local_function(suite.module, call.func)) is not Answer.ASYNC:
        return None
    return True if hands_on(node.args, call) else None


def _called(suite: Suite, node: ast.Call, depth: int) -> Value:
    name = suite.module.resolve(node.func) or ast.unparse(node.func)
    if name in OLD_COROUTINES and len(node.args) == 1 and isinstance(node.args[0], ast.Lambda):
        inner = effect(suite, node.args[0], depth - 1)
        plain = inner.nature is Nature.PLAIN
        return (
            Value(Nature.WRAPPED, text_of(suite.module, node.args[0], node))
            if plain
            else stuck("its coroutine gives an awaitable")
        )
    if name in _ITERATORS and len(node.args) == 1:
        inner = effect(suite, node.args[0], depth - 1)
        return inner if inner.nature is not Nature.WRAPPED else stuck("it iterates over awaitables")
    if name == "functools.partial" and node.args:
        return effect(suite, node.args[0], depth - 1)
    return PLAIN if mock_class(suite.module, node) == ASYNC else OPAQUE


def _named(suite: Suite, node: ast.Name, depth: int) -> Value:
    if (function := local_function(suite.module, node)) is not None:
        return _function(suite, function)
    if any(returned(suite, each).nature is not Nature.PLAIN for each in _added(suite.module, node)):
        return stuck("the list of what it gives is put together in several places")
    value = only_value(suite.module, node)
    if value is None or isinstance(value, ast.Name):
        return UNKNOWN
    found = effect(suite, value, depth - 1)
    return stuck("its awaitables are used elsewhere too") if found.nature is Nature.WRAPPED else found


def _added(module: Module, node: ast.Name) -> Iterator[ast.expr]:
    """Yield what is added to a list after it got its name: elements, or what isn't known to be a list of any."""
    for each in module.nodes(ast.AugAssign):
        if isinstance(each.target, ast.Name) and each.target.id == node.id:
            yield from _elements(each.value)
    for call in module.nodes(ast.Call):
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if isinstance(owner, ast.Name) and owner.id == node.id and call.args:
            if call.func.attr in ("append", "insert"):  # type: ignore[attr-defined]
                yield call.args[-1]
            elif call.func.attr == "extend":  # type: ignore[attr-defined]
                yield from _elements(call.args[0])


def _elements(node: ast.expr) -> list[ast.expr]:
    found: list[ast.expr] = []
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.BinOp):
            waiting += (each.right, each.left)
        elif isinstance(each, (ast.List, ast.Tuple)):
            found += each.elts
        elif not isinstance(each, ast.Constant):
            found.append(each)
    return found


@once
def _function(suite: Suite, function: Definition) -> Value:
    kind = coroutine_function(suite.module, function)
    if kind is Answer.UNKNOWN or is_generator(function):
        return OPAQUE
    if kind is Answer.ASYNC:
        return PLAIN
    natures = {returned(suite, each).nature for each in given_values(suite.module, function)}
    if natures & {Nature.WRAPPED, Nature.STUCK}:
        return stuck(f"`{function.name}` returns an awaitable")
    return next((each for each in (OPAQUE, UNKNOWN) if each.nature in natures), PLAIN)
