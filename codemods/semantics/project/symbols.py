"""What paths can stand for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from codemods.semantics.project.outline import Constant


@dataclass(frozen=True)
class ModuleSymbol:
    """A module."""

    file: Path
    dotted: str


@dataclass(frozen=True)
class ClassSymbol:
    """A class, known by the file and the line where it stands."""

    file: Path
    name: str
    line: int


@dataclass(frozen=True)
class FunctionSymbol:
    """A function; of a method, ``owner`` is the class in which it was looked up and ``holder`` the one that has it."""

    file: Path
    name: str
    line: int
    owner: ClassSymbol | None = None
    holder: ClassSymbol | None = None
    bound: bool = False
    """Whether it was looked up in an instance of its class, which becomes its first argument."""


@dataclass(frozen=True)
class InstanceSymbol:
    """An instance of a class."""

    of: ClassSymbol


@dataclass(frozen=True)
class Result:
    """What a call of an async function gives: something to await."""

    of: FunctionSymbol


@dataclass(frozen=True)
class GlobalValue:
    """What a module binds by an assignment of which no more is known."""

    file: Path
    name: str
    line: int


@dataclass(frozen=True)
class Either:
    """One of several, none of which is one of several itself."""

    options: tuple[Symbol, ...]


Symbol = ModuleSymbol | ClassSymbol | FunctionSymbol | InstanceSymbol | Result | GlobalValue | Constant | Either


_MOST = 32
"""How many symbols one of which something is are followed."""


def either(found: Iterable[Symbol | None]) -> Symbol | None:
    """Return what is one of several symbols; None if one isn't known, or if there are too many."""
    known: dict[Symbol, None] = {}
    for each in found:
        if each is None:
            return None
        known |= dict.fromkeys(each.options if isinstance(each, Either) else (each,))
    if not 0 < len(known) <= _MOST:
        return None
    return next(iter(known)) if len(known) == 1 else Either(tuple(known))
