"""Names of a file whose meaning can't be told: from a star import, or bound to several things."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.semantics.file.module import Module

_MOCKS = ("AsyncMock", "MagicMock", "Mock", "create_autospec", "mock", "patch")
HIDDEN = {
    **dict.fromkeys(_MOCKS, "mocks"),
    "asyncio": "loops and waits",
    "pytest": "tests",
    "pytest_asyncio": "fixtures",
    "time": "sleeps",
    "unittest": "test cases",
}
"""The names that the rules look for, wherever they come from, and of what these then see nothing."""
_EXPORTED = {
    "asyncio": dict.fromkeys(
        ("create_task", "gather", "get_event_loop", "run", "sleep", "wait_for"), "loops and waits"
    ),
    "pytest": dict.fromkeys(("fixture", "mark", "raises"), "tests"),
    "time": {"sleep": "sleeps"},
    "unittest": dict.fromkeys(("IsolatedAsyncioTestCase", "TestCase"), "test cases"),
}
"""Names that are looked for only where the star import is one of these modules."""
_MODULES = ("asyncio", "pytest", "pytest_asyncio")
_FROM = {name: f"from unittest.mock import {name}" for name in _MOCKS} | {"mock": "from unittest import mock"}


@dataclass(frozen=True, slots=True)
class Hidden:
    """Names that a statement hides, with what isn't seen for it; ``instead`` are imports that would show it."""

    node: ast.stmt
    names: tuple[str, ...]
    unseen: tuple[str, ...]
    instead: tuple[str, ...]


def hidden_by_stars(module: Module) -> Iterator[Hidden]:
    """Yield the names that only a star import can bind, at the first one."""
    if not (stars := module.star_imports):
        return
    wanted = dict(HIDDEN)
    origin: dict[str, str] = {}
    for each in stars:
        if each.module in _EXPORTED and not each.level:
            wanted |= _EXPORTED[each.module]
            origin |= {name: f"from {each.module} import {name}" for name in _EXPORTED[each.module]}
    names = [name for name in sorted(wanted) if any(_is_unbound(module, each) for each in module.loads.get(name, ()))]
    if names:
        unseen = dict.fromkeys(wanted[name] for name in names)
        instead = (origin.get(name) or _FROM.get(name, f"import {name}") for name in names)
        yield Hidden(stars[0], tuple(names), tuple(unseen), tuple(instead))


def _is_unbound(module: Module, node: ast.Name) -> bool:
    return module.scopes.lookup(node.id, node)[0] is None


def hidden_by_bindings(module: Module) -> Iterator[Hidden]:
    """Yield the names that the top level binds to several things, or to what a call gives."""
    for name in _MODULES:
        bindings = module.scopes.module_names().get(name, [])
        used = [each for each in module.loads.get(name, ()) if module.scopes.lookup(name, each)[1] == bindings]
        if bindings and used and module.resolve(used[0]) is None:
            first = next((each for each in bindings if not isinstance(each, ast.Import)), bindings[0])
            while not isinstance(first, ast.stmt):
                first = module.parents[first]
            yield Hidden(first, (name,), (HIDDEN[name],), (f"import {name}",))
