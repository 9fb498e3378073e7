"""Which fixture a parameter means, as far as its own file tells: the one place that answers this within a file.

pytest looks in the class and its bases, in the classes around it, then in the module. What the file doesn't show, a
base class or an import that may hide a fixture, makes the answer unknown.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum

from codemods.semantics.file.order import Definition
from codemods.semantics.memo import once
from codemods.semantics.project.names import stars
from codemods.semantics.pytest.attributes import (
    UNKNOWN,
    Imported,
    Layer,
    Owner,
    Unknown,
    attributes,
    layer,
    meaning,
    name_of,
)
from codemods.semantics.pytest.classes import local_mro, with_heirs
from codemods.semantics.pytest.requests import generated, parametrized
from codemods.semantics.pytest.suite import Fixture, Suite


class Source(Enum):
    """Where a value comes from that no fixture of the file gives."""

    OTHER_FILE = "other file"
    """From a fixture of another file or a plugin, if there is one."""
    GIVEN = "given"
    """From no fixture: a default, a patch, ``parametrize``, a caller."""


Binding = Fixture | Source | Unknown


def bound_fixture(suite: Suite, node: Definition, name: str) -> Binding:
    """Return the fixture that a name means to a function; unknown if it isn't the same for all tests that use it."""
    return meaning(bindings(suite, node, name))


def parameter_fixture(suite: Suite, name: ast.expr) -> Binding:
    """Return the fixture whose value a name reads: that of the parameter of a test or fixture around it."""
    if not isinstance(name, ast.Name):
        return Source.GIVEN
    scope, found = suite.module.scopes.lookup(name.id, name)
    if not isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)) or len(found) != 1:
        return Source.GIVEN
    return bound_fixture(suite, scope, name.id) if isinstance(found[0], ast.arg) else Source.GIVEN


@once
def bindings(suite: Suite, node: Definition, name: str) -> frozenset[Binding]:
    """Return what a name may mean to a function, for all tests that use it."""
    is_asked = is_called_by_pytest(suite, node) and name in suite.requested(node)
    return meanings(suite, node, name) if is_asked else frozenset({Source.GIVEN})


@once
def meanings(suite: Suite, node: Definition, name: str) -> frozenset[Binding]:
    """Return what a name may mean where a function stands, whether it asks for it or not."""
    owner, own = suite.module.class_of(node), suite.fixture_at.get(node)
    if own is None:
        return _with_values(suite, node, name, _seen_from(suite, owner, name))
    if own.name != name:
        return _seen_from(suite, owner, name, by_fixture=True)
    return frozenset(_nearest(suite, name, place, own) for place in _places(suite, owner, name, by_fixture=True))


@once
def _seen_from(suite: Suite, owner: ast.ClassDef | None, name: str, by_fixture: bool = False) -> frozenset[Binding]:
    """Return what a name may mean to the tests of a class or module, or to its fixtures."""
    return frozenset(_nearest(suite, name, place) for place in _places(suite, owner, name, by_fixture))


def candidates(suite: Suite, node: Definition, name: str) -> list[Fixture]:
    """Return the fixtures of the file that a name may mean to a function: all that have it where that can't be told."""
    found = meanings(suite, node, name)
    named = suite.fixtures_named.get(name, []) if UNKNOWN in found else []
    known = [each for each in found if isinstance(each, Fixture)]
    return [*known, *(each for each in named if each not in found and each.node is not node)]


def users(suite: Suite, fixture: Fixture) -> list[Definition]:
    """Return the tests and fixtures of the file that may get a fixture by its name."""
    return [each for each in suite.users(fixture.name) if may_get(suite, each, fixture)]


def may_get(suite: Suite, node: Definition, fixture: Fixture) -> bool:
    """Return whether a test or fixture, if it asks for the name of a fixture, may get that fixture."""
    return not meanings(suite, node, fixture.name).isdisjoint({fixture, UNKNOWN})


def is_called_by_pytest(suite: Suite, node: Definition) -> bool:
    """Return whether pytest calls a function: a fixture, a test, or one that is a test where a class is mixed in."""
    return node in suite.fixture_at or node in suite.test_nodes or _is_method(suite, node)


def _is_method(suite: Suite, node: Definition) -> bool:
    return suite.config.matches_function(node.name) and suite.module.class_of(node) is not None


def _with_values(suite: Suite, node: Definition, name: str, found: frozenset[Binding]) -> frozenset[Binding]:
    """Return what a test gets where marks or hooks may give it the values."""
    given = parametrized(suite.module, suite.marks(node))
    if name in given:
        return frozenset({Source.GIVEN})
    return frozenset({UNKNOWN}) if None in given or name in generated(suite.module) else found


def _places(
    suite: Suite, owner: ast.ClassDef | None, name: str, by_fixture: bool
) -> Iterator[ast.ClassDef | None]:  # fmt: skip
    """Yield the innermost classes from which names are looked up: a function's own, its heirs, its users'."""
    if owner is not None:
        classes = with_heirs(suite.module, owner)
        yield from [each for each in classes if suite.config.matches_class(each.name)] or classes
        return
    yield None
    if by_fixture:
        yield from _classes_with(suite, name)


@once
def _classes_with(suite: Suite, name: str) -> Sequence[ast.ClassDef]:
    """Return the classes that have a fixture of a name themselves."""
    owners = (suite.module.class_of(each.node) for each in suite.fixtures_named.get(name, ()))
    return list(dict.fromkeys(filter(None, owners)))


def _nearest(suite: Suite, name: str, place: ast.ClassDef | None, own: Fixture | None = None) -> Binding:
    """Return the nearest of a name, or, for a fixture of that name, what lies behind it."""
    around = _layers(suite, place)
    found = [each for where, one in around for each in (*one.get(name, ()), *_unknown(suite, where, one, name))]
    if own in found:
        found = found[found.index(own) + 1 :]
    return found[0] if found else Source.OTHER_FILE


def _unknown(suite: Suite, where: Owner, one: Layer[Fixture], name: str) -> Sequence[Fixture | Unknown]:
    """Return that a name may mean what only a run can tell, or what a base class in another file has."""
    found = one.get(None, ())
    is_known = bool(found) and isinstance(where, ast.ClassDef) and suite.module.answers.bases_lack(where.lineno, name)
    return () if is_known else found


def _layers(suite: Suite, place: ast.ClassDef | None) -> Iterator[tuple[Owner, Layer[Fixture]]]:
    for each in (place, *suite.module.classes_around(place)) if place is not None else ():
        yield each, _layer(suite, each)
    yield suite.module.tree, _layer(suite, suite.module.tree)


@once
def _layer(suite: Suite, owner: Owner) -> Layer[Fixture]:
    if isinstance(owner, ast.ClassDef):
        return layer(local_mro(suite.module, owner), lambda each: _attributes(suite, each), name_of)
    found = layer([owner], lambda each: _attributes(suite, each), name_of)
    return {**found, None: [*found.get(None, ()), UNKNOWN]} if stars(suite.module) else found


def _attributes(suite: Suite, owner: Owner) -> Mapping[str, Fixture | Unknown | None]:
    return {name: meaning(map(_local, those)) for name, those in attributes(suite, owner).items()}


def _local(found: Fixture | Imported | Unknown | None) -> Fixture | Unknown | None:
    return UNKNOWN if isinstance(found, Imported) else found
