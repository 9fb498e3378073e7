"""The edits that take an ``event_loop`` fixture away, or its loop out of it."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator

from codemods.analysis.loops.overrides import Override
from codemods.analysis.loops.parameter import loop_parameter, obstacle_here
from codemods.analysis.loops.running import without_parameter
from codemods.edits.calls import add_keyword, call, remove_argument
from codemods.edits.classes import rename_function
from codemods.edits.functions import remove_parameter, set_returns
from codemods.edits.statements import remove_statement, replace_statement
from codemods.model import Edit, Fix
from codemods.rules.base import ProjectContext
from codemods.semantics.file.order import walk
from codemods.semantics.pytest.declarations import Declaration
from codemods.semantics.pytest.loop_scopes import runs_on_asyncio

_NAMES = ("setup_teardown", "setup_teardown_environment")


def removal(override: Declaration) -> Edit:
    """Return the edit that removes the fixture."""
    return remove_statement(override.context.module, override.node)


def freed_names(override: Declaration, found: Override | None = None) -> tuple[str, ...]:
    """Return the names that the fixture reads, or what goes of it, whose imports may not be needed any more."""
    roots: Iterable[ast.AST] = (*found.loop_statements, found.gives) if found and found.gives else (override.node,)
    names = {each.id for root in roots for each in walk(root) if isinstance(each, ast.Name)}
    return tuple(sorted(names))


def set_up_edits(context: ProjectContext, override: Declaration, found: Override) -> list[Edit]:
    """Return the edits that make an autouse fixture of what is left without the loop."""
    module = override.context.module
    assert found.gives is not None
    edits = [*_decorated(override), rename_function(module, override.node, _free_name(context))]
    edits += [*_returns(override, found.gives), *_parameters(override)]
    edits += [remove_statement(module, each) for each in found.loop_statements]
    if isinstance(found.gives, ast.Return):
        return [*edits, remove_statement(module, found.gives)]
    assert isinstance(found.gives, ast.Expr)
    return [*edits, replace_statement(module, found.gives, "yield")]


def _decorated(override: Declaration) -> Iterator[Edit]:
    assert override.fixture is not None
    module, decorator = override.context.module, override.fixture.decorator
    if decorator.call is None:
        assert isinstance(decorator.node, ast.Attribute)
        yield call(module, decorator.node, keyword="autouse", text="True")
        return
    names = [None] * len(decorator.call.args) + [each.arg for each in decorator.call.keywords]
    for index in sorted((names.index(each) for each in ("name", "autouse") if each in names), reverse=True):
        yield remove_argument(module, decorator.call, index)
    yield add_keyword(module, decorator.call, keyword="autouse", text="True")


def _returns(override: Declaration, gives: ast.stmt) -> Iterator[Edit]:
    """Yield the edit that has the annotation say that nothing is yielded or returned."""
    returns, module = override.node.returns, override.context.module
    if returns is not None and isinstance(gives, ast.Return):
        yield set_returns(module, override.node, "None")
    elif isinstance(returns, ast.Subscript):
        first = returns.slice.elts[0] if isinstance(returns.slice, ast.Tuple) else returns.slice
        text = module.segment(returns).replace(f"[{module.segment(first)}", "[None", 1)
        yield set_returns(module, override.node, text)


def _parameters(override: Declaration) -> Iterator[Edit]:
    """Yield the edit that has the fixture not ask for the loop around which it stood."""
    if any(each.arg == "event_loop" for each in walk(override.node.args) if isinstance(each, ast.arg)):
        yield remove_parameter(override.context.module, override.node, "event_loop")


def _free_name(context: ProjectContext) -> str:
    """Return a name that stands in no file: a fixture of that name would hide this one, or be hidden."""
    numbered = (f"{_NAMES[0]}_{number}" for number in range(2, 100))
    return next(each for each in (*_NAMES, *numbered) if not context.mentioning(each.encode()))


def without_requests(users: Iterable[Declaration]) -> dict[str, Fix] | None:
    """Return what has async tests and fixtures ask for the running loop instead of the fixture, by path.

    None if one of them can't.
    """
    fixes: defaultdict[str, list[Fix]] = defaultdict(list)
    for each in users:
        asks = loop_parameter(each.node) is not None  # and not by `usefixtures`
        possible = asks and runs_on_asyncio(each) and obstacle_here(each.context, each.node) is None
        if not possible or (fix := without_parameter(each.context, each.node)) is None:
            return None
        fixes[each.path].append(fix)
    return {path: together(of_path) for path, of_path in fixes.items()}


def together(fixes: Iterable[Fix]) -> Fix:
    """Return all of several fixes of one file."""
    parts = list(fixes)
    return Fix(
        tuple(edit for each in parts for edit in each.edits),
        tuple(dict.fromkeys(request for each in parts for request in each.imports)),
        tuple(dict.fromkeys(name for each in parts for name in each.released)),
    )
