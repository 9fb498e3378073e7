"""What speaks against making a sync test or fixture async."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from codemods.analysis.loops.drivers import drivers_in
from codemods.analysis.loops.refusing import refusals
from codemods.semantics.access_path import AccessPath
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, calls_in, is_generator, position, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.marks import aliased_value
from codemods.semantics.pytest.reach import HOOK, Reach
from codemods.semantics.pytest.suite import Fixture
from codemods.semantics.pytest.values.paths import infer_path


def obstacles(context: Context, reach: Reach, node: Definition) -> Iterator[str]:
    """Yield why a sync function can't become async, whatever it does with a loop."""
    module = context.module
    if any(isinstance(each, ast.YieldFrom) and module.function_of(each) is node for each in walk(node)):
        yield "`yield from` can't stand in an async function"
    if is_generator(node) and any(each.value is not None for each in _returns(module, node)):
        yield "a generator that returns a value can't be async"
    if (name := _inner_driver(module, node)) is not None:
        yield f"`{name}` inside of it runs a loop"
    if (helper := _driving_helper(context, reach, node)) is not None:
        yield f"`{helper}`, which it uses, runs a loop"
    yield from _running_objects(context, node)
    yield from refusals(context, node)


def fixture_obstacles(context: Context, fixture: Fixture) -> Iterator[str]:
    """Yield why a sync fixture can't become async, apart from its body."""
    if _sets_context(context.module, fixture.node):
        yield "a context variable that it sets wouldn't be seen by all its users"
    if fetching(context.module, fixture.name) is not None:
        yield f'`getfixturevalue` gets "{fixture.name}", which fails for an async fixture while a loop runs'
    if (found := context.module.answers.fetched(fixture.name)) is not None:
        place = found.place
        yield f'`getfixturevalue` gets "{fixture.name}" in {place}, which fails for an async fixture while a loop runs'


def fetching(module: Module, name: str) -> ast.Call | None:
    """Return a call that gets the fixture of that name by ``getfixturevalue``, or may."""
    by_name, by_any = _fetching(module)
    calls = [each for each in (by_name.get(name), by_any) if each is not None]
    return min(calls, key=position, default=None)


@once
def _fetching(module: Module) -> tuple[Mapping[object, ast.Call], ast.Call | None]:
    """Return the first ``getfixturevalue`` of each name, and the first whose name can't be told."""
    by_name: dict[object, ast.Call] = {}
    by_any: ast.Call | None = None
    for attribute in module.attributes.get("getfixturevalue", ()):
        call = module.parents[attribute]
        if not isinstance(call, ast.Call) or call.func is not attribute or not call.args:
            continue
        if isinstance(call.args[0], ast.Constant):
            by_name.setdefault(call.args[0].value, call)
        else:
            by_any = by_any or call
    return by_name, by_any


def _returns(module: Module, node: Definition) -> list[ast.Return]:
    found = (each for each in walk(node) if isinstance(each, ast.Return))
    return [each for each in found if module.function_of(each) is node]


def _inner_driver(module: Module, node: Definition) -> str | None:
    """Return the function inside of ``node`` that runs a loop."""
    for call in drivers_in(module, node):
        function = module.function_of(call)
        if function is not node and function is not None and call not in walk(node.args):
            return getattr(function, "name", "lambda")
    return None


def _driving_helper(context: Context, reach: Reach, node: Definition) -> str | None:
    """Return a function of the file that ``node`` leads to and that runs a loop while ``node`` runs.

    Fixtures and set-up functions run while no loop does; what they define may be called by the function.
    """
    fixtures = context.suite.fixture_nodes
    for each in sorted(reach.closure(node) - {node}, key=lambda found: found.lineno):
        outside = each in fixtures or HOOK.fullmatch(each.name) is not None
        for call in drivers_in(context.module, each):
            if not outside or context.module.function_of(call) is not each:
                return each.name
    return None


def _running_objects(context: Context, node: Definition) -> Iterator[str]:
    """Yield which methods that a function calls, or that Python calls for it, of a class of the project run a loop."""
    entered = [item.context_expr for each in walk(node) if isinstance(each, ast.With) for item in each.items]
    for each in (*(call.func for call in calls_in(node)), *entered):
        path = infer_path(context.suite, each)
        if each in entered:
            path = path.callee if path is not None else None
        place = context.module.answers.runs_loop(path) if path is not None else None
        if place is not None and (place.path != context.module.path or _names_class(context.module, path)):
            yield f"`{context.module.segment(each)}` runs a loop ({place.place})"


def _names_class(module: Module, path: AccessPath | None) -> bool:
    """Return whether a path leads to a class of the file; where its functions lead is known there."""
    return path is not None and any(each.name == path.steps[-1] for each in module.nodes(ast.ClassDef))


def _sets_context(module: Module, node: Definition) -> bool:
    """Say whether a function sets a ``ContextVar``, as far as it can be told."""
    sets = [each for each in calls_in(node) if isinstance(each.func, ast.Attribute)]
    owners = [each.func.value for each in sets if each.func.attr == "set"]  # type: ignore[attr-defined]
    return any(_is_context_variable(module, each) for each in owners)


def _is_context_variable(module: Module, node: ast.expr) -> bool:
    value = aliased_value(module, node)
    if isinstance(value, ast.Call) and (module.resolve(value.func) or "").endswith("ContextVar"):
        return True
    name = (module.resolve(node) or ast.unparse(node)).rpartition(".")[2].lower()
    return name.endswith(("_var", "_ctx", "contextvar", "_context", "ctx_var"))
