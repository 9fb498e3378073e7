"""What speaks against awaiting where a test now blocks: fakes, locks, and tests that are about blocking."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile

from codemods.analysis.replacing.signals import handles_signals
from codemods.analysis.sleeping.beside import runs_beside
from codemods.analysis.sleeping.clocks import read_behind
from codemods.analysis.sleeping.fakes import fake
from codemods.analysis.sleeping.handed import driven_by_hand, handed_on, threaded_block, time_limits
from codemods.analysis.sleeping.scheduled import unrun_callback
from codemods.analysis.sleeping.sleeps import Sleep
from codemods.model import Evidence, Safety
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, callee, calls_in, last_name, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.marks import aliased_value
from codemods.semantics.pytest.owners import Owner
from codemods.semantics.pytest.reach import reach_of
from codemods.semantics.pytest.suite import Suite

_LOCKS = re.compile(r"(?<![bc])lock|mutex|semaphore", re.IGNORECASE)
_LOCK_TYPES = ("threading.", "multiprocessing.")
_ERRORS = frozenset({"ValueError", "OverflowError", "TypeError"})
_RAISES = frozenset({"raises", "assertRaises", "assertRaisesRegex", "suppress"})
_HELD = "a lock is held, and another coroutine that wants it would block for ever"
_COUNTS = frozenset({"threading.active_count", "threading.activeCount", "threading.enumerate"})
_RAISED = "a signal is handled around it, and what its handler raises would end the event loop"
_DEBUG = {"slow_callback_duration": Safety.MANUAL, "set_debug": Safety.REVIEW}
_BLOCKING = re.compile(r"(?<![a-z])((non)?block(s|ed|ing|buster|er)?|sync_sleep)(?![a-z])", re.I)
_NOQA = re.compile(r"noqa:.*\bASYNC(251|101)", re.I)
_BLOCK = re.compile(
    r"(get|set|new|last|latest|first|next|prev(ious)?|genesis|code|text|make|create|add|send|fetch|mine|parse|render)"
    r"_?block(s?)(?![a-z])|block_?(number|hash|height|size|id|header|index|time|chain|list|data|type)s?",
    re.I,
)
"""Blocks of a chain, a text or a disk."""
_MEANT = re.compile(
    r"(?<!non-)\bblock(s|ing)?\b.{0,12}\b(loop|thread|sleep|call)|time\.sleep"
    r"|(?<!non-)\b(block|lock|freez|hang|stall|starv)(e|s|es|ing)?( up)?"
    r"( (the|our|this|whole|entire|event|main|current|asyncio))* (loop|thread|python|interpreter)\b"
    r"|\bsync(hronous(ly)?)?\b.{0,12}\b(work|sleep|call|code|wait)|\bsynchronously\b"
    r"|\bon purpose|\bpurpose(ful)?ly|\bintention|\bdeliberate",
    re.I,
)
_AWAITED = frozenset({"asyncio.sleep", "anyio.sleep", "trio.sleep"})
_LIMITS = frozenset({"timeout", "timeout_at", "fail_after", "fail_at", "move_on_after", "move_on_at", "CancelScope"})


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A reason not to apply a fix by default, and where it stands."""

    reason: str
    node: ast.AST | None = None
    safety: Safety = Safety.MANUAL
    evidence: Evidence | None = None
    """The place, if that is in another file."""


def obstacle(suite: Suite, sleep: Sleep) -> Obstacle | None:
    """Return the weightiest reason against awaiting, or None."""
    found = list(_obstacles(suite, sleep))
    return next((each for each in found if each.safety is Safety.MANUAL), next(iter(found), None))


