"""What waits on asyncio's queues, events, locks and futures, by where the object is made."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import fixture_value, only_value

QUEUES = frozenset({"Queue", "LifoQueue", "PriorityQueue"})
LOCKS = frozenset({"Lock", "Semaphore", "BoundedSemaphore", "Condition"})
FUTURE = "Future"
WAITS = {
    **dict.fromkeys(QUEUES, frozenset({"get", "join"})),
    **dict.fromkeys(LOCKS, frozenset({"acquire"})),
    "Event": frozenset({"wait"}),
    "Barrier": frozenset({"wait"}),
    "Condition": frozenset({"acquire", "wait"}),
}
"""The methods of each class whose await lasts until another task does something."""


@dataclass(frozen=True, slots=True)
class Wait:
    """An await of something that another task has to bring about: of the object ``owner``, by ``method``."""

    node: ast.Await
    kind: str
    owner: ast.expr
    method: str = ""


def kind_of(suite: Suite, node: ast.expr) -> str | None:
    """Return the class of asyncio's of which an expression is an instance for sure: one that is made where it shows."""
    call = made_by(suite, node)
    if call is None:
        return None
    if isinstance(call.func, ast.Attribute) and call.func.attr == "create_future":
        return FUTURE
    package, _, name = (suite.module.resolve(call.func) or "").rpartition(".")
    return name if package.partition(".")[0] == "asyncio" and (name in WAITS or name == FUTURE) else None


def made_by(suite: Suite, node: ast.expr) -> ast.Call | None:
    """Return the call that makes what a name stands for, or that an expression is."""
    value = node if isinstance(node, ast.Call) else only_value(suite.module, node) or fixture_value(suite, node)
    if isinstance(value, ast.Name):
        value = only_value(suite.module, value)
    return value if isinstance(value, ast.Call) else None


def wait_of(suite: Suite, node: ast.Await) -> Wait | None:
    """Return what an await waits for, if that is one of these objects."""
    inner = node.value
    if isinstance(inner, ast.Name):
        return Wait(node, FUTURE, inner) if kind_of(suite, inner) == FUTURE else None
    func = inner.func if isinstance(inner, ast.Call) else None
    if not isinstance(func, ast.Attribute) or not isinstance(func.value, ast.Name):
        return None
    kind = kind_of(suite, func.value) if any(func.attr in each for each in WAITS.values()) else None
    return Wait(node, kind, func.value, func.attr) if kind in WAITS and func.attr in WAITS[kind] else None
