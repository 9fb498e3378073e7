"""What one place of a file puts in the place of something else: a function, by its name, or the clock."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from codemods.analysis.awaits.mocked import may_replace
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import last_name, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.requests import string

_DOTTED = re.compile(r"[\w.:]+")
_SLEEP = re.compile(r"(?:\w+\.)*(?:asyncio(?:\.tasks)?\.sleep|time\.(?:sleep|monotonic)|anyio\.sleep|trio\.sleep)")
_MODULES = frozenset({"asyncio", "asyncio.tasks", "time", "anyio", "trio"})
_READERS = frozenset({"getattr", "hasattr", "isinstance", "delattr"})
CLOCK = re.compile(
    r"freeze_?time|freezer|frozen_?time|time_?machine|time_?travel\w*|autojump_?clock|looptime|advance_?time"
    r"|fast_?forward|(fake|mock(ed)?|frozen|virtual|manual)_?(clock|time)s?|clock",
    re.I,
)
"""How fake clocks are called, and the fixtures that give them."""
_CERTAIN_CLOCK = re.compile(
    r"freeze_?time|freezegun|time_?machine|looptime|autojump_?clock|virtual_?clock|ClockedTestCase", re.I
)
_CLOCK_LIBRARIES = frozenset({"freezegun", "time_machine", "looptime", "aiofastforward", "async_solipsism"})


@dataclass(frozen=True, slots=True)
class Replacement:
    """One place that puts something else under these names, the last parts of dotted ones, or in place of the clock."""

    node: ast.AST
    names: frozenset[str] = frozenset()
    of_clock: bool = False
    is_doubtful: bool = False
    """Whether it is only called ``clock``, which may as well be a real one."""


def replacements(module: Module, nodes: Iterable[ast.AST], *, certain: bool = False) -> Iterator[Replacement]:
    """Yield what some nodes replace; ``certain`` leaves out what only has a name like that of a fake clock."""
    for node in nodes:
        names = _names(module, node)
        if names:
            yield Replacement(node, names, _is_time_of_loop(node, names))
        elif _is_certain_clock(module, node) or not (certain or not _is_fake_clock(node)):
            yield Replacement(node, of_clock=True, is_doubtful=is_any_clock(_named(node)))


def _names(module: Module, node: ast.AST) -> frozenset[str]:
    if isinstance(node, ast.Constant):
        return frozenset({_last(node.value)} if isinstance(node.value, str) and _SLEEP.fullmatch(node.value) else ())
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        return frozenset() if isinstance(node.ctx, ast.Load) else frozenset(_stored(node))
    if not isinstance(node, ast.Call):
        return frozenset()
    return _given(module, node) if may_replace(node) or _is_of_module(module, node) else frozenset()


def _stored(node: ast.Attribute | ast.Subscript) -> Iterator[str]:
    """Yield the name under which something is stored, but for what an object keeps itself."""
    if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")):
        yield node.attr
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        if re.search(r"__dict__|^(vars|globals)\(", ast.unparse(node.value)):
            yield str(node.slice.value)


def _is_of_module(module: Module, call: ast.Call) -> bool:
    """Say whether a call is given a module that has a ``sleep`` or a clock, and may store something in it."""
    first = call.args[0] if len(call.args) > 1 else None
    is_module = isinstance(first, (ast.Name, ast.Attribute)) and module.resolve(first) in _MODULES
    return is_module and last_name(call.func) not in _READERS


@once
def _given(module: Module, call: ast.Call) -> frozenset[str]:
    targets = [*call.args[:2], *(each.value for each in call.keywords)]
    texts = [each.value for target in targets for each in walk(target) if isinstance(each, ast.Constant)]
    texts += [string(module, each) for each in targets if isinstance(each, ast.Name)]
    named = {_last(each) for each in texts if isinstance(each, str) and _DOTTED.fullmatch(each)}
    return frozenset({*named, *(each.arg for each in call.keywords if each.arg)})


def _last(dotted: str) -> str:
    return re.split(r"[.:]", dotted)[-1]


def _is_time_of_loop(node: ast.AST, names: frozenset[str]) -> bool:
    """Say whether the ``time`` of an event loop is replaced, by which it waits."""
    if "time" not in names:
        return False
    owner = node.value if isinstance(node, ast.Attribute) else next(iter(getattr(node, "args", ())), None)
    return owner is not None and ast.unparse(owner).rstrip("()").endswith("loop")


def _is_certain_clock(module: Module, node: ast.AST) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name == "time" and _is_loop(module.class_of(node))
    if isinstance(node, ast.Attribute):
        return bool(_CERTAIN_CLOCK.fullmatch(node.attr)) and last_name(node.value) == "mark"
    if not isinstance(node, ast.Name):
        return False
    library = (module.resolve(node) or "").partition(".")[0]
    return library in _CLOCK_LIBRARIES or bool(_CERTAIN_CLOCK.fullmatch(node.id))


def _is_loop(owner: ast.ClassDef | None) -> bool:
    """Return whether a class is an event loop, by the names of its bases."""
    return owner is not None and any(last_name(each).endswith("Loop") for each in owner.bases)


def _is_fake_clock(node: ast.AST) -> bool:
    return bool(CLOCK.fullmatch(_named(node))) or (isinstance(node, ast.Attribute) and node.attr == "advance")


def _named(node: ast.AST) -> str:
    """Return the name of an argument, an attribute or a variable; nothing for any other node."""
    if isinstance(node, ast.arg):
        return node.arg
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def is_any_clock(name: str) -> bool:
    """Return whether a name tells a clock, and not that it is a fake one."""
    return name.lower() == "clock"


def outside_functions(owner: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a module or class that run while it is made."""
    waiting: list[ast.AST] = list(owner.body)  # type: ignore[attr-defined]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield node
            waiting += ast.iter_child_nodes(node)
