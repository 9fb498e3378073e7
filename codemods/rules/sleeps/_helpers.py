"""Sync helpers that sleep, and that nothing but coroutines call: they stop the event loop from afar."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.analysis.sleeping.fakes import fake
from codemods.semantics.file.order import Definition
from codemods.semantics.memo import once
from codemods.semantics.pytest.reach import HOOK
from codemods.semantics.pytest.suite import Suite


@dataclass(frozen=True, slots=True)
class Helper:
    """A function, its ``time.sleep``, and its calls."""

    node: ast.FunctionDef
    sleep: ast.Call
    calls: tuple[ast.Call, ...]


def sleeping_helpers(suite: Suite) -> Iterator[Helper]:
    """Yield the sync functions of a test file that only coroutines call."""
    module = suite.module
    for sleep in module.nodes(ast.Call):
        if not suite.is_test_module or module.resolve(sleep.func) != "time.sleep":
            continue
        node = module.function_of(sleep)
        if not isinstance(node, ast.FunctionDef) or node.decorator_list or HOOK.fullmatch(node.name):
            continue
        if (calls := _calls(suite, node)) and not fake(suite, module.outermost(node)):
            yield Helper(node, sleep, calls)


@once
def _calls(suite: Suite, node: Definition) -> tuple[ast.Call, ...]:
    """Return the calls of a function if all that names it are calls in coroutines."""
    module = suite.module
    named = (*module.loads.get(node.name, ()), *module.attributes.get(node.name, ()))
    found = [(each, module.parents[each]) for each in named]
    calls = [parent for each, parent in found if isinstance(parent, ast.Call) and parent.func is each]
    if len(calls) < len(found) or node.name in module.string_text:
        return ()
    inside = all(isinstance(module.function_of(each), ast.AsyncFunctionDef) for each in calls)
    return tuple(calls) if inside else ()
