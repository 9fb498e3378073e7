"""``with (yield from lock)``, the way to hold a lock of asyncio before ``async with``."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Mapping
from enum import Enum

from codemods.semantics.file.module import Module
from codemods.semantics.memo import once
from codemods.semantics.pytest.marks import aliased_value

_LOCKS = frozenset({"asyncio.BoundedSemaphore", "asyncio.Condition", "asyncio.Lock", "asyncio.Semaphore"})
_NAMED = re.compile(r"(?:.*_)?(?:cond|condition|lock|mutex|sem|semaphore)", re.IGNORECASE)


class Lock(str, Enum):
    """What a ``with`` statement does with what a coroutine of the old kind yields from."""

    NONE = "none"
    """It isn't the only thing that a ``with`` enters, or it is the result of a call."""
    KNOWN = "known"
    NAMED = "named"
    """Only its name says that it is a lock."""
    UNKNOWN = "unknown"


def lock(module: Module, node: ast.YieldFrom) -> Lock:
    """Return whether a ``yield from`` gets the lock that a ``with`` statement holds."""
    item = module.parents[node]
    if not isinstance(item, ast.withitem) or not isinstance(module.parents[item], ast.With):
        return Lock.NONE
    if isinstance(node.value, ast.Call):
        return Lock.NONE
    if len(module.parents[item].items) > 1 or not isinstance(node.value, (ast.Name, ast.Attribute)):  # type: ignore[attr-defined]
        return Lock.UNKNOWN
    if _is_known(module, node.value):
        return Lock.KNOWN
    name = node.value.attr if isinstance(node.value, ast.Attribute) else node.value.id
    return Lock.NAMED if item.optional_vars is None and _NAMED.fullmatch(name) else Lock.UNKNOWN


def _is_known(module: Module, node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        return _makes_lock(module, aliased_value(module, node))
    values = _stored(module).get(ast.dump(node), [])
    return bool(values) and all(_makes_lock(module, each) for each in values)


@once
def _stored(module: Module) -> Mapping[str, list[ast.expr]]:
    """Return what is stored in attributes, by what reading them looks like."""
    found: defaultdict[str, list[ast.expr]] = defaultdict(list)
    for each in module.nodes(ast.Assign):
        for target in each.targets:
            if isinstance(target, ast.Attribute):
                found[ast.dump(target).replace("Store()", "Load()")].append(each.value)
    return dict(found)


def _makes_lock(module: Module, node: ast.expr | None) -> bool:
    return isinstance(node, ast.Call) and module.resolve(node.func) in _LOCKS
