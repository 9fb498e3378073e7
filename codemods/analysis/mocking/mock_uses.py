"""What is done with a mock: one record a place, and how a call of it is waited for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from itertools import takewhile

from codemods.model import Evidence
from codemods.semantics.access_path import AccessPath
from codemods.semantics.answers import Function, Taker
from codemods.semantics.asyncio_names import RUN, TASK_MAKERS, asyncio_name
from codemods.semantics.decorators import PROPERTIES
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import last_name
from codemods.semantics.file.reaching_bindings import names_bound_by
from codemods.semantics.memo import once

Path = tuple[str, ...]
"""Where in the tree of a mock something is: the names of attributes; the result of a call is ``return_value``."""
CALL_READS = frozenset({"call_args", "call_args_list", "call_count", "called", "method_calls", "mock_calls"})
"""What a mock says of its calls."""
AWAIT_READS = frozenset({"await_args", "await_args_list", "await_count"})
"""What an AsyncMock says of its awaits."""
READS = CALL_READS | AWAIT_READS | {"side_effect"}


class Kind(str, Enum):
    """What a use says about whether the mock has to be awaited."""

    AWAITED = "awaited"
    WAITED = "waited for"
    TARGET = "in place of an async function"
    STANDS = "in place of what has a path"
    SYNC = "called without await"
    OTHER = "used in a way that an AsyncMock may not stand"
    WRITE = "assigned"
    REBOUND = "bound several times"
    ASSERT = "asserted"
    READ = "read"
    ESCAPE = "handed on"
    COMPARED = "compared"
    NEVER_AWAITED = "called and not awaited in a recorded run"


CALLS = frozenset({Kind.AWAITED, Kind.WAITED, Kind.SYNC})
ASYNC_USES = frozenset({Kind.AWAITED, Kind.WAITED, Kind.TARGET})


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a mock or of what hangs below it, at ``path``.

    ``node`` is a place in this file; what it leads to in another one is in ``evidence``. ``origin`` is the outermost
    function through which the mock came there; ``shared`` means that other objects come the same way; ``used`` that the
    result of a call isn't thrown away; ``name`` is the method of an assertion, or a read attribute.
    """

    path: Path
    kind: Kind
    node: ast.AST
    origin: ast.AST | None
    shared: bool = False
    used: bool = False
    name: str = ""
    evidence: Evidence | None = None
    stands_for: AccessPath | None = None
    taker: Taker | None = None
    plain: bool = False
    """Whether what is done with the result of a call says that it is nothing to await."""
    functions: tuple[Function, ...] = ()
    """The function of another file in which it is, and those of that file that lead to it."""
    at_times: bool = False
    """Whether it depends on a condition there that the function comes to it."""
    declared: bool = False
    """Whether it is the definition of what the mock stands for, and no place that uses it."""

    def __hash__(self) -> int:
        """Return what few others share: all fields would take many times as long."""
        return hash((self.path, self.node, self.name, self.evidence.line if self.evidence is not None else 0))

    def at(self, path: Path) -> Use:
        """Return the same use of another object, at ``path`` of that one."""
        return Use(
            path, self.kind, self.node, self.origin, self.shared, self.used, self.name, self.evidence,
            self.stands_for, self.taker, self.plain, self.functions, self.at_times, self.declared,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trail:
    """How a mock came to a place."""

    path: Path
    origin: ast.AST | None
    shared: bool = False
    depth: int = 8
    family: tuple[ast.ClassDef, ...] = ()
    """The class whose constructor it came by, with its bases and heirs: no other class is what the receiver is of."""

    def use(self, kind: Kind, node: ast.AST, *, used: bool = False, name: str = "", plain: bool = False) -> Use:
        """Return a use at the end of the trail."""
        return Use(self.path, kind, node, self.origin, self.shared, used, name, plain=plain)

    def called(self, found: Waiting, call: ast.Call, *, plain: bool) -> Use:
        """Return a call, and how it is waited for."""
        return Use(self.path, found.kind, call, self.origin, self.shared, found.used, taker=found.taker, plain=plain)

    def standing(self, path: AccessPath, node: ast.AST) -> Use:
        """Return that the mock is in the place of what ``path`` leads to."""
        return replace(self.use(Kind.STANDS, node), stands_for=path)

    def below(self, step: str) -> Trail:
        """Return the trail to an attribute, or to the result of a call."""
        return Trail((*self.path, step), self.origin, self.shared, self.depth, self.family)

    def onwards(self, origin: ast.AST | None) -> Trail:
        """Return the trail one step further on, by way of another function."""
        return Trail(self.path, origin, self.shared, self.depth - 1, self.family)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How a call is waited for; ``result`` is the expression that gives its result, if one does."""

    kind: Kind
    result: ast.expr | None
    used: bool
    taker: Taker | None = None
    """Who gets the awaitable, if nothing here awaits it."""


_GIVE_RESULT = frozenset({"wait_for", "shield", RUN})
_WAITERS = _GIVE_RESULT | TASK_MAKERS | {"gather", "run_coroutine_threadsafe"}
_METHODS = TASK_MAKERS | {"run_until_complete"}
_PASSING_ON = (ast.Return, ast.Lambda, ast.Yield, ast.Call, ast.keyword, ast.Starred, ast.List, ast.Tuple, ast.Dict,
               ast.ListComp, ast.GeneratorExp)  # fmt: skip
_CHOICES = (ast.IfExp, ast.BoolOp, ast.NamedExpr)
_OF_COROUTINES = frozenset({"close", "send", "throw"})
BOTH_WAYS = "both ways"
"""The name of a call that is awaited if what it calls, or gives, is async."""
AWAITED = "awaited"
"""What asynctest's mocks say of their awaits, and none of unittest does."""
RECORDED = "recorded"
"""The name of a use that was seen in a run, and not by reading."""
ENTERED = "async block"
"""The name of a use in `async with` or `async for`."""
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_AROUND = (ast.Starred, ast.List, ast.Tuple, ast.Set, ast.ListComp, ast.GeneratorExp)


@once
def waiting(module: Module, call: ast.expr) -> Waiting:
    """Return whether and how the file waits for what an expression gives: a call, or a property."""
    parent = module.parents[call]
    if isinstance(parent, ast.Await):
        return Waiting(Kind.AWAITED, parent, is_used(module, parent))
    if (outer := _waiter(module, call)) is not None:
        awaited = module.parents[outer]
        result = awaited if isinstance(awaited, ast.Await) else outer
        gives = asyncio_name(module.resolve(outer.func)) in _GIVE_RESULT or _method(outer) == "run_until_complete"
        taker = None if gives or result is awaited else taker_of(module, call)
        return Waiting(Kind.WAITED, result if gives else None, is_used(module, result), taker)
    if isinstance(parent, ast.Assign) and _is_awaited_later(module, parent):
        return Waiting(Kind.WAITED, None, True)
    return Waiting(Kind.SYNC, call, is_used(module, call), taker_of(module, call))


def awaits_of(module: Module, name: str) -> Iterator[ast.Call]:
    """Yield the calls of an attribute, whatever it is of, that a file awaits, be it in a call that is awaited."""
    for node in module.attributes.get(name, ()):
        call = module.parents[node]
        if isinstance(call, ast.Call) and call.func is node:
            outer = module.parents[call]
            helped = isinstance(outer, ast.Call) and call in outer.args and waiting(module, outer).kind is Kind.AWAITED
            if helped or waiting(module, call).kind is not Kind.SYNC:
                yield call


def taker_of(module: Module, node: ast.expr, calls: int = 0) -> Taker | None:
    """Return who gets the value of an expression: the callers of the function around it, or another call."""
    child: ast.AST = node
    for parent in module.ancestors(node):
        if isinstance(parent, ast.Return):
            return returner(module, parent, calls)
        if isinstance(parent, ast.Lambda):
            calls += 1
        if isinstance(parent, ast.Call):
            return Taker(last_name(parent.func)) if child is not parent.func and not calls else None
        if not isinstance(parent, (*_AROUND, *_CHOICES, ast.keyword, ast.Lambda)):
            return None
        child = parent
    return None


def returner(module: Module, node: ast.Return, calls: int) -> Taker | None:
    """Return whoever calls the function that returns something, with so many more calls."""
    function = module.function_of(node)
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    place = Evidence(module.path, function.lineno, f"def {module.qualname(function)}")
    is_property = any(ast.unparse(each) in PROPERTIES for each in function.decorator_list)
    return Taker(function.name, place, is_property, isinstance(function, ast.AsyncFunctionDef), calls)


def is_used(module: Module, node: ast.expr) -> bool:
    """Return whether the value of an expression goes anywhere."""
    return not isinstance(module.parents[node], ast.Expr)


def is_plain(module: Module, call: ast.Call) -> bool:
    """Return whether code goes on with what a call gives as with nothing to await, be it that it throws it away."""
    parent = module.parents[call]
    if isinstance(parent, (ast.Assign, ast.AnnAssign)):
        target = parent.targets[0] if isinstance(parent, ast.Assign) else parent.target
        loads = names_bound_by(module, target) if isinstance(target, ast.Name) else None
        return any(_needs_value(module, each) for each in loads or ())
    return isinstance(parent, ast.Expr) or _needs_value(module, call)


def _needs_value(module: Module, node: ast.expr) -> bool:
    """Return whether the place of an expression takes no coroutine, or none that anybody would mean."""
    parent = module.parents[node]
    if isinstance(parent, (ast.Attribute, ast.Subscript)):
        return parent.value is node and getattr(parent, "attr", "") not in _OF_COROUTINES
    if isinstance(parent, (ast.For, ast.comprehension)):
        return parent.iter is node and not getattr(parent, "is_async", False)
    if isinstance(parent, ast.keyword):
        return parent.arg is None
    is_block = isinstance(parent, ast.withitem) and isinstance(module.parents[parent], ast.With)
    tested = isinstance(parent, (ast.If, ast.While)) and parent.test is node
    return is_block or tested or isinstance(parent, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.FormattedValue))


