"""Names that may ask for each other in a circle, told from the bytes of files: most suites have none."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

_FUNCTION = re.compile(
    rb"^[ \t]*@[^\n]*fixture\b(?:(?!\bdef\b)[\s\S])*?\bdef[ \t]+(\w+)[ \t]*\(([^)]*)\)", re.MULTILINE
)
_RENAMED = re.compile(rb"""name[ \t]*=[ \t]*["'](\w+)["'][^()]*\)\s*(?:async[ \t]+)?def[ \t]+\w+[ \t]*\(([^)]*)\)""")
_WORD = re.compile(rb"\w+")


def names_in_circles(files: Iterable[bytes]) -> frozenset[str]:
    """Return the names of functions that may be fixtures which ask for each other; those of all others are left out."""
    asked: defaultdict[bytes, set[bytes]] = defaultdict(set)
    for data in files:
        for pattern in (_FUNCTION, _RENAMED):
            for name, arguments in pattern.findall(data):
                asked[name].update(_WORD.findall(arguments))
    asks = {name: words & asked.keys() - {name} for name, words in asked.items()}
    asked_by: defaultdict[bytes, set[bytes]] = defaultdict(set)
    for name, words in asks.items():
        for word in words:
            asked_by[word].add(name)
    ends = _ends(asks, asked_by) | _ends(asked_by, asks)
    return frozenset(name.decode() for name in asks.keys() - ends)


def _ends(following: Mapping[bytes, set[bytes]], before: Mapping[bytes, set[bytes]]) -> set[bytes]:
    """Return the names that lead to no circle."""
    count = {name: len(following.get(name, ())) for name in {*following, *before}}
    ends = [name for name, open_ in count.items() if not open_]
    for name in ends:
        for each in before.get(name, ()):
            count[each] -= 1
            if not count[each]:
                ends.append(each)
    return set(ends)
