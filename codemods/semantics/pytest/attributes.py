"""What the names of a module or a class stand for, as far as one file tells: a fixture, none, or what another has."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from codemods.semantics.file.module import Module
from codemods.semantics.file.names import is_standard
from codemods.semantics.file.order import Definition, callee, last_name, position
from codemods.semantics.file.reaching_bindings import END, last_bindings
from codemods.semantics.file.scopes import imported
from codemods.semantics.memo import once
from codemods.semantics.pytest.classes import local_class
from codemods.semantics.pytest.marks import Decorator, dotted_callee, mark_name
from codemods.semantics.pytest.suite import FIXTURE_NAMES, OTHER_FIXTURES, Fixture, Suite, fixture_by

_DEPTH = 4
"""How many names for one fixture are followed inside a file."""


class Unknown(Enum):
    """The answer where only a run can tell which fixture it is, if any."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


@dataclass(frozen=True, slots=True)
class Imported:
    """What another module has under a dotted name; relative ones keep their leading dots."""

    dotted: str


Attribute = Fixture | Imported | Unknown | None
"""A fixture, what another module has, what can't be told, or certainly no fixture."""
Owner = ast.Module | ast.ClassDef
Found = TypeVar("Found")
Place = TypeVar("Place")
Layer = Mapping[str | None, list[Found | Unknown]]
"""What one place has by the names that others ask for, the one that counts first; None for names that can't be told."""


@once
def attributes(suite: Suite, owner: Owner) -> Mapping[str, frozenset[Attribute]]:
    """Return what each name of a module or class may stand for once the file is imported; none twice."""
    names = suite.module.scopes.names(owner)
    found = {name: _meanings(suite, owner, name, _DEPTH) for name in names}
    return {name: those for name, those in found.items() if those}


def meaning(those: Iterable[Found | Unknown]) -> Found | Unknown:
    """Return the only one of some meanings, or that it is unknown."""
    found = set(those)
    return found.pop() if len(found) == 1 else UNKNOWN


def layer(
    order: Iterable[Place | None], has: Callable[[Place], Mapping[str, Found | Unknown | None]],
    name: Callable[[Found, str], str | None],
) -> Layer[Found]:  # fmt: skip
    """Return what a module, or a class with its bases in their order, has by the names that others ask for.

    An attribute hides that of a base, whatever it is. Pytest registers fixtures by the names of their attributes, and
    the last one of a name counts. Whatever stands behind a base that isn't known (None) is unknown.
    """
    found, seen, is_open = dict[str, Found | Unknown](), set[str](), False
    for each in order:
        is_open = is_open or each is None
        for attribute, meant in (has(each) if each is not None else {}).items():
            if attribute not in seen and meant is not None:
                found[attribute] = UNKNOWN if is_open else meant
            seen.add(attribute)
    named: defaultdict[str | None, list[Found | Unknown]] = defaultdict(list)
    for attribute in sorted(found, reverse=True):
        key = attribute if (one := found[attribute]) is UNKNOWN else name(one, attribute)
        named[key].append(UNKNOWN if key is None else one)
    if is_open:
        named[None].append(UNKNOWN)
    return dict(named)


def name_of(fixture: Fixture, attribute: str) -> str | None:
    """Return what a fixture is asked for by: what its decorator says, else the attribute in which pytest finds it."""
    if fixture.has_unknown_name:
        return None
    return fixture.name if fixture.is_named else attribute


def last_binding(suite: Suite, name: str) -> tuple[int, int]:
    """Return where a module binds a name last."""
    return max(map(position, suite.module.scopes.module_names().get(name, ())), default=(0, 0))


def _meanings(
    suite: Suite, owner: ast.AST, name: str, depth: int, before: tuple[int, int] = END
) -> frozenset[Attribute]:
    """Return what a name may stand for before a place in the file, or in the end."""
    if not depth:
        return frozenset({UNKNOWN})
    nodes = last_bindings(suite.module, owner, name, before)
    return frozenset(each for node in nodes for each in _meant(suite, node, name, depth))


