"""What may change where a coroutine runs that was lost: other tasks get their turn, and assertions see what it did."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codemods.analysis.sleeping.beside import runs_beside
from codemods.analysis.sleeping.scheduled import is_assertion, is_negative
from codemods.model import Evidence
from codemods.semantics.asyncio_names import asyncio_name
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import Definition, calls_in, last_name, names_in, position, walk
from codemods.semantics.memo import once
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.awaitable import called_functions
from codemods.semantics.pytest.values.instances import instance_class, member, receiver_class

_REMOVING = re.compile(
    r"_*(clear|delete|discard|drop|evict|expire|invalidate|pop|purge|remove|reset|revoke|truncate|un\w+|wipe)(?![a-z])",
    re.I,
)
_CLOSING = re.compile(
    r"_*(a?close|cancel|disconnect|drain|exit|finish|flush|join|leave|logout|rollback|shut_?down|stop|tear_?down|wait)",
    re.I,
)
_STATE = re.compile(r"open|clos|run|connect|alive|activ|start|stop|done|ready|cancel", re.I)
"""What may be another once something was closed."""
_ADDING = frozenset({"add", "append", "appendleft", "put_nowait"})
_MOST = 200
"""How many assertions of a function are looked at."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why an ``await`` may change what a test says, and the place."""

    reason: str
    evidence: Evidence


def doubt_of(suite: Suite, call: ast.Call, function: Definition) -> Doubt | None:
    """Return what may change where a coroutine of a function awaits a call that was lost before."""
    module = suite.module
    outermost = module.outermost(function)
    if (place := runs_beside(suite, call, function, outermost)) is not None:
        reason = "what runs beside it gets its turn meanwhile" if function is outermost else "it runs beside others"
        return Doubt(reason, place)
    if (double := _double(suite, call.func)) is not None:
        reason = f"`{double.name}` is the tests' own, and what it inherits may use what that hasn't"
        return Doubt(reason, module.evidence(double))
    if asyncio_name(module.resolve(call.func)) is not None or not isinstance(module.parents[call], ast.Expr):
        return None
    changed = next(_changed(suite, call, outermost), None)
    return Doubt("what is asserted after it may hold only because it did nothing", changed) if changed else None


def _double(suite: Suite, function: ast.expr) -> ast.ClassDef | None:
    """Return the class of the file whose object is asked for a method that it inherits from another file."""
    if not isinstance(function, ast.Attribute) or receiver_class(suite.module, function.value) is not None:
        return None
    owner = instance_class(suite, function.value)
    return owner if owner is not None and member(suite.module, owner, function.attr) is None else None


def _changed(suite: Suite, call: ast.Call, outermost: Definition) -> Iterator[Evidence]:
    """Yield the assertions behind a call that what it does may refute."""
    mine = _subjects(suite, call)
    for each in _assertions(suite.module, outermost):
        if each.lineno > call.lineno and not mine.isdisjoint(names_in(each)) and _refutes(suite, call, each, outermost):
            yield suite.module.evidence(each)


def _refutes(suite: Suite, call: ast.Call, assertion: ast.stmt, outermost: Definition) -> bool:
    """Return whether an assertion may hold only because a call did nothing."""
    if _first_lines(suite.module, outermost)[_text(assertion)] < call.lineno:
        return True
    name = last_name(call.func)
    if _CLOSING.match(name):
        return _STATE.search(ast.unparse(assertion)) is not None
    return is_negative(assertion) is not bool(_REMOVING.match(name)) or _misses(suite, call, assertion)


@once
def _assertions(module: Module, outermost: Definition) -> list[ast.stmt]:
    nodes = (each for each in walk(outermost) if isinstance(each, ast.stmt))
    found = [each for each in nodes if is_assertion(each)]
    return sorted(found, key=position)[:_MOST]


@once
def _first_lines(module: Module, outermost: Definition) -> Mapping[str, int]:
    """Return the line at which each assertion of a function first stands, by its text."""
    return {_text(each): each.lineno for each in reversed(_assertions(module, outermost))}


def _text(assertion: ast.stmt) -> str:
    return ast.unparse(assertion.test if isinstance(assertion, ast.Assert) else assertion)


def _subjects(suite: Suite, call: ast.Call) -> set[str]:
    """Return the names of what a call may change: its object, its arguments, and what its function of the file names."""
    inside = (names_in(each) for each in called_functions(suite, call.func))
    return names_in(call).union(*inside)


def _misses(suite: Suite, call: ast.Call, assertion: ast.stmt) -> bool:
    """Return whether what a call would add to a list isn't in the list that is expected."""
    test = assertion.test if isinstance(assertion, ast.Assert) else None
    if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.Eq):
        return False
    sides = (test.left, *test.comparators)
    expected = [each for each in sides if isinstance(each, (ast.List, ast.Set, ast.Tuple))]
    named = names_in(test)
    if not expected or any(not isinstance(each, ast.Constant) for each in expected[0].elts):
        return False
    known = {each.value for each in expected[0].elts if isinstance(each, ast.Constant)}
    return any(name in named and value not in known for name, value in _added(suite, call))


def _added(suite: Suite, call: ast.Call) -> Iterator[tuple[str, object]]:
    """Yield what the function of the file that a call calls adds to what it names, as far as it is a constant."""
    for node in called_functions(suite, call.func):
        for each in calls_in(node):
            owner = each.func.value if isinstance(each.func, ast.Attribute) else None
            given = each.args[0] if each.args else None
            if isinstance(owner, ast.Name) and last_name(each.func) in _ADDING and isinstance(given, ast.Constant):
                yield owner.id, given.value
