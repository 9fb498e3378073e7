"""The files that package managers write: which versions they hold, found without reading the rest."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import PurePath

_NAMES = frozenset(("poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock", "pylock.toml"))
_TOML = rb'^name = "(?P<name>%b)"\r?\nversion = "(?P<version>[^"\r\n]+)"'
_JSON = rb'^[ \t]*"(?P<name>%b)": \{[^}]{0,2000}?"version": "==(?P<version>[^"\r\n]+)"'


@dataclass(frozen=True, slots=True)
class Locked:
    """A package with the version that is installed where the lock is used."""

    package: str
    version: str
    line: int


def is_lock(path: PurePath) -> bool:
    """Whether a file is one that a package manager writes."""
    return path.name in _NAMES


def locked(data: bytes, packages: Collection[str]) -> Iterator[Locked]:
    """The versions of some packages in the content of a lock."""
    names = "|".join(sorted(packages)).encode()
    for pattern in (_TOML, _JSON):
        for found in re.finditer(pattern % names, data, re.MULTILINE):
            line = data.count(b"\n", 0, found.start()) + 1
            yield Locked(found["name"].decode(), found["version"].decode("utf-8", "replace"), line)
