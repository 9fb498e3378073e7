"""The order in which a class and its bases are looked through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from codemods.semantics.project.symbols import ClassSymbol

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
