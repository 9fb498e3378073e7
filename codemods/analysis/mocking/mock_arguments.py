"""What becomes of a mock that is handed to a call: to another mock, to patch, to a function of the file, elsewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from codemods.analysis.mocking.following import Following
from codemods.analysis.mocking.mock_roots import Uses, outermost
from codemods.analysis.mocking.mock_uses import Kind, Trail, Use
from codemods.analysis.mocking.other_files import handed, replacing
from codemods.analysis.mocking.parameters import dataclass_field, parameter
from codemods.analysis.mocking.patch_targets import target_of
from codemods.semantics.file.order import last_name
from codemods.semantics.file.reaching_bindings import names_bound_by
from codemods.semantics.pytest.values.instances import methods_read
from codemods.semantics.pytest.values.mocks import OWN, mock_class
from codemods.semantics.pytest.values.patches import Patch, patches, receivers

_SYNC_TAKERS = frozenset({"to_thread", "run_in_executor", "call_soon", "call_later", "call_at", "call_soon_threadsafe",
                          "add_done_callback", "Thread", "Timer", "submit", "raises", "assertRaises",
                          "assertRaisesRegex", "map", "filter"})  # fmt: skip
_ASKING = frozenset({"iscoroutinefunction", "iscoroutine", "isawaitable", "isfuture", "type"})
_HARMLESS = re.compile(r"print|repr|str|id|callable|hasattr|bool|assert(?!_)\w+")


def argument(flow: Following, node: ast.expr, trail: Trail) -> Iterator[Use]:
    """Yield what becomes of a mock that is an argument of a call."""
    holder = flow.module.parents[node]
    call = flow.module.parents[holder] if isinstance(holder, ast.keyword) else holder
    name = holder.arg if isinstance(holder, ast.keyword) else None
    if not isinstance(call, ast.Call):
        yield trail.use(Kind.ESCAPE, node)
    elif mock_class(flow.module, call):
        yield from _in_mock(flow, call, name, node, trail)
    elif found := [each for each in patches(flow.module, call) if each.new is node]:
        yield from _patched(flow, found, trail)
    else:
        yield from _handed(flow, call, node, trail)


def _in_mock(flow: Following, call: ast.Call, name: str | None, node: ast.expr, trail: Trail) -> Iterator[Use]:
    if name is None or (name in OWN and name != "return_value"):
        yield trail.use(Kind.ESCAPE, node)
    else:
        uses = flow.follow(call, Trail((), trail.origin, trail.shared, trail.depth - 1))
        yield from flow.roots.at(Uses(list(uses)), (name,), node, trail)


def _patched(flow: Following, found: Iterable[Patch], trail: Trail) -> Iterator[Use]:
    for each in found:
        yield trail.use(Kind.ESCAPE, each.call)
        target = target_of(flow.suite, each)
        yield from replacing(flow.suite, target, each.call, trail)
        yield from calls_of(flow, target.definition, replace(trail, shared=True, depth=trail.depth - 1))
        for name in receivers(flow.module, each):
            yield from flow.bound(name, trail)


def calls_of(flow: Following, definition: ast.AST | None, trail: Trail) -> Iterator[Use]:
    """Yield the uses of the definition that a patch replaces, as far as they may run meanwhile."""
    found: list[ast.expr] = []
    if isinstance(definition, (ast.FunctionDef, ast.AsyncFunctionDef)):
        owner = flow.module.scopes.scope_of(definition)
        if isinstance(owner, ast.ClassDef):
            found += methods_read(flow.suite, owner, definition.name)
        else:
            found += names_bound_by(flow.module, definition) or []
    for each in found:
        here = outermost(flow.module, each)
        if here in {trail.origin, None} or here not in flow.suite.test_nodes:
            yield from flow.follow(each, trail)


def _handed(flow: Following, call: ast.Call, node: ast.expr, trail: Trail) -> Iterator[Use]:
    name = last_name(call.func)
    if name in ("isinstance", "assertIsInstance"):
        expected = flow.module.resolve(call.args[1]) if len(call.args) > 1 else None
        harmless = expected in ("unittest.mock.Mock", "unittest.mock.NonCallableMock")
        yield from () if harmless else (trail.use(Kind.OTHER, node),)
    elif name in _SYNC_TAKERS or name in _ASKING:
        yield trail.use(Kind.OTHER, node)
    elif (found := parameter(flow.suite, call, node)) is not None:
        shared = replace(trail, shared=True, depth=trail.depth - 1)
        yield from flow.bound(found, shared)
    elif (field := dataclass_field(flow.suite.module, call, node)) is not None:
        yield from flow.roots.in_class(field[0], field[1], node, replace(trail, shared=True))
    elif not _HARMLESS.fullmatch(name):
        known = handed(flow.suite, call, node, trail)
        yield from (trail.use(Kind.ESCAPE, node),) if known is None else known