def _obstacles(suite: Suite, sleep: Sleep) -> Iterator[Obstacle]:
    module = suite.module
    argument = sleep.node.args[0]
    if isinstance(argument, ast.UnaryOp) and isinstance(argument.op, ast.USub):
        yield Obstacle("a negative delay raises ValueError in time.sleep alone")
    yield from _of_blocks(module, sleep)
    if (found := fake(suite, sleep.outermost)) is not None:
        yield Obstacle(found.reason, None, Safety.REVIEW if found.is_doubtful else Safety.MANUAL, found.evidence)
    yield from _acquired(module, sleep)
    if (node := unrun_callback(module, sleep)) is not None:
        yield Obstacle("what is asserted after it can hold only because nothing else ran meanwhile", node)
    yield from _about_blocking(module, sleep.outermost)
    yield from _signals(suite, sleep)
    yield from _meant(module, sleep)
    if (place := runs_beside(suite, sleep.node, sleep.function, sleep.outermost)) is not None:
        yield Obstacle("what runs beside it gets its turn meanwhile", safety=Safety.REVIEW, evidence=place)
    yield from _handed(suite, sleep)
    if (node := _measured(module, sleep)) is not None:
        yield Obstacle("it is measured how far a clock goes while it blocks", node, Safety.REVIEW)
    yield from _of_frameworks(suite, sleep)
    if (node := _other_way(module, sleep)) is not None:
        yield Obstacle("the other branch awaits a sleep: this one is for what blocks", node)
    if (node := _awaited_beside(module, sleep)) is not None:
        yield Obstacle("a sleep is awaited beside it, so that this one may be meant to block", node, Safety.REVIEW)


def _handed(suite: Suite, sleep: Sleep) -> Iterator[Obstacle]:
    """Look for who else runs the function: in a thread it stops no loop but its own."""
    if (block := threaded_block(suite.module, sleep.node, sleep.outermost)) is not None:
        yield Obstacle(
            f"`{suite.module.segment(block)}` may run its block in a thread, where nothing can be awaited", block
        )
    if sleep.function is not sleep.outermost and (by := driven_by_hand(suite.module, sleep.outermost)) is not None:
        yield Obstacle("a coroutine is run by hand there, without a loop", by)
    limits = time_limits(suite, sleep.function)
    if (limit := next((each for each in limits if not _is_longer(each.args[1:], sleep)), None)) is not None:
        yield Obstacle("a time limit is around it, which a blocked loop doesn't keep", limit, Safety.REVIEW)
    if (found := handed_on(suite, sleep.function)) is None:
        return
    name = found.function.name
    if found.in_thread:
        reason = (
            f"`{name}` is handed to `{found.taker}`, which may run it in a thread, where it stops no other coroutine"
        )
        yield Obstacle(reason, found.node)
    elif found.node in found.function.decorator_list:
        reason = f"it can't be told what the decorator `{found.taker}` makes of `{name}`"
        yield Obstacle(reason, found.node, Safety.REVIEW)
    else:
        reason = f"`{name}` is handed to `{found.taker}`, and it isn't known who runs it"
        yield Obstacle(reason, found.node, Safety.REVIEW)


def _measured(module: Module, sleep: Sleep) -> ast.Call | None:
    """Find the second of two reads of a clock with the call between them, in a coroutine that awaits nothing."""
    waits = _has_checkpoint(module, sleep.function)
    return None if waits else read_behind(module, sleep.node, sleep.function)


def _of_frameworks(suite: Suite, sleep: Sleep) -> Iterator[Obstacle]:
    """Look for what anyio and trio do besides where something waits: a checkpoint, threads that come and go."""
    if sleep.owner not in (Owner.ANYIO, Owner.TRIO):
        return
    calls = calls_in(sleep.outermost)
    if (call := next((each for each in calls if _counts_threads(suite.module, each)), None)) is not None:
        yield Obstacle("threads are counted, which come and go while it waits", call, Safety.REVIEW)
    is_test = sleep.function is sleep.outermost and sleep.function in suite.test_nodes
    if is_test and not _has_checkpoint(suite.module, sleep.outermost):
        yield Obstacle("nothing else is awaited there: it would be the only checkpoint", safety=Safety.REVIEW)


def _counts_threads(module: Module, call: ast.Call) -> bool:
    return module.resolve(call.func) in _COUNTS or last_name(call.func) == "num_threads"


@once
def _has_checkpoint(module: Module, function: Definition) -> bool:
    return any(isinstance(each, (ast.Await, ast.AsyncFor, ast.AsyncWith)) for each in walk(function))


