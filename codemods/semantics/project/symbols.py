"""What paths can stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


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


@dataclass(frozen=True)
class Constant:
    """One of the constants of ``outline``."""

    origin: str


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


Order = list[ClassSymbol | None]


def linear(owner: ClassSymbol, bases: Mapping[ClassSymbol, Sequence[ClassSymbol | None]]) -> Order:
    """Return a class and all above it, each in its last place, up to None for a base that isn't known.

    ``bases`` has the bases of all of them. Classes that inherit from each other in a circle have no order: then no base
    of ``owner`` is known.
    """
    done: dict[ClassSymbol, Order] = {}
    begun: set[ClassSymbol] = set()
    stack = [owner]
    while stack:
        each = stack[-1]
        missing = [base for base in bases[each] if base is not None and base not in done]
        if not missing:
            done[each] = _joined(each, [[None] if base is None else done[base] for base in bases[each]])
            stack.pop()
        elif each in begun:
            return [owner, None]
        else:
            begun.add(each)
            stack += missing
    return done[owner]


def _joined(owner: ClassSymbol, orders: Sequence[Order]) -> Order:
    found: Order = [owner, *(each for order in orders for each in order)]
    last = {each: place for place, each in enumerate(found)}
    kept = [each for place, each in enumerate(found) if each is None or last[each] == place]
    return kept[: kept.index(None) + 1] if None in kept else kept
