"""The edits that make a closure async: its functions, the awaits in them, and what the loops leave behind."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from codemods.analysis.awaits.closures import Closure
from codemods.analysis.awaits.file_drives import FileDrives
from codemods.analysis.loops.awaiting import awaiting, binds_tighter, unawaitable
from codemods.analysis.loops.decoration import test_decoration
from codemods.analysis.loops.own_loops import own_loop_uses
from codemods.analysis.loops.uses import external_loop_runs
from codemods.edits.calls import insert_await, replace_call
from codemods.edits.classes import replace_base
from codemods.edits.functions import make_async
from codemods.model import Edit, Import, LocalImport, Released
from codemods.rules.awaits._unittest_classes import awaiting_base
from codemods.semantics.asyncio_names import asyncio_name
from codemods.semantics.file.order import Definition, walk
from codemods.semantics.pytest.context import Context


@dataclass
class Draft:
    """A fix while it is being written, or the reasons why there is none."""

    edits: list[Edit] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    released: dict[Released, None] = field(default_factory=dict)
    also: set[str] = field(default_factory=set)
    obstacles: list[str] = field(default_factory=list)


def draft(context: Context, found: FileDrives, closure: Closure) -> Draft:
    """Return what makes a closure async."""
    local = (LocalImport(context.module.qualname(each), "asyncio") for each in closure.functions)
    made = Draft(released=dict.fromkeys(("asyncio", *local)))
    for node in closure.functions:
        if isinstance(node, ast.FunctionDef):
            made.edits.append(make_async(context.module, node))
        _drivers(context, found, node, made)
    for call in closure.calls:
        parens = binds_tighter(context.module, call)
        made.edits.append(insert_await(context.module, call, parens=parens))
    _all_tasks(context, closure, made)
    _mark(context, closure, made)
    return made


def _all_tasks(context: Context, closure: Closure, made: Draft) -> None:
    """Leave the test itself out of all tasks, of which it becomes one."""
    for call in (each for node in closure.functions for each in walk(node) if isinstance(each, ast.Call)):
        if asyncio_name(context.module.resolve(call.func)) == "all_tasks":
            written = context.reference("asyncio.current_task", call)
            if written is None or context.module.function_of(call) not in closure.members:
                made.obstacles.append("the test itself would be one of all tasks")
                return
            text = f"{context.module.segment(call.func)}() - {{{written.text}()}}"
            alone = isinstance(context.module.parents[call], (ast.Assign, ast.Return, ast.IfExp, ast.If, ast.While))
            made.edits.append(replace_call(context.module, call, text if alone else f"({text})"))
            made.imports += written.imports


def _drivers(context: Context, found: FileDrives, node: Definition, made: Draft) -> None:
    module = context.module
    gone = found.drives.by_helper
    if node in found.drives.direct:
        uses = own_loop_uses(module, node, gone, found.shared)
        if uses is None:
            made.obstacles.append("the loop that it runs is another's")
        else:
            made.edits += uses.edits
            made.imports += uses.imports
            made.obstacles += uses.obstacles
            made.released.update(
                dict.fromkeys(each for call in found.drives.direct[node] for each in found.drives.released(call))
            )
    else:
        made.obstacles += external_loop_runs(module, node, gone)
    for drive in found.drives.by_function.get(node, ()):
        changes = awaiting(module, drive.driver, node)
        if changes is None:
            made.obstacles.append(unawaitable(module, drive.driver))
            continue
        made.edits += changes.edits
        made.imports += changes.imports
        made.released.update(dict.fromkeys(found.drives.released(drive.call)))


def _mark(context: Context, closure: Closure, made: Draft) -> None:
    """Have the tests run: by a marker in strict mode, or by the base of their class."""
    owner = closure.owner
    if owner is not None and (base := awaiting_base(context, owner)) is not None:
        index, written = base
        made.edits.append(replace_base(context.module, owner, index, written.text))
        made.imports += written.imports
        made.released[context.module.segment(owner.bases[index])] = None
        made.also |= {"PAM110"}
    for test in closure.tests:
        if owner is None and isinstance(test.node, ast.FunctionDef):
            if (changes := test_decoration(context, test)) is None:
                made.obstacles.append("pytest is another name here")
                continue
            made.edits += changes.edits
            made.imports += changes.imports
            made.also |= set(changes.also)
