"""Which expressions of a file are mocks for sure, and what a spec makes of their attributes."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import Enum

from codemods.analysis.mocking.mock_uses import READS
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import texts
from codemods.semantics.file.reaching_bindings import block_of, reaching
from codemods.semantics.memo import once
from codemods.semantics.pytest.classes import local_bases
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.instances import fixture_value, only_value, receiver_class
from codemods.semantics.pytest.values.mocks import ASYNC, SYNC, mock_class, mock_name
from codemods.semantics.pytest.values.patches import Patch, patches, receivers

_DEPTH = 8
_COPYING = frozenset({"autospec", "wraps"})
_DESCRIBING = frozenset({"spec", "spec_set"})
_BY_FUNCTION = {"create_autospec": "spec, all the way down", "spy": "spec, all the way down", "stub": "spec"}
_STARTING = frozenset({"enter_context", "enterContext"})


class Attributes(str, Enum):
    """What decides which attributes a mock has."""

    ANY = "nothing"
    SPEC = "spec"
    COPY = "spec, all the way down"


@once
def known_mock(suite: Suite, node: ast.expr, depth: int = _DEPTH) -> Attributes | None:
    """Return what decides which attributes a mock has; None for what may be something else."""
    if isinstance(node, ast.Call) and depth:
        return _made(suite, node, depth - 1)
    if isinstance(node, ast.Name) and depth:
        return _named(suite, node, depth - 1)
    if isinstance(node, ast.Attribute) and depth:
        owner = receiver_class(suite.module, node.value)
        kept = _kept(suite, owner, node.attr, depth - 1) if owner is not None else _put(suite, node, depth - 1)
        return kept or _child(suite, node, depth - 1)
    return None


def _made(suite: Suite, call: ast.Call, depth: int) -> Attributes | None:
    if mock_class(suite.module, call):
        return Attributes.SPEC if call.args else _described(call)
    if (kind := _BY_FUNCTION.get(mock_name(suite.module, call.func) or "")) is not None:
        return Attributes(kind)
    # A patch itself is no mock; what starts it, and pytest-mock's, which starts at once, give one.
    return None if suite.module.resolve(call.func) else _patched(suite, _started(suite, call) or call, depth)


def _started(suite: Suite, call: ast.Call) -> ast.Call | None:
    """Return the patch that a call starts."""
    if not isinstance(call.func, ast.Attribute):
        return None
    given = call.args[0] if call.func.attr in _STARTING and call.args else None
    given = call.func.value if call.func.attr == "start" else given
    found = only_value(suite.module, given) or given if given is not None else None
    return found if isinstance(found, ast.Call) else None


def _patched(suite: Suite, call: ast.Call, depth: int) -> Attributes | None:
    """Return what a patch gives to who starts it."""
    if mock_name(suite.module, call.func) not in ("patch", "patch.object"):
        return None
    return next((_given(suite, each, depth) for each in patches(suite.module, call)), None)


def _given(suite: Suite, patch: Patch, depth: int) -> Attributes | None:
    if patch.new is not None:
        return known_mock(suite, patch.new, depth)
    if patch.new_callable is not None:
        kind = mock_name(suite.module, patch.new_callable.value)
        if kind not in SYNC and kind != ASYNC:
            return None
    return _described(patch.call)


def _described(call: ast.Call) -> Attributes | None:
    names = {each.arg for each in call.keywords}
    if None in names:
        return None
    return Attributes.COPY if names & _COPYING else Attributes.SPEC if names & _DESCRIBING else Attributes.ANY


def _named(suite: Suite, node: ast.Name, depth: int) -> Attributes | None:
    value = only_value(suite.module, node) or fixture_value(suite, node)
    if value is not None:
        return known_mock(suite, value, depth)
    binding = reaching(suite.module, node)
    for call in _patching(suite, binding):
        if any(binding in receivers(suite.module, each) for each in patches(suite.module, call)):
            return _patched(suite, call, depth)
    return None


def _patching(suite: Suite, binding: ast.AST | None) -> Iterator[ast.Call]:
    """Yield the calls that may bind a name to a patch's mock."""
    parent = suite.module.parents[binding] if binding is not None else None
    places: list[ast.expr] = [parent.context_expr] if isinstance(parent, ast.withitem) else []
    if isinstance(binding, ast.arg) and parent is not None:
        places = getattr(suite.module.parents[parent], "decorator_list", [])
    yield from (each for each in places if isinstance(each, ast.Call))