def _signals(suite: Suite, sleep: Sleep) -> Iterator[Obstacle]:
    """Look for a handler of signals, which may raise an error out of the call, and not out of an ``await``."""
    reached = sorted(reach_of(suite).closure(sleep.outermost), key=lambda each: each.lineno)
    if (call := next((each for node in reached for each in _handlers(suite.module, node)), None)) is not None:
        yield Obstacle(_RAISED, call)
    elif _expects_error(suite.module, sleep):
        place = suite.module.answers.surroundings(sleep.outermost.lineno).signals
        yield from [Obstacle(_RAISED, evidence=place)] if place is not None else []


@once
def _handlers(module: Module, function: Definition) -> list[ast.Call]:
    return [each for each in calls_in(function) if handles_signals(module, each)]


def _expects_error(module: Module, sleep: Sleep) -> bool:
    """Return whether a block around a call is there for an error."""
    around = [*takewhile(lambda each: each is not sleep.function, module.ancestors(sleep.node))]
    managers = [item.context_expr for each in around for item in getattr(each, "items", ())]
    is_caught = any(isinstance(each, ast.Try) and each.handlers for each in around)
    return is_caught or any(last_name(callee(each)) in _RAISES for each in managers)


def _other_way(module: Module, sleep: Sleep) -> ast.Await | None:
    """Find an awaited sleep in the other branch of an ``if``: both ways are there on purpose."""
    child: ast.AST = sleep.node
    for parent in takewhile(lambda each: each is not sleep.function, module.ancestors(sleep.node)):
        if isinstance(parent, ast.If) and child is not parent.test:
            other = parent.orelse if module.place_of(child)[0] is parent.body else parent.body
            found = [_awaited_sleeps(module).get(parent)] if other else []
            if found and found[0] is not None and module.place_of(module.statement_of(found[0]))[0] is other:
                return found[0]
        child = parent
    return None


def _awaited_beside(module: Module, sleep: Sleep) -> ast.Await | None:
    """Find an awaited sleep among the statements next to the call: who wrote both knew the difference."""
    return _awaited_sleeps(module).get(module.parents[module.statement_of(sleep.node)])


@once
def _awaited_sleeps(module: Module) -> Mapping[ast.AST, ast.Await]:
    """Return the first sleep that is awaited among the statements of each block."""
    found: dict[ast.AST, ast.Await] = {}
    for node in module.nodes(ast.Await):
        if _is_awaited_sleep(module, node):
            found.setdefault(module.parents[module.statement_of(node)], node)
    return found


def _is_awaited_sleep(module: Module, node: ast.Await) -> bool:
    return isinstance(node.value, ast.Call) and module.resolve(node.value.func) in _AWAITED


def _of_blocks(module: Module, sleep: Sleep) -> Iterator[Obstacle]:
    """Look at the ``with`` statements around the call, up to its function."""
    for node in module.ancestors(sleep.node):
        if node is sleep.function:
            return
        if isinstance(node, (ast.With, ast.AsyncWith)):
            for manager in (item.context_expr for item in node.items):
                if _catches(manager):
                    yield Obstacle("the error that is expected around it may be that of time.sleep", manager)
                if isinstance(node, ast.With) and _is_lock(module, manager):
                    yield Obstacle(_HELD, manager)


def _catches(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call) or last_name(node.func) not in _RAISES:
        return False
    return any(last_name(each) in _ERRORS for argument in node.args[:1] for each in walk(argument))


def _is_lock(module: Module, node: ast.expr) -> bool:
    value = aliased_value(module, node)
    if isinstance(value, ast.Call) and (module.resolve(value.func) or "").startswith(_LOCK_TYPES):
        return True
    while isinstance(node, (ast.Call, ast.Attribute, ast.Subscript)):
        if isinstance(node, ast.Attribute) and _LOCKS.search(node.attr):
            return True
        node = node.func if isinstance(node, ast.Call) else node.value
    return isinstance(node, ast.Name) and bool(_LOCKS.search(node.id))


def _acquired(module: Module, sleep: Sleep) -> Iterator[Obstacle]:
    """Look for a lock that was taken by a call of its own above, and not given back."""
    taken = _locked_from(module, sleep.function)
    above = bisect_left(taken, sleep.node.lineno, key=lambda each: each[0])
    if above and taken[above - 1][1] > 0:
        yield Obstacle(_HELD)