def is_async_block(module: Module, node: ast.AST) -> bool:
    """Return whether a node is the subject of `async with` or `async for`."""
    parent = module.parents.get(node)
    if isinstance(parent, ast.withitem):
        return isinstance(module.parents[parent], ast.AsyncWith)
    return isinstance(parent, ast.AsyncFor) or (isinstance(parent, ast.comprehension) and bool(parent.is_async))


def is_at_times(module: Module, node: ast.AST) -> bool:
    """Return whether a condition decides that a function comes to a node."""
    around = takewhile(lambda each: not isinstance(each, _FUNCTIONS), module.ancestors(node))
    return any(isinstance(each, (ast.If, ast.IfExp, ast.ExceptHandler, ast.Match)) for each in around)


def is_passed_on(module: Module, node: ast.AST) -> bool:
    """Return whether the result of a call goes to somebody who may await it."""
    parent = module.parents.get(node)
    if isinstance(parent, ast.Assign):
        return any(not isinstance(each, ast.Name) for each in parent.targets)
    if isinstance(parent, ast.BoolOp):
        return parent.values[-1] is node
    if isinstance(parent, ast.IfExp):
        return parent.test is not node
    return isinstance(parent, _PASSING_ON)


def is_waiter(module: Module, call: ast.Call) -> bool:
    """Return whether a call waits for the awaitables that it is given, or has the loop do so."""
    return asyncio_name(module.resolve(call.func)) in _WAITERS or _method(call) in _METHODS


def _waiter(module: Module, call: ast.expr) -> ast.Call | None:
    node: ast.AST = call
    for parent in module.ancestors(call):
        if isinstance(parent, ast.Call):
            return parent if node in parent.args and is_waiter(module, parent) else None
        if not isinstance(parent, _AROUND):
            return None
        node = parent
    return None


def _method(call: ast.Call) -> str | None:
    return call.func.attr if isinstance(call.func, ast.Attribute) else None


def _is_awaited_later(module: Module, statement: ast.Assign) -> bool:
    """Return whether a call's result gets a name that is awaited wherever it is used."""
    target = statement.targets[0]
    if len(statement.targets) != 1 or not isinstance(target, ast.Name):
        return False
    loads = names_bound_by(module, target)
    return loads is not None and bool(loads) and all(_is_awaited(module, each) for each in loads)


def _is_awaited(module: Module, node: ast.Name) -> bool:
    parent = module.parents[node]
    return isinstance(parent, ast.Await) or (
        isinstance(parent, ast.Call) and node in parent.args and is_waiter(module, parent)
    )
