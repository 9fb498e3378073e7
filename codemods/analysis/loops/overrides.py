"""What a project's own fixture ``event_loop`` does: make a loop, make another kind of loop, or set something up."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from codemods.analysis.loops.ending import ASKING, CLOSING, LoopEnd
from codemods.analysis.loops.making import Made, is_policy, made_loop
from codemods.semantics.asyncio_names import LOOP_GETTERS_OF_COROUTINES, asyncio_name
from codemods.semantics.file.arguments import single
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, calls_in, is_none, names_in, stored_names, walk, without_docstring
from codemods.semantics.memo import once
from codemods.semantics.pytest.marks import aliased_value


class OverrideKind(str, Enum):
    """What an override of ``event_loop`` is for."""

    PLAIN = "plain"
    """It makes one of asyncio's default loops, and closes it."""
    CUSTOM = "custom"
    """It makes another loop, or changes how the loop behaves."""
    SETUP = "set-up"
    """A plain loop, with other statements around the ``yield``."""
    OTHER = "other"
    """Its body isn't understood."""


@dataclass(frozen=True, slots=True)
class Override:
    """A fixture ``event_loop``, taken apart. A statement stands in at most one of the lists."""

    kind: OverrideKind
    gives: ast.stmt | None = None
    """The statement that yields or returns the loop."""
    loop_statements: tuple[ast.stmt, ...] = ()
    """Those that only make, set or close a plain loop: without the loop they go, and the rest stays."""
    custom_statements: tuple[ast.stmt, ...] = ()
    """Those that make another kind of loop or change how it behaves."""
    others: tuple[ast.stmt, ...] = ()
    """All other simple statements, and the ``if``, ``with`` and loops that aren't about an event loop."""
    others_use_loop: bool = False
    """Whether one of the others reads the loop."""


_OTHER = Override(OverrideKind.OTHER)
_PLATFORM = frozenset({"os.name", "sys.platform", "sys.version_info"})
_BEHAVIOUR = frozenset({"set_debug", "set_task_factory", "set_exception_handler", "set_default_executor"})


def classify_override(module: Module, node: Definition) -> Override:
    """Return what the fixture function ``node``, named ``event_loop``, does."""
    if isinstance(node, ast.AsyncFunctionDef) or _has_parameters(node):
        return _OTHER
    return _Reading(module, node).result()


@once
def gives_new_loop(module: Module, node: Definition) -> bool:
    """Return whether a fixture, whatever its name, makes an event loop and gives it to who asks for it."""
    names = {asyncio_name(module.resolve(call.func)) for call in calls_in(node)}
    takes = not names.isdisjoint(LOOP_GETTERS_OF_COROUTINES)
    return (
        not takes
        and any(_given(each) for each in walk(node) if isinstance(each, ast.stmt))
        and (_Reading(module, node).result().kind is not OverrideKind.OTHER)
    )


def module_loop(module: Module, node: Definition) -> str | None:
    """Return the variable of the module whose loop a fixture hands out each time it is asked."""
    for call in calls_in(node):
        is_set = module.resolve(call.func) == "asyncio.set_event_loop" and len(call.args) == 1
        value = aliased_value(module, call.args[0]) if is_set else None
        if value is not None and module.function_of(value) is None and made_loop(module, value) is not None:
            return call.args[0].id if isinstance(call.args[0], ast.Name) else None
    return None


def _has_parameters(node: Definition) -> bool:
    """Say whether what asks for the fixture runs once for each of several values."""
    calls = (each for each in node.decorator_list if isinstance(each, ast.Call))
    return any(keyword.arg == "params" for each in calls for keyword in each.keywords)


