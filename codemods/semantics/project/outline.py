"""What a module says to others: the names that it binds, in rows that JSON can hold.

What an expression or an annotation stands for is written as an *origin*: a path of names, attributes, calls and
awaits, ``Client().session`` or ``connect().await``, whose first name the module binds (``self`` and ``cls`` are the
receivers of a method), or one of the constants below.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypeGuard

from codemods.semantics.access_path import AccessPath, Step

PLAIN = ""
"""A value that nobody awaits and nobody calls: a number, a text, a list."""
UNKNOWN = "?"
ASYNC = "<async>"
"""Something whose call has to be awaited."""
SYNC = "<sync>"
"""Something whose call gives a plain value."""
AWAITABLE = "<awaitable>"
ARGUMENT = "<argument>"
"""What the caller gave, of which nothing is known."""

OR = "|"
"""Stands between paths of which one holds."""
CALL = "()"
AWAIT = "await"


class Function(NamedTuple):
    """A function; ``returns`` is what its annotation says, ``gives`` what its ``return`` statements do."""

    line: int
    is_async: bool
    is_generator: bool
    decorators: list[str]
    returns: str | None
    gives: list[str]


class Class(NamedTuple):
    """A class; ``members`` are what its body binds, ``attributes`` what its methods store in ``self``.

    Those of ``given`` hold what stands for an argument that isn't given, or the argument, which may be another thing.
    """

    line: int
    bases: list[str]
    members: dict[str, list[Any]]
    attributes: dict[str, str]
    is_dataclass: bool
    given: list[str]


class Value(NamedTuple):
    """What an assignment or an annotation binds."""

    line: int
    origin: str


class Import(NamedTuple):
    """What an import binds; relative names keep their leading dots."""

    line: int
    dotted: str


class Several(NamedTuple):
    """What is bound more than once, as rows."""

    rows: list[list[Any]]


_STEP = re.compile(r"\(\)|[^.()]+")
_STEPS = {CALL: Step.CALL, AWAIT: Step.AWAIT}
Entry = Function | Class | Value | Import | Several
Row = list[Any]
"""An entry as JSON holds it: the letter of its kind, then its fields."""

_LETTERS: dict[str, type[Entry]] = {"f": Function, "c": Class, "v": Value, "i": Import, "s": Several}
_KINDS = {kind: letter for letter, kind in _LETTERS.items()}


class Outline(NamedTuple):
    """The names of a module, the modules from which it imports all names, and the names that it gives so itself."""

    names: dict[str, Row]
    stars: list[str]
    exported: list[str] | None


def row(entry: Entry) -> Row:
    """Return an entry as JSON holds it."""
    return [_KINDS[type(entry)], *entry]


def entry(of: Row) -> Entry:
    """Return the entry of a row."""
    return _LETTERS[of[0]](*of[1:])


def is_path(origin: str) -> bool:
    """Return whether an origin is a path, and no constant."""
    return origin != PLAIN and origin != UNKNOWN and origin[0] != "<"


def paths(origin: str) -> list[AccessPath]:
    """Return the paths of which an origin is one."""
    return [AccessPath(tuple(_STEPS.get(each, each) for each in _STEP.findall(path))) for path in origin.split(OR)]


def only_path(origin: str) -> AccessPath | None:
    """Return the path that an origin is; None if it is a constant, or one of several."""
    return paths(origin)[0] if is_path(origin) and OR not in origin else None


def is_outline(fields: object) -> TypeGuard[list[Any]]:
    """Return whether JSON holds the fields of an outline, each of its kind, as ``Outline`` is written."""
    if not isinstance(fields, list) or len(fields) != len(Outline._fields):
        return False
    names, stars, exported = fields
    is_exported = exported is None or _is_texts(exported)
    return isinstance(names, dict) and all(map(_is_row, names.values())) and _is_texts(stars) and is_exported


def _is_row(of: object) -> bool:
    if not isinstance(of, list) or not of or not isinstance(of[0], str) or of[0] not in _SHAPES:
        return False
    shape = _SHAPES[of[0]]
    return len(of) == len(shape) + 1 and all(is_it(each) for is_it, each in zip(shape, of[1:], strict=True))


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_line(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_row, value))


_SHAPES: dict[str, tuple[Callable[[object], bool], ...]] = {
    "f": (_is_line, _is_flag, _is_flag, _is_texts, lambda each: each is None or isinstance(each, str), _is_texts),
    "c": (
        _is_line, _is_texts, lambda each: isinstance(each, dict) and all(map(_is_row, each.values())),
        lambda each: isinstance(each, dict) and all(map(_is_text, each.values())), _is_flag, _is_texts,
    ),
    "v": (_is_line, _is_text),
    "i": (_is_line, _is_text),
    "s": (_is_rows,),
}  # fmt: skip
"""What the fields of each kind of entry are."""
