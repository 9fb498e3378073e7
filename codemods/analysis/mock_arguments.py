"""What becomes of a mock that is handed to a call: to another mock, to patch, to a function of the file, elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from codemods.analysis.instances import Answer
from codemods.analysis.mock_patches import Patch, patches, receivers
from codemods.analysis.mock_uses import Kind, Trail, Use
from codemods.analysis.mocks import OWN, mock_class
from codemods.analysis.parameters import parameter

if TYPE_CHECKING:
    from codemods.analysis.mock_flow import Flow

_SYNC_TAKERS = frozenset({"to_thread", "run_in_executor", "call_soon", "call_later", "call_at", "call_soon_threadsafe",
                          "add_done_callback", "Thread", "Timer", "submit", "raises", "assertRaises",
                          "assertRaisesRegex", "iscoroutinefunction", "isawaitable", "map", "filter"})  # fmt: skip
_HARMLESS = frozenset({"print", "repr", "str", "id", "callable", "hasattr", "type", "getattr", "bool"})


def argument(flow: Flow, node: ast.expr, trail: Trail) -> Iterator[Use]:
    """Yield what becomes of a mock that is an argument of a call."""
    holder = flow.module.parents[node]
    call = flow.module.parents[holder] if isinstance(holder, ast.keyword) else holder
    name = holder.arg if isinstance(holder, ast.keyword) else None
    if not isinstance(call, ast.Call):
        yield trail.use(Kind.ESCAPE, node)
    elif mock_class(flow.module, call):
        yield from _in_mock(flow, call, name, node, trail)
    elif found := [each for each in patches(flow.suite, call) if each.new is node]:
        yield from _patched(flow, found, trail)
    else:
        yield from _handed(flow, call, node, trail)


def _in_mock(flow: Flow, call: ast.Call, name: str | None, node: ast.expr, trail: Trail) -> Iterator[Use]:
    if name is None or (name in OWN and name != "return_value"):
        yield trail.use(Kind.ESCAPE, node)
    else:
        uses = flow.follow(call, Trail((), trail.origin, trail.shared, trail.depth - 1))
        yield from flow.roots.at(list(uses), (name,), node, trail)


def _patched(flow: Flow, found: Iterable[Patch], trail: Trail) -> Iterator[Use]:
    for each in found:
        yield trail.use(Kind.ESCAPE, each.call)
        yield from replaced(each.answer, each.target or each.call, trail)
        for name in receivers(flow.module, each):
            yield from flow.bound(name, trail)


def _handed(flow: Flow, call: ast.Call, node: ast.expr, trail: Trail) -> Iterator[Use]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "isinstance":
        expected = flow.module.resolve(call.args[-1])
        harmless = expected in ("unittest.mock.Mock", "unittest.mock.NonCallableMock")
        yield from () if harmless else (trail.use(Kind.OTHER, node),)
    elif name in _SYNC_TAKERS:
        yield trail.use(Kind.OTHER, node)
    elif (found := parameter(flow.suite, call, node)) is not None:
        shared = replace(trail, shared=True, depth=trail.depth - 1)
        yield from flow.bound(found, shared)
    elif name not in _HARMLESS:
        yield trail.use(Kind.ESCAPE, node)


def replaced(found: Answer, definition: ast.AST, trail: Trail) -> Iterator[Use]:
    """Yield the use of a mock that stands for a definition, if it is known whether that is async."""
    if found is not Answer.UNKNOWN:
        yield trail.use(Kind.TARGET if found is Answer.ASYNC else Kind.SYNC, definition)
