"""The order in which Python looks through a class and its bases."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def linear(
    owner: Node, bases: Callable[[Node], Sequence[Node | None]], known: dict[Node, list[Node | None]] | None = None
) -> list[Node | None]:
    """Return a class and all its bases in the order of Python's C3; None is where one that isn't known may stand first.

    Classes that inherit from each other in a circle have no order: then no base of ``owner`` is known. ``known`` holds
    the orders of classes that were asked for before, and is added to.
    """
    done: dict[Node, list[Node | None]] = {} if known is None else known
    begun: set[Node] = set()
    waiting = [owner]
    while waiting:
        node = waiting[-1]
        missing = [each for each in bases(node) if each is not None and each not in done]
        if not missing:
            done[node] = [node, *_merged([[None] if each is None else done[each] for each in bases(node)], bases(node))]
            waiting.pop()
        elif node in begun:
            return [owner, None]
        else:
            begun.add(node)
            waiting += reversed(missing)
    return done[owner]


def _merged(orders: Sequence[Sequence[Node | None]], bases: Sequence[Node | None]) -> Iterable[Node | None]:
    if len(orders) == 1:
        return orders[0]
    found: list[Node | None] = []
    left = [list(row) for row in (*orders, bases) if row]
    while left:
        # One that isn't known may be another than the next one: nothing says that it comes later.
        later = {each for row in left for each in row[1:] if each is not None}
        head = next((row[0] for row in left if row[0] not in later), left[0][0])
        found.append(head)
        left = [kept for row in left if (kept := [each for each in row if each != head])]
    return found
