"""Outlines as JSON holds them; an entry is decoded when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from codemods.semantics.access_path import AccessPath, Step
from codemods.semantics.project.outline import (
    AnyOf,
    Class,
    Constant,
    Entry,
    Function,
    Import,
    Origin,
    Outline,
    Several,
    Value,
)

_Row = list[Any]
"""An entry: the letter of its kind, then its fields."""
_STEPS = {each.value: each for each in Step}


def encoded(outline: Outline) -> list[Any]:
    """Return an outline as JSON holds it."""
    return [_rows(outline.names), outline.stars, outline.exported]


def decoded(fields: object) -> Outline | None:
    """Return the outline that JSON holds; None if it is anything else."""
    if not isinstance(fields, list) or len(fields) != len(Outline._fields):
        return None
    names, stars, exported = fields
    known = isinstance(names, dict) and all(map(_is_row, names.values())) and _is_texts(stars)
    return Outline(_Entries(names), stars, exported) if known and (exported is None or _is_texts(exported)) else None


class _Entries(Mapping[str, Entry]):
    """The entries of rows."""

    __slots__ = ("_of",)

    def __init__(self, rows: dict[str, _Row]) -> None:
        self._of = rows

    def __getitem__(self, name: str) -> Entry:
        return _entry(self._of[name])

    def __contains__(self, name: object) -> bool:
        return name in self._of

    def __iter__(self) -> Iterator[str]:
        return iter(self._of)

    def __len__(self) -> int:
        return len(self._of)


def _rows(entries: Mapping[str, Entry]) -> dict[str, _Row]:
    return {name: _row(each) for name, each in entries.items()}


def _row(of: Entry) -> _Row:
    if isinstance(of, Function):
        returns = _written(of.returns) if of.returns is not None else None
        rest = [*map(_written, of.decorators)], returns, [*map(_written, of.gives)]
        return ["f", of.line, of.is_async, of.is_generator, *rest]
    if isinstance(of, Class):
        attributes = {name: _written(each) for name, each in of.attributes.items()}
        return ["c", of.line, [*map(_written, of.bases)], _rows(of.members), attributes, of.is_dataclass, of.given]
    if isinstance(of, Value):
        return ["v", of.line, _written(of.origin)]
    return ["i", *of] if isinstance(of, Import) else ["s", [*map(_row, of.entries)]]


def _entry(row: _Row) -> Entry:
    kind, *fields = row
    return _DECODERS[kind](*fields)


def _function(line: int, is_async: bool, is_generator: bool, decorators: _Row, returns: Any, gives: _Row) -> Function:
    returned = _origin(returns) if returns is not None else None
    return Function(line, is_async, is_generator, [*map(_origin, decorators)], returned, [*map(_origin, gives)])


def _class(
    line: int, bases: _Row, members: dict[str, _Row], attributes: dict[str, Any], is_dataclass: bool, given: list[str]
) -> Class:
    stored = {name: _origin(each) for name, each in attributes.items()}
    return Class(line, [*map(_origin, bases)], _Entries(members), stored, is_dataclass, given)


_DECODERS: dict[str, Callable[..., Entry]] = {
    "f": _function,
    "c": _class,
    "v": lambda line, origin: Value(line, _origin(origin)),
    "i": Import,
    "s": lambda rows: Several([*map(_entry, rows)]),
}


def _written(origin: Origin) -> int | str | list[str]:
    """Return the number of a constant, the steps of a path in one text, or a list of such texts."""
    if isinstance(origin, Constant):
        return origin.value
    return _text(origin) if isinstance(origin, AccessPath) else [*map(_text, origin.paths)]


def _text(path: AccessPath) -> str:
    return ".".join([each if isinstance(each, str) else each.value for each in path.steps])


def _origin(written: int | str | list[str]) -> Origin:
    if isinstance(written, int):
        return Constant(written)
    return _path(written) if isinstance(written, str) else AnyOf(tuple(map(_path, written)))


def _path(text: str) -> AccessPath:
    return AccessPath(tuple([_STEPS.get(each, each) for each in text.split(".")]))


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


def _is_origin(value: object) -> bool:
    if isinstance(value, str):
        return True
    return (_is_line(value) and value in _CONSTANTS) or (_is_texts(value) and value != [])


def _is_origins(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_origin, value))


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_row, value))


_CONSTANTS = frozenset(each.value for each in Constant)
_SHAPES: dict[str, tuple[Callable[[object], bool], ...]] = {
    "f": (_is_line, _is_flag, _is_flag, _is_origins, lambda each: each is None or _is_origin(each), _is_origins),
    "c": (
        _is_line, _is_origins, lambda each: isinstance(each, dict) and all(map(_is_row, each.values())),
        lambda each: isinstance(each, dict) and all(map(_is_origin, each.values())), _is_flag, _is_texts,
    ),
    "v": (_is_line, _is_origin),
    "i": (_is_line, _is_text),
    "s": (_is_rows,),
}  # fmt: skip
"""What the fields of each kind of entry are."""