@dataclass
class _Reading:
    module: Module
    node: Definition
    names: set[str] = field(default_factory=set)
    gives: list[ast.stmt] = field(default_factory=list)
    loops: list[ast.stmt] = field(default_factory=list)
    customs: list[ast.stmt] = field(default_factory=list)
    others: list[ast.stmt] = field(default_factory=list)
    idle: list[ast.stmt] = field(default_factory=list)
    """Those that are there for the loop if nothing else is."""

    def __post_init__(self) -> None:
        stops = any(isinstance(each, ast.Attribute) and each.attr == "stop" for each in walk(self.node))
        self.end = LoopEnd(self.module, self.names, stops)

    def result(self) -> Override:
        self.names |= {each.arg for each in single(self.node) if each.arg == "event_loop"}
        self._read(without_docstring(self.node))
        (self.others if self.others else self.loops).extend(self.idle)
        made_here = bool(self.names) or (bool(self.gives) and self._value(self.gives[0]) is not None)
        if len(self.gives) != 1 or not made_here:
            return _OTHER
        kind = OverrideKind.SETUP if self.others else OverrideKind.PLAIN
        if self.customs:
            kind = OverrideKind.CUSTOM
        gone = self.names | stored_names((*self.loops, *self.customs))
        use = any(not gone.isdisjoint(names_in(each)) for each in self.others)
        return Override(kind, self.gives[0], tuple(self.loops), tuple(self.customs), tuple(self.others), use)

    def _read(self, body: Sequence[ast.stmt]) -> None:
        for each in body:
            self._statement(each)

    def _statement(self, node: ast.stmt) -> None:
        if self._gives(node):
            self.gives.append(node)
            if self._value(node) is Made.CUSTOM:
                self.customs.append(node)
        elif (made := self._assigned(node)) is not None:
            (self.loops if made is Made.PLAIN else self.customs).append(node)
        elif self.end.is_by(node):
            self.loops.append(node)
        elif isinstance(node, (ast.Try, ast.If, ast.With)):
            self._block(node)
        else:
            self._list_of(node).append(node)

    def _gives(self, node: ast.stmt) -> bool:
        value = _given(node)
        if value is None:
            return False
        return (isinstance(value, ast.Name) and value.id in self.names) or made_loop(self.module, value) is not None

    def _value(self, node: ast.stmt) -> Made | None:
        value = _given(node)
        return made_loop(self.module, value) if value is not None else None

    def _assigned(self, node: ast.stmt) -> Made | None:
        """Return the kind of loop that a statement gives a name, noting the name."""
        if isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name):
            target, value = node.target, node.value
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            target, value = node.targets[0], node.value
        else:
            return None
        if is_policy(self.module, value):
            return Made.PLAIN
        if (made := made_loop(self.module, value)) is not None:
            self.names.add(target.id)
        return made

    def _block(self, node: ast.Try | ast.If | ast.With) -> None:
        """Read a compound statement: it goes as a whole if nothing but loops is in it, otherwise by its parts."""
        marks = [len(each) for each in (self.gives, self.loops, self.customs, self.others)]
        handlers = [each.body for each in node.handlers] if isinstance(node, ast.Try) else []
        rest = [getattr(node, name, []) for name in ("orelse", "finalbody")]
        for body in (node.body, *handlers, *rest):
            self._read(body)
        gives, loops, customs, others = marks
        alone = (len(self.gives), len(self.customs), len(self.others)) == (gives, customs, others)
        if isinstance(node, ast.Try):
            if alone:
                self.loops[loops:] = [node]
        elif isinstance(node, ast.If) and alone and self._is_about_loop(node.test):
            self.loops[loops:] = [node]
        else:
            self.loops[loops:] = [] if alone else self.loops[loops:]
            self.others.append(node)

    def _is_about_loop(self, test: ast.expr) -> bool:
        """Say whether a test asks for nothing but what the loop is, or which platform or Python there is."""
        calls = calls_in(test)
        names = [each for each in walk(test) if isinstance(each, ast.Attribute)]
        if not calls and names and all(self.module.resolve(each) in _PLATFORM for each in names):
            return True
        return bool(calls) and all(self._method(each) in ASKING for each in calls)

    def _list_of(self, node: ast.stmt) -> list[ast.stmt]:
        if isinstance(node, ast.Pass):
            return self.loops
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            return self.idle
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and self._is_loop_attribute(node.targets[0]):
            closing = isinstance(node.targets[0], ast.Attribute) and node.targets[0].attr in CLOSING
            return self.loops if closing else self.customs
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            return self._of_call(node.value)
        return self.others

    def _is_loop_attribute(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in self.names

    def _of_call(self, call: ast.Call) -> list[ast.stmt]:
        name = self.module.resolve(call.func)
        if name == "gc.collect":
            return self.idle
        if name == "asyncio.set_event_loop" or self._sets_by_policy(call):
            return self.loops
        if name == "asyncio.set_event_loop_policy":
            plain = len(call.args) == 1 and (is_none(call.args[0]) or is_policy(self.module, call.args[0]))
            return self.loops if plain else self.customs
        method = self._method(call)
        if method in CLOSING:
            return self.loops
        return self.customs if method in _BEHAVIOUR else self.others

    def _sets_by_policy(self, call: ast.Call) -> bool:
        owner = call.func.value if isinstance(call.func, ast.Attribute) and call.func.attr == "set_event_loop" else None
        return owner is not None and is_policy(self.module, owner)

    def _method(self, call: ast.Call) -> str | None:
        """Return the name of the loop's method that is called."""
        if not isinstance(call.func, ast.Attribute):
            return None
        owner = call.func.value
        is_loop = (isinstance(owner, ast.Name) and owner.id in self.names) or made_loop(self.module, owner) is not None
        return call.func.attr if is_loop else None


def _given(node: ast.stmt) -> ast.expr | None:
    if isinstance(node, ast.Return):
        return node.value
    return node.value.value if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield) else None