@once
def _locked_from(module: Module, function: ast.AST) -> list[tuple[int, int]]:
    """Return the lines of the calls that take or give back a lock, each with how many are held after it."""
    found = [(0, 0)]
    for node in module.inside(ast.Call, function):
        name, waits = last_name(node.func), isinstance(module.parents[node], (ast.Await, ast.Call))
        held = found[-1][1]
        if change := (name == "acquire" and not waits) - (name == "release" and held > 0):
            found.append((node.lineno, held + change))
    return found


def _meant(module: Module, sleep: Sleep) -> Iterator[Obstacle]:
    """Look for an author who knew: a comment at the call, or a time limit that a blocking call outlasts."""
    statement = module.statement_of(sleep.node)
    own = module.lines[statement.lineno - 1 : sleep.node.end_lineno]
    above = (line for each in _opened(module, sleep) for line in _above(module, each))
    comments = [line.partition("#")[2] for line in (*above, *own)]
    if any(map(_MEANT.search, comments)):
        yield Obstacle("a comment says that it is meant to block")
    elif any(map(_NOQA.search, comments)):
        yield Obstacle("a comment says that it is meant to block", safety=Safety.REVIEW)
    if (limit := _limit(module, sleep)) is not None:
        yield Obstacle("the time limit around it may interrupt it", limit, Safety.REVIEW)


def _opened(module: Module, sleep: Sleep) -> Iterator[ast.stmt]:
    """Yield the statement of a call, and those around it whose body begins with it, up to its function."""
    statement: ast.AST = module.statement_of(sleep.node)
    while isinstance(statement, ast.stmt) and statement is not sleep.function:
        yield statement
        block, index = module.place_of(statement)
        parent = module.parents[statement]
        if index or block is not getattr(parent, "body", None):
            return
        statement = parent


def _above(module: Module, statement: ast.stmt) -> Iterator[str]:
    before = (module.lines[number] for number in range(statement.lineno - 2, -1, -1))
    return takewhile(lambda line: line.lstrip().startswith("#"), before)


def _limit(module: Module, sleep: Sleep) -> ast.expr | None:
    """Return the nearest time limit, unless both it and the delay are numbers and the delay is shorter."""
    for node in takewhile(lambda each: each is not sleep.function, module.ancestors(sleep.node)):
        for manager in (item.context_expr for item in getattr(node, "items", ())):
            if isinstance(manager, ast.Call) and last_name(manager.func) in _LIMITS:
                return None if _is_longer(manager.args, sleep) else manager
    return None


def _is_longer(given: list[ast.expr], sleep: Sleep) -> bool:
    """Return whether a time limit and the delay are numbers, and the delay is shorter."""
    limit, delay = _number(given[:1]), _number(sleep.node.args[:1])
    return limit is not None and delay is not None and delay < limit


def _number(arguments: list[ast.expr]) -> float | None:
    value = arguments[0].value if arguments and isinstance(arguments[0], ast.Constant) else None
    return value if isinstance(value, (int, float)) else None


@once
def _about_blocking(module: Module, outermost: ast.AST) -> list[Obstacle]:
    """Return the first sign of each kind in a function."""
    nodes = list(walk(outermost))
    debug = (
        (next((each for each in nodes if last_name(each) == name), None), safety) for name, safety in _DEBUG.items()
    )
    reason = "the loop's debug mode looks for callbacks that block it"
    found = [Obstacle(reason, node, safety) for node, safety in debug if node is not None]
    around = [each for each in module.ancestors(outermost) if isinstance(each, ast.ClassDef)]
    sign = next((each for each in (*nodes, *around) if _speaks_of_blocking(_verb(each))), None)
    return [*found, Obstacle("the test may be about blocking", sign)] if sign is not None else found


def says_it_blocks(suite: Suite, sleep: Sleep) -> bool:
    """Return whether a helper is there to block, as its own name says: ``block_loop``."""
    return sleep.function not in suite.test_nodes and _speaks_of_blocking(sleep.function.name)


def _speaks_of_blocking(name: str) -> bool:
    return _BLOCKING.search(_BLOCK.sub("", name)) is not None


def _verb(node: ast.AST) -> str:
    """Return the name of what a node calls or defines: values called ``block`` don't count."""
    if isinstance(node, ast.Call):
        return last_name(node.func)
    if isinstance(node, ast.ClassDef):
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", node.name)
    return node.name if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else ""