@once
def _kept(suite: Suite, owner: ast.ClassDef, name: str, depth: int) -> Attributes | None:
    """Return what the methods of a class keep in an attribute of their receiver, if that is always a mock."""
    found = set()
    for each in _stores(suite, name):
        other = receiver_class(suite.module, each.value)
        if other is not None and (
            other in local_bases(suite.module, owner) or owner in local_bases(suite.module, other)
        ):
            found.add(_stored(suite, each, depth))
    return found.pop() if len(found) == 1 else None


def _put(suite: Suite, node: ast.Attribute, depth: int) -> Attributes | None:
    """Return what a function puts in an attribute of what a name means, if it does so above, and only with mocks."""
    binding = reaching(suite.module, node.value) if isinstance(node.value, ast.Name) else None
    found = _put_in(suite, binding, node.attr, depth) if binding is not None else None
    above = found is not None and any(_runs_before(suite.module, each, node) for each in found[1])
    return found[0] if found is not None and above else None


@once
def _put_in(
    suite: Suite, binding: ast.AST, name: str, depth: int
) -> tuple[Attributes | None, list[ast.Attribute]] | None:
    """Return what all stores in an attribute of what a name means have in common, and the stores."""
    stores = _stores_on(suite, name).get(binding, [])
    found = {_stored(suite, each, depth) for each in stores}
    return (found.pop(), stores) if len(found) == 1 else None


@once
def _stores_on(suite: Suite, name: str) -> Mapping[ast.AST, list[ast.Attribute]]:
    found: defaultdict[ast.AST, list[ast.Attribute]] = defaultdict(list)
    for each in _stores(suite, name):
        if isinstance(each.value, ast.Name) and (binding := reaching(suite.module, each.value)) is not None:
            found[binding].append(each)
    return dict(found)


def _runs_before(module: Module, store: ast.Attribute, node: ast.AST) -> bool:
    """Return whether a place is reached only through the statement that stores an attribute."""
    statement = module.parents[store]
    around = {node, *module.ancestors(node)}
    return store.lineno < node.lineno and not around.isdisjoint(block_of(module, statement))  # type: ignore[attr-defined]


def _stores(suite: Suite, name: str) -> list[ast.Attribute]:
    return suite.module.stores.get(name, [])


def _stored(suite: Suite, target: ast.Attribute, depth: int) -> Attributes | None:
    parent = suite.module.parents[target]
    single = isinstance(parent, (ast.Assign, ast.AnnAssign)) and parent.value is not None
    return known_mock(suite, parent.value, depth) if single else None  # type: ignore[attr-defined]


def _child(suite: Suite, node: ast.Attribute, depth: int) -> Attributes | None:
    base = known_mock(suite, node.value, depth)
    if base is None or node.attr in READS or node.attr.startswith("__") or _is_set(suite, node.attr, depth):
        return None
    return Attributes.COPY if base is Attributes.COPY else Attributes.ANY


@once
def _is_set(suite: Suite, name: str, depth: int) -> bool:
    """Return whether the file puts anything but a mock in an attribute of that name, of whatever object."""
    if any(_stored(suite, each, depth) is None for each in _stores(suite, name)):
        return True
    given = _keywords(suite).get(name, ())
    return any(known_mock(suite, each, depth) is None for each in given) or name in _named_by_string(suite)


@once
def _keywords(suite: Suite) -> Mapping[str | None, list[ast.expr]]:
    found: defaultdict[str | None, list[ast.expr]] = defaultdict(list)
    for call in suite.module.nodes(ast.Call):
        for each in call.keywords:
            found[each.arg].append(each.value)
    return dict(found)


@once
def _named_by_string(suite: Suite) -> frozenset[str]:
    """Return the parts of strings that may name an attribute to set: a configuration's key, one for ``setattr``."""
    calls = (each for each in suite.module.nodes(ast.Call) if len(each.args) > 1)
    places = [each.args[1] for each in calls if ast.unparse(each.func).rpartition(".")[2] in ("setattr", "object")]
    places += [key for each in suite.module.nodes(ast.Dict) for key in each.keys if key is not None]
    return frozenset(part for each in texts(places) for part in each.split("."))
