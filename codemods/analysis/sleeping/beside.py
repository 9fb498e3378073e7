"""What runs beside a coroutine, and gets its turn where one begins to wait that did not before."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain

from codemods.analysis.awaits.primitives import WAITS, kind_of
from codemods.analysis.loops.scheduling import called_path, is_scheduling
from codemods.model import Evidence
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, calls_in, last_name, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.reach import reach_of
from codemods.semantics.pytest.suite import Suite

_TOGETHER = frozenset({"gather", "wait", "as_completed", "wait_first"})
_WAITING = frozenset({"gather", "shield", "wait", "wait_for"})
_ALWAYS = re.compile(r"run_coroutine_threadsafe|start_(?:unix_)?server|spawn|add_job")
_AT_ONCE = re.compile(r"call_soon(?:_threadsafe)?")
_MODULES = ("asyncio", "anyio", "trio")
_SLEEPS = frozenset(f"{each}.sleep" for each in _MODULES)
_OF_TASKS = frozenset({"cancel", "done"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_MOST = 50
"""How many of the tasks of one function are looked at, whether they have ended."""


def runs_beside(suite: Suite, node: ast.Call, function: Definition, outermost: Definition) -> Evidence | None:
    """Return where something begins that may run while a coroutine waits at a call, in whatever file."""
    module = suite.module
    is_outermost = function is outermost and outermost in {*suite.test_nodes, *suite.fixture_nodes}
    if is_outermost and _polls(module, node):
        return None
    own = _unfinished(suite, node, outermost) if is_outermost else next(iter(_beginning(module, outermost)), None)
    if own is not None:
        return module.evidence(own)
    others = _others(suite, outermost, alone=is_outermost)
    if others is not None:
        return module.evidence(others)
    return _of_other_files(module, function, outermost)


def _polls(module: Module, node: ast.AST) -> bool:
    """Return whether a call stands in a loop that waits for something to happen: it is there to let others run."""
    loop = next((each for each in module.ancestors(node) if isinstance(each, (*_LOOPS, *_FUNCTIONS))), None)
    if isinstance(loop, ast.While) and not isinstance(loop.test, ast.Constant):
        return True
    return isinstance(loop, _LOOPS) and any(isinstance(each, ast.Break) for each in walk(loop))


@once
def _others(suite: Suite, outermost: Definition, *, alone: bool) -> ast.Call | None:
    """Return where a function begins something that leads to one of a file, or that it leads to."""
    reach = reach_of(suite)
    near = reach.closure(outermost) if alone else reach.beside([outermost])
    found = (each for node in near if node is not outermost for each in _beginning(suite.module, node))
    return min(found, key=lambda each: each.lineno, default=None)


@once
def _of_other_files(module: Module, function: Definition, outermost: Definition) -> Evidence | None:
    if (tasks := module.answers.surroundings(outermost.lineno).tasks) is not None:
        return tasks
    paths = (called_path(module, each.func) for each in _given(module, outermost).get(function.name, ()))
    known = (module.answers.begins_tasks(each) for each in paths if each is not None and each.is_qualified)
    return next(filter(None, known), None)


@once
def _given(module: Module, outermost: Definition) -> Mapping[str, list[ast.Call]]:
    """Return which calls in a function are given each name, or what a call of it gives."""
    found: defaultdict[str, list[ast.Call]] = defaultdict(list)
    for call in calls_in(outermost):
        given = (*call.args, *(each.value for each in call.keywords))
        nodes = chain.from_iterable(map(walk, given))
        for name in {each.id for each in nodes if isinstance(each, ast.Name)}:
            found[name].append(call)
    return found


@once
def _beginning(module: Module, function: Definition) -> list[ast.Call]:
    """Return the calls in a function, or in those inside of it, that begin what runs beside others."""
    found = [each for each in calls_in(function) if _begins(module, each) and not _is_awaited_alone(module, each)]
    return sorted(found, key=lambda each: each.lineno)


def _begins(module: Module, call: ast.Call) -> bool:
    name = last_name(call.func)
    if name in _TOGETHER:
        is_library = (module.resolve(call.func) or "").partition(".")[0] in _MODULES
        is_begun = name != "wait" or isinstance(module.parents[call], ast.Await)
        return is_library and is_begun and (name != "gather" or _is_several(call))
    if name == "Task":
        return module.resolve(call.func) == "asyncio.Task"
    return is_scheduling(call.func) or _ALWAYS.fullmatch(name) is not None


def _is_several(call: ast.Call) -> bool:
    return len(call.args) > 1 or any(isinstance(each, ast.Starred) for each in call.args)


def _is_awaited_alone(module: Module, call: ast.Call) -> bool:
    """Return whether a task is awaited where it begins."""
    return last_name(call.func) not in _TOGETHER and isinstance(module.parents[call], ast.Await)


def _unfinished(suite: Suite, node: ast.Call, function: Definition) -> ast.Call | None:
    """Return the first call that begins something which may not have ended when the function comes to a call."""
    found = _tasks(suite, function)
    running = (each for each in found[:_MOST] if _may_run(suite.module, each, node, function))
    return next(running, next(iter(found[_MOST:]), None))


@once
def _tasks(suite: Suite, function: Definition) -> list[ast.Call]:
    return [each for each in _beginning(suite.module, function) if not _is_harmless(suite, each, function)]


def _may_run(module: Module, begun: ast.Call, node: ast.Call, function: Definition) -> bool:
    if node is begun or node in module.ancestors(begun):
        return False
    if module.function_of(begun) is not function:
        return True
    if begun.lineno > node.lineno and not _share_loop(module, begun, node):
        return False
    return not any(begun.lineno <= each <= node.lineno for each in _ends(module, begun, function))


def _share_loop(module: Module, one: ast.AST, other: ast.AST) -> bool:
    around = {each for each in module.ancestors(one) if isinstance(each, _LOOPS)}
    return any(each in around for each in module.ancestors(other))


@once
def _ends(module: Module, begun: ast.Call, function: Definition) -> list[int]:
    """Return the lines at which what was begun has ended."""
    return list(_end_lines(module, begun, function))


def _end_lines(module: Module, begun: ast.Call, function: Definition) -> Iterator[int]:
    if any(isinstance(each, ast.Await) and _waits_for_all(each) for each in _expression(module, begun)):
        yield begun.lineno
    group = begun.func.value if isinstance(begun.func, ast.Attribute) else None
    for each in module.ancestors(begun):
        for item in each.items if isinstance(each, ast.AsyncWith) else ():
            if group is not None and item.optional_vars is not None and ast.dump(group) == _loaded(item.optional_vars):
                yield each.end_lineno or 0  # type: ignore[attr-defined]
    names = _names(module, begun)
    for awaited in module.inside(ast.Await, function):
        at_once = _AT_ONCE.fullmatch(last_name(begun.func)) and awaited.lineno > begun.lineno
        if at_once or not names.isdisjoint(each.id for each in walk(awaited) if isinstance(each, ast.Name)):
            yield awaited.lineno


def _waits_for_all(node: ast.Await) -> bool:
    return isinstance(node.value, ast.Call) and last_name(node.value.func) in _WAITING


def _loaded(target: ast.expr) -> str:
    return ast.dump(target).replace("Store()", "Load()")


def _expression(module: Module, node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is around a node in its statement."""
    for each in module.ancestors(node):
        if isinstance(each, ast.stmt):
            return
        yield each


def _names(module: Module, begun: ast.Call) -> set[str]:
    """Return the names that hold a task, or a list of such."""
    statement = module.statement_of(begun)
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    around = [each.func.value for each in _expression(module, begun) if _is_append(each)]  # type: ignore[attr-defined]
    return {each.id for each in (*targets, *around) if isinstance(each, ast.Name)}


def _is_append(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("append", "add")


def _is_harmless(suite: Suite, begun: ast.Call, function: Definition) -> bool:
    """Return whether all that a task does is to wait for what the function itself says, or for some time."""
    task = begun.args[0] if begun.args else None
    if not isinstance(task, ast.Call):
        return False
    if suite.module.resolve(task.func) in _SLEEPS:
        return not any(isinstance(each, ast.Attribute) and each.attr in _OF_TASKS for each in walk(function))
    owner = task.func.value if isinstance(task.func, ast.Attribute) else None
    kind = kind_of(suite, owner) if owner is not None else None
    return last_name(task.func) in WAITS.get(kind or "", ())
