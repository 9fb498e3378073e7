"""What speaks against awaiting what sync tests run, and making them and their helpers async for it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.analysis.awaits.closures import Closure
from codemods.analysis.awaits.file_drives import FileDrives
from codemods.analysis.loops.refusing import refusals
from codemods.rules.awaits._bound_objects import bound_objects
from codemods.rules.awaits._hidden_drivers import hidden_drivers
from codemods.rules.awaits._isolation import isolation_obstacles
from codemods.rules.awaits._unittest_classes import class_obstacle
from codemods.semantics.asyncio_names import LOOP_GETTERS_OF_SYNC_CODE
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, is_generator, texts, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.context import Context
from codemods.semantics.pytest.local_fixtures import bound_fixture
from codemods.semantics.pytest.reach import HOOK
from codemods.semantics.pytest.runners import keeps_async, unknown_decorator
from codemods.semantics.pytest.suite import Fixture, Test

_THREADS = ("threading.", "_thread.", "signal.", "multiprocessing.", "concurrent.futures.", "os.fork", "os.kill")
_EXITS = frozenset({"BaseException", "SystemExit", "KeyboardInterrupt"})
_READING = frozenset({"getattr", "hasattr"})
_LOOPS = LOOP_GETTERS_OF_SYNC_CODE | {"run", "Runner", "set_event_loop"}
_SAYS = re.compile(
    r"asyncio\.run\b|run_until_complete|event[ _]loop|(?:running|different|closed) loop|from a running|asyncio\.Runner"
)


def closure_obstacles(context: Context, found: FileDrives, closure: Closure) -> Iterator[str]:
    """Yield why the functions of a closure can't become async, apart from the loops that they run."""
    yield from closure.obstacles
    for test in closure.tests:
        yield from _of_test(context, test)
    for node in closure.functions:
        yield from _of_function(context, found, closure, node)
    yield from isolation_obstacles(context.module, found, closure)
    if closure.owner is not None and (reason := class_obstacle(context, closure)) is not None:
        yield reason


def _of_test(context: Context, test: Test) -> Iterator[str]:
    if test.doubt:
        yield test.doubt
    if any(mark.name is None for mark in context.suite.marks(test.node)):
        yield "it can't be told which marks it has"
    asked = context.suite.requested(test.node)
    own = {each for each in asked if isinstance(bound_fixture(context.suite, test.node, each), Fixture)}
    for name in sorted((asked - own) | {""}):
        if (known := context.module.answers.loop_set_up(name)) is not None:
            yield f"the fixture {known.fixture} runs a loop for it ({known.evidence.place})"


def _of_function(context: Context, found: FileDrives, closure: Closure, node: Definition) -> Iterator[str]:
    if node in context.suite.fixture_nodes:
        yield f"the fixture `{node.name}` runs a loop itself"
    if is_generator(node):
        yield f"`{node.name}` yields"
    if (decorator := _opaque(context, node)) is not None:
        yield f"it can't be told what the decorator `{decorator}` makes of `{node.name}`"
    if node.name.startswith("__") or HOOK.fullmatch(node.name):
        yield f"`{node.name}` is called by others, which don't await it"
    if (other := found.calls.overridden(node)) is not None:
        yield f"`{other}` has a `{node.name}`, too"
    yield from _external_callers(context, found, closure, node)
    yield from _unreached(context, found, closure, node)
    yield from hidden_drivers(context, found, closure, node)
    yield from bound_objects(context, found, closure, node)
    yield from _refused(context, node)


def _opaque(context: Context, node: Definition) -> str | None:
    if isinstance(node, ast.AsyncFunctionDef):
        return None
    if node in context.suite.test_nodes:
        return unknown_decorator(context.suite, node)
    for each in context.suite.decorators(node):
        if not keeps_async(context.module, each):
            return context.module.segment(each.node)
    return None


def _external_callers(context: Context, found: FileDrives, closure: Closure, node: Definition) -> Iterator[str]:
    """Yield which other file may call a function that isn't a test."""
    module = context.module
    if node in closure.test_nodes or module.function_of(node) is not None:
        return
    if isinstance(node, ast.AsyncFunctionDef):
        return
    name = module.qualname(node)
    for place in module.answers.users(name)[:1]:
        yield f"{place.place} takes `{name}` from here"
    if node.name in found.hidden.strings:
        yield f"`{node.name}` stands in a string"
    if (call := found.hidden.getter_of(node)) is not None:
        yield f"`getattr` in line {call.lineno} may get `{node.name}`"


def _unreached(context: Context, found: FileDrives, closure: Closure, node: Definition) -> Iterator[str]:
    """Yield what a function leads to that runs a loop and stays sync."""
    outer = context.module.outermost(node)
    for each in sorted(set(found.running.get(outer, ())) - closure.members, key=_line):
        yield f"`{getattr(each, 'name', 'lambda')}` inside of it runs a loop"
    for each in sorted(found.reach.closure(outer) - closure.members - {outer}, key=_line):
        if each in found.running:
            is_fixture = each in context.suite.fixture_nodes
            yield f"the fixture `{each.name}` runs a loop" if is_fixture else f"`{each.name}` runs a loop, too"
    if (helper := found.drives.handed_on.get(node)) is not None:
        yield f"`{helper}` is used in another way than to run a coroutine"


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)


def _refused(context: Context, node: Definition) -> Iterator[str]:
    yield from refusals(context, node)
    for each in walk(node):
        if isinstance(each, (ast.Name, ast.Attribute)):
            name = context.module.resolve(each) or getattr(each, "id", "")
            if name in _EXITS:
                yield f"`{name}` ends the loop that it is raised in"
            if f"{name}.".startswith(_THREADS):
                yield f"it uses `{name}`"
    if says_of_loops(context.module, node):
        yield "it says something about loops itself"


@once
def says_of_loops(module: Module, node: Definition) -> bool:
    """Return whether a string of a function names a driver, as a patch does, or speaks of loops, as errors do."""
    documentation = ast.get_docstring(node, clean=False)
    return any(_SAYS.search(each) for each in texts(walk(node)) if each != documentation) or any(
        map(_replaces, walk(node))
    )


def _replaces(node: ast.AST) -> bool:
    """Say whether a call may put something in the place of a function of asyncio: ``patch.object(asyncio, "run")``."""
    if not isinstance(node, ast.Call) or not node.args or ast.unparse(node.func) in _READING:
        return False
    first, *others = node.args
    owner = ast.unparse(first) if isinstance(first, (ast.Name, ast.Attribute)) else ""
    names = {each.value for each in others if isinstance(each, ast.Constant)}
    return owner.rpartition(".")[2] == "asyncio" and not _LOOPS.isdisjoint(names)
