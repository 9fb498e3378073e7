"""How a requirement is written: a name, extras, a specifier, and what follows."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CLAUSE = r"(?:===?|~=|!=|<=?|>=?)[ \t]*[\w.*+!-]+"
# All blanks or none: what could be shared out among neighbours would be, in each way there is.
_BLANKS = r"[ \t]*(?![ \t])"
_REQUIREMENT = re.compile(
    rf"""[ \t]*(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)
    {_BLANKS}(?:\[[^\]\r\n]*\])?
    {_BLANKS}\(?(?P<specifier>(?:{_CLAUSE}(?:[ \t]*,[ \t]*{_CLAUSE})*)?)(?P<comma>[ \t]*,)?\)?
    {_BLANKS}(?P<rest>[;@\\\r\n]|--|(?<=[ \t])\#|\Z)""",
    re.VERBOSE,
)
_MARKER = re.compile(r";((?:(?![ \t](?:--|\#|\\))[^\r\n])*)")

PYTHON = "python"
"""What a requirement of a Python version is called."""
FOR_SOME = "it is for some environments only"
"""The obstacle where a file says for which environments a requirement is."""
GENERATED = "the file is written by a program"
HASHED = "its hashes are those of the version that it asks for"


@dataclass(frozen=True, slots=True)
class Stated:
    """A requirement as it stands in a text: its specifier, which may be empty, stands from ``start`` to ``end``."""

    package: str
    """Its name as indexes know it: lower case, with dashes."""
    specifier: str
    start: int
    end: int
    poetry: bool = False
    """Whether the specifier is in the dialect of Poetry, which knows ``^`` and ``~``."""
    marker: str = ""
    """Where it holds, in the words of PEP 508; empty for everywhere."""
    obstacle: str | None = None
    """Why the specifier can't be another one here."""


def canonical(name: str) -> str:
    """The name of a package as indexes know it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement(text: str, start: int, obstacle: str | None = None) -> Stated | None:
    """The requirement that a text begins with, or None if it is something else.

    Args:
        text: A requirement as pip reads it, alone or with what may follow it on a line.
        start: Where the text stands.
        obstacle: What speaks against another specifier.
    """
    found = _REQUIREMENT.match(text)
    if found is None:
        return None
    if found["rest"] == "@":
        obstacle = "it names an address"
    begin, end = found.span("specifier")
    marker = _MARKER.match(text, found.start("rest")) if found["rest"] == ";" else None
    return Stated(
        canonical(found["name"]), found["specifier"], start + begin, start + end,
        marker=marker[1].strip() if marker else "", obstacle=obstacle,
    )  # fmt: skip