def _meant(suite: Suite, node: ast.AST, name: str, depth: int) -> Iterable[Attribute]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return [_function(suite, node)]
    if isinstance(node, ast.ImportFrom):
        dotted = imported(node, name)
        return [Imported(dotted) if dotted and (node.level or not is_standard(dotted)) else None]
    parent = suite.module.parents.get(node)
    if isinstance(parent, (ast.Assign, ast.AnnAssign)) and parent.value is not None:
        targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
        return _value(suite, parent.value, name, depth) if node in targets else [None]
    return [None]


def _function(suite: Suite, node: Definition) -> Attribute:
    """Return the fixture that a function is; what another decorator makes of a fixture can't be told."""
    fixture = suite.fixture_at.get(node)
    if fixture is None:
        return UNKNOWN if any(_may_make_fixture(suite.module, each) for each in node.decorator_list) else None
    outer = node.decorator_list[: fixture.decorator.index]
    return fixture if all(_keeps_fixture(suite.module, each) for each in outer) else UNKNOWN


def _keeps_fixture(module: Module, decorator: ast.expr) -> bool:
    return mark_name(module, decorator) is not None or ast.unparse(decorator) == "staticmethod"


def _may_make_fixture(module: Module, decorator: ast.expr) -> bool:
    """Say whether a decorator that isn't known is called like one that makes a fixture."""
    name = last_name(callee(decorator))
    return "fixture" in name.lower() and mark_name(module, decorator) is None


def _value(suite: Suite, value: ast.expr, name: str, depth: int) -> Iterable[Attribute]:
    if isinstance(value, ast.Call):
        return [_made(suite, value, name)]
    if isinstance(value, ast.Name):
        return _named(suite, value, depth - 1)
    if isinstance(value, ast.Attribute):
        if (owner := local_class(suite.module, value.value)) is not None:
            return _meanings(suite, owner, value.attr, depth - 1) or [UNKNOWN]
        dotted = suite.module.resolve(value)
        return [Imported(dotted) if dotted and not is_standard(dotted) else None]
    return [None]


def _named(suite: Suite, name: ast.Name, depth: int) -> Iterable[Attribute]:
    """Return what a name stands for where it is read: in the body of a class what that has so far, or the module."""
    scope, _ = suite.module.scopes.lookup(name.id, name)
    scopes = (scope, suite.module.tree) if isinstance(scope, (ast.Module, ast.ClassDef)) else ()
    here = position(suite.module.statement_of(name))
    found = (_meanings(suite, each, name.id, depth, here) for each in scopes)
    return next(filter(None, found), [None])


def _made(suite: Suite, call: ast.Call, name: str) -> Attribute:
    """Return the fixture that ``pytest.fixture(function)`` makes, or that another call may make one."""
    is_fixture = dotted_callee(suite.module, call.func) in FIXTURE_NAMES | OTHER_FIXTURES
    if not is_fixture:
        return UNKNOWN if _makes_fixtures(suite, call) else None
    if isinstance(call.func, ast.Call):
        return _of(suite, call.func, call.args, name)
    return _of(suite, call, call.args, name) if call.args else None


def _of(suite: Suite, maker: ast.Call, args: list[ast.expr], name: str) -> Attribute:
    """Return the fixture that a call makes of a function of the file."""
    node = _function_named(suite.module, args[0]) if len(args) == 1 else None
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or any(not each.arg for each in maker.keywords):
        return UNKNOWN
    call = ast.copy_location(ast.Call(maker.func, [], maker.keywords), maker)
    return fixture_by(suite.module, node, Decorator(-1, call, dotted_callee(suite.module, maker)), name)


def _function_named(module: Module, name: ast.expr) -> ast.AST | None:
    """Return what a name means where it is read, if one binding does."""
    scope = module.scopes.lookup(name.id, name)[0] if isinstance(name, ast.Name) else None
    if scope is None or not isinstance(name, ast.Name):
        return None
    found = list(last_bindings(module, scope, name.id, position(module.statement_of(name))))
    return found[0] if len(found) == 1 else None


def _makes_fixtures(suite: Suite, call: ast.Call) -> bool:
    """Say whether a call may make a fixture: by its name, or as a function of the file that has one inside."""
    found = suite.module.bindings_of(call.func)
    inner = (each.node for each in suite.fixtures)
    return "fixture" in last_name(call.func).lower() or any(suite.module.function_of(each) in found for each in inner)
