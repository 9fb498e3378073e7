"""The loop that an ``asynctest.TestCase`` gives its tests as ``self.loop``, and how they get at it without."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.rules.legacy._async_cases import Family, own_methods
from codemods.semantics.file.arguments import has_decorator, receiver
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, position, walk
from codemods.semantics.pytest.classes import local_bases
from codemods.semantics.pytest.test_cases import ASYNC_NAMES

_FROM_THREADS = frozenset({"call_soon_threadsafe"})
_UNSETTING = frozenset({"asyncio.run", "asyncio.set_event_loop"})


def loop_uses(module: Module, family: Family) -> list[ast.Attribute]:
    """Return the places that read ``self.loop`` in the methods of the classes."""
    return [
        each for node in own_methods(module, family) for each in _of(module, node) if isinstance(each.ctx, ast.Load)
    ]


def getter(module: Module, node: ast.Attribute) -> str:
    """Return the function of asyncio that gives the loop at a place."""
    running = isinstance(module.function_of(node), ast.AsyncFunctionDef)
    return "asyncio.get_running_loop" if running else "asyncio.get_event_loop"


def keeps_own(module: Module, family: Family) -> bool:
    """Return whether the set-up of the first class puts a loop into ``self.loop``, for all methods to use."""
    setup = [each for each in own_methods(module, family) if each.name in ("setUp", "asyncSetUp")]
    inside = [each for node in setup for each in _of(module, node)]
    first = min(inside, key=position, default=None)
    root = [each for each in setup if module.scopes.scope_of(each) is family.root]
    return first is not None and isinstance(first.ctx, ast.Store) and any(first in walk(each) for each in root)


def loop_doubt(module: Module, family: Family) -> str | None:
    """Return why ``self.loop`` can't be written in another way."""
    return next(_doubts(module, family), None)


def _doubts(module: Module, family: Family) -> Iterator[str]:
    if keeps_own(module, family):
        return
    others = {base for each in family.members for base in local_bases(module, each)} - set(family.members)
    for base in sorted(others, key=lambda each: each.lineno):
        if any(each.attr == "loop" for each in walk(base) if isinstance(each, ast.Attribute)):
            yield f"`{base.name}` uses a loop, too"
    yield from _of_classes(module, family)
    for node in own_methods(module, family):
        for each in _of(module, node):
            yield from _about(module, node, each)
    reads = loop_uses(module, family)
    if any(getter(module, each) == "asyncio.get_event_loop" for each in reads):
        for call in module.nodes(ast.Call):
            if module.resolve(call.func) in _UNSETTING:
                yield f"line {call.lineno} changes the loop that sync methods would get"


def _of_classes(module: Module, family: Family) -> Iterator[str]:
    """Yield the places that read the loop of a class itself, which has none any more."""
    names = {each.name for each in family.members}
    for each in module.attributes.get("loop", ()):
        if isinstance(each.value, ast.Name) and each.value.id in names:
            yield f"`{module.segment(each)}` in line {each.lineno} reads a loop of the class"


def _about(module: Module, node: Definition, use: ast.Attribute) -> Iterator[str]:
    parent = module.parents[use]
    if not isinstance(use.ctx, ast.Load):
        yield f"`self.loop` is another loop from line {use.lineno} on"
    elif isinstance(parent, ast.Attribute) and parent.attr in _FROM_THREADS:
        yield f"a thread may use `self.loop` in line {use.lineno}: keep it in a variable"
    inner = module.function_of(use)
    if inner is not node and not isinstance(inner, ast.AsyncFunctionDef):
        yield f"the function around `self.loop` in line {use.lineno} may run in a thread: keep it in a variable"
    if has_decorator(node, "classmethod"):
        yield f"`loop` is used of the class in line {use.lineno}"
    if node.name in ASYNC_NAMES.values():
        yield f"`{node.name}` is no set-up of asynctest's"


def _of(module: Module, node: Definition) -> list[ast.Attribute]:
    """Return the places in a method that name the attribute ``loop`` of its receiver."""
    own = receiver(module, node)
    found = (each for each in walk(node) if isinstance(each, ast.Attribute) and each.attr == "loop")
    return [each for each in found if own is not None and _is_receiver(module, each.value, own)]


def _is_receiver(module: Module, node: ast.expr, receiver: ast.arg) -> bool:
    return module.bindings_of(node) == [receiver]
