"""What a sync function does with an event loop, and what becomes of it once the function is async."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from codemods.analysis.loops.awaiting import awaiting, unawaitable
from codemods.analysis.loops.drivers import driver, drivers_in
from codemods.analysis.loops.parameter import NAME, reads, reads_locals
from codemods.analysis.loops.scheduling import called_path
from codemods.edits.statements import remove_statement
from codemods.model import Edit, Import
from codemods.semantics.asyncio_names import CURRENT_LOOP, LOOP_DRIVERS, asyncio_name
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, calls_in, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.marks import aliased_value

_CONTROL = LOOP_DRIVERS | {"close", "stop", "is_running"}
"""Methods that can't be called on a loop that runs, or that say something else of one."""


@dataclass
class LoopUses:
    """The edits that await what the loop ran, and the reasons why that isn't all."""

    edits: list[Edit] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)
    is_read: bool = False
    """Whether the name is still read after the edits."""
    runs: bool = False
    """Whether it runs something on the loop."""
    closes: bool = False
    """Whether the function may close the loop."""


def loop_uses(module: Module, node: Definition, name: str = NAME, going: Sequence[ast.Expr] = ()) -> LoopUses:
    """Return what a function does with its parameter ``event_loop``, or of another name, and the loops that it gets.

    ``going`` are statements that go with it.
    """
    uses = LoopUses(edits=[remove_statement(module, each) for each in going])
    awaited: set[ast.AST] = {each for statement in going for each in walk(statement)}
    for call in drivers_in(module, node):
        if module.function_of(call) is not node:
            continue
        found = driver(module, call)
        if found is None or found.loop is None or not _is_loop(module, node, found.loop, name):
            uses.obstacles.append(f"`{module.segment(call.func)}` runs another loop, or in another way")
        elif (changes := awaiting(module, found, node)) is None:
            uses.obstacles.append(unawaitable(module, found))
        else:
            uses.edits += changes.edits
            uses.imports += changes.imports
            uses.runs = True
            awaited.add(found.loop)
    left = [each for each in _loop_names(module, node, name).values() if each not in awaited]
    uses.obstacles += filter(None, (_control(module, each) for each in left))
    uses.closes = any(getattr(module.parents[each], "attr", None) == "close" for each in left)
    uses.obstacles += external_loop_runs(module, node)
    unused = _unused_names(module, node, name, awaited)
    uses.edits += [remove_statement(module, each) for each in unused]
    named = {each.value for each in unused}
    uses.is_read = bool(set(reads(module, node, name)) - awaited - named) or reads_locals(node, name)
    return uses


def settings(module: Module, node: Definition, name: str = NAME) -> list[ast.Expr]:
    """Return the statements that make the loop of a function the current one, which it is where it runs."""
    calls = {module.parents[each] for each in _loop_names(module, node, name)}
    found = [each for each in node.body if isinstance(each, ast.Expr) and each.value in calls]
    found = [each for each in found if _sets_loop(module, each.value)]
    return found if len(found) < len(node.body) else []


def _sets_loop(module: Module, call: ast.expr) -> bool:
    return isinstance(call, ast.Call) and asyncio_name(module.resolve(call.func)) == "set_event_loop"


def _unused_names(module: Module, node: Definition, name: str, awaited: Collection[ast.AST]) -> list[ast.Assign]:
    """Return the statements that give the loop another name, by which nothing but what is awaited reads it."""
    parents = (module.parents[each] for each in reads(module, node, name))
    found = [each for each in parents if isinstance(each, ast.Assign) and each in node.body]
    return [each for each in found if len(each.targets) == 1 and _only_drives(module, each.targets[0], awaited)]


def _only_drives(module: Module, target: ast.expr, awaited: Collection[ast.AST]) -> bool:
    read = module.reads(target, target.id) if isinstance(target, ast.Name) else []
    return bool(read) and all(each in awaited for each in read)


def _is_loop(module: Module, node: Definition, expression: ast.expr, name: str) -> bool:
    """Say whether an expression is the loop that runs once the function is async."""
    if isinstance(expression, ast.Call):
        return is_current_loop(module, expression)
    return expression in _loop_names(module, node, name)


@once
def _loop_names(module: Module, node: Definition, parameter: str) -> Mapping[ast.expr, ast.Name]:
    """Return the places that read the parameter, or a variable that is nothing but it or the current loop."""
    found: dict[ast.expr, ast.Name] = {each: each for each in reads(module, node, parameter)}
    for name in (each for each in walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)):
        value = aliased_value(module, name)
        if (
            value is not None
            and module.function_of(value) is node
            and (value in found or is_current_loop(module, value))
        ):
            found[name] = name
    return found


def is_current_loop(module: Module, value: ast.expr) -> bool:
    """Return whether an expression gets the current loop, which is the running one in an async function."""
    gets = isinstance(value, ast.Call) and asyncio_name(module.resolve(value.func)) == CURRENT_LOOP
    return gets and not value.args  # type: ignore[attr-defined]


def _control(module: Module, name: ast.Name) -> str | None:
    parent = module.parents[name]
    controls = isinstance(parent, ast.Attribute) and parent.attr in _CONTROL
    return f"`{module.segment(parent)}` means something else while the loop runs" if controls else None


def external_loop_runs(module: Module, node: Definition, but: Collection[ast.Call] = ()) -> Iterator[str]:
    """Yield which functions of other files, that a function calls, run a loop: they fail while one is running.

    ``but`` are calls that go.
    """
    for call in (each for each in calls_in(node) if each not in but):
        path = called_path(module, call.func)
        place = module.answers.runs_loop(path) if path is not None and path.is_qualified else None
        if place is not None:
            yield f"`{module.segment(call.func)}` runs a loop ({place.place})"
