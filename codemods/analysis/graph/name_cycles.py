"""Names that may ask for each other in a circle, told from the bytes of files: most suites have none."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

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
    left = {name: words & asked.keys() - {name} for name, words in asked.items()}
    while True:
        wanted = {word for words in left.values() for word in words}
        kept = {name: words & left.keys() for name, words in left.items() if words & left.keys() and name in wanted}
        if len(kept) == len(left):
            return frozenset(name.decode() for name in kept)
        left = kept
