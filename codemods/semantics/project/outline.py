"""What a module says to others: the names that it binds, and what each stands for, its *origin*."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from codemods.semantics.access_path import AccessPath


class Constant(Enum):
    """What is known of a value that no path leads to."""

    PLAIN = 0
    """A value that nobody awaits and nobody calls: a number, a text, a list."""
    UNKNOWN = 1
    ASYNC = 2
    """Something whose call has to be awaited."""
    SYNC = 3
    """Something whose call gives a plain value."""
    AWAITABLE = 4
    ARGUMENT = 5
    """What the caller gave, of which nothing is known."""
    MAKES_ASYNC = 6
    """A function that gives something whose call has to be awaited."""
    MAKES_ARGUMENT = 7
    """A function that gives what it is given."""
    PLAIN_DEF = 8
    """A function written with ``def``, of which it isn't known whether what a call gives is to be awaited."""
    MAKES_PLAIN_DEF = 9
    """A function that gives one written with ``def``."""


class AnyOf(NamedTuple):
    """Paths of which one holds."""

    paths: tuple[AccessPath, ...]


Origin = AccessPath | AnyOf | Constant
"""What an expression or an annotation stands for. The first name of a path is one that the module binds; ``self`` and
``cls`` are the receivers of a method."""

PLAIN, UNKNOWN, ASYNC, SYNC = Constant.PLAIN, Constant.UNKNOWN, Constant.ASYNC, Constant.SYNC
AWAITABLE, ARGUMENT, PLAIN_DEF = Constant.AWAITABLE, Constant.ARGUMENT, Constant.PLAIN_DEF
MAKES = {
    ASYNC: Constant.MAKES_ASYNC,
    ARGUMENT: Constant.MAKES_ARGUMENT,
    PLAIN_DEF: Constant.MAKES_PLAIN_DEF,
}
"""What a function is that gives one of these."""


class Function(NamedTuple):
    """A function; ``returns`` is what its annotation says, ``gives`` what its ``return`` statements do."""

    line: int
    is_async: bool
    is_generator: bool
    decorators: list[Origin]
    returns: Origin | None
    gives: list[Origin]


class Class(NamedTuple):
    """A class; ``members`` are what its body binds, ``attributes`` what its methods store in ``self``.

    Those of ``given`` hold what stands for an argument that isn't given, or the argument, which may be another thing.
    """

    line: int
    bases: list[Origin]
    members: Mapping[str, Entry]
    attributes: Mapping[str, Origin]
    is_dataclass: bool
    given: list[str]


class Value(NamedTuple):
    """What an assignment or an annotation binds."""

    line: int
    origin: Origin


class Import(NamedTuple):
    """What an import binds; relative names keep their leading dots."""

    line: int
    dotted: str


class Several(NamedTuple):
    """What is bound more than once."""

    entries: list[Entry]


Entry = Function | Class | Value | Import | Several


class Outline(NamedTuple):
    """The names of a module, the modules from which it imports all names, and the names that it gives so itself."""

    names: Mapping[str, Entry]
    stars: list[str]
    exported: list[str] | None


def paths(origin: Origin) -> tuple[AccessPath, ...]:
    """Return the paths of which an origin is one; none of a constant."""
    if isinstance(origin, AccessPath):
        return (origin,)
    return origin.paths if isinstance(origin, AnyOf) else ()
