"""Where a project's files ask for a package, and in which words: places in text, nothing is judged here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

from codemods.errors import UsageError
from codemods.semantics.pytest.configuration import ini
from codemods.semantics.pytest.projects.python_requirements import python_requirements
from codemods.semantics.pytest.projects.toml_requirements import is_toml, toml_requirements
from codemods.semantics.pytest.projects.wording import FOR_SOME, GENERATED, HASHED, PYTHON, Stated, requirement
from codemods.source import line_starts, split_lines

_PIP = (".txt", ".in", ".pip")
_GENERATED = re.compile(r"^#.*(?:auto-?generated|pip-compile|uv pip compile|pip freeze)", re.IGNORECASE | re.MULTILINE)
_FACTORS = re.compile(r"[ \t]*[\w.,{}!*-]+:[ \t]+")
_MARKER_KEY = re.compile(r"[^;=:]*:[^=:]*python_\w*version\b[^;]*=[ \t]*\Z")
_SETUP_KEYS = frozenset({"install_requires", "tests_require", "setup_requires"})


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    start: int


def requirements_of(name: str, text: str) -> Iterator[Stated]:
    """The requirements that stand in a file, whatever they ask for; a file that is broken asks for nothing.

    Args:
        name: The name of the file, which says how it is read.
        text: Its content.
    """
    try:
        yield from _reader(PurePath(name))(text)
    except (UsageError, SyntaxError, ValueError, RecursionError, MemoryError):
        return


def is_pip(name: str) -> bool:
    """Whether pip reads the file of a name, a requirement a line."""
    return name.endswith(_PIP)


def _reader(path: PurePath) -> Callable[[str], Iterator[Stated]]:
    if is_toml(path.name):
        return lambda text: toml_requirements(path.name, text)
    if path.name in ("setup.cfg", "tox.ini"):
        return _ini
    return python_requirements if path.suffix == ".py" else _pip if is_pip(path.name) else lambda _: iter(())


def _pip(text: str) -> Iterator[Stated]:
    generated = GENERATED if _GENERATED.search(text) else None
    lines = list(_lines(text))
    for line, hashed in zip(lines, _hashed(lines), strict=True):
        if found := requirement(line.text, line.start, generated or hashed):
            yield found


def _lines(text: str) -> Iterator[_Line]:
    lines = split_lines(text)
    return map(_Line, lines, line_starts(lines))


def _hashed(lines: list[_Line]) -> list[str | None]:
    """Return of each line whether a hash stands there, or on one of those that continue it."""
    found: list[str | None] = []
    below: str | None = None
    for line in reversed(lines):
        below = HASHED if "--hash" in line.text else below if line.text.rstrip().endswith("\\") else None
        found.append(below)
    return found[::-1]


def _ini(text: str) -> Iterator[Stated]:
    lines = text.splitlines(keepends=True)
    starts = line_starts(lines)
    for entry in ini.entries(text, ""):
        if entry.key is None or not _asks(entry.section, entry.key):
            continue
        is_marked = entry.section == "options.extras_require" and _MARKER_KEY.match(lines[entry.first].rstrip())
        for number in range(entry.first, entry.last + 1):
            line = lines[number]
            skipped = re.match(r"[^=:]*[=:]", line) if number == entry.first else _FACTORS.match(line)
            begin = skipped.end() if skipped else 0
            if entry.key == "python_requires":
                specifier = line[begin:].strip()
                start = starts[number] + line.index(specifier, begin)
                yield Stated(PYTHON, specifier, start, start + len(specifier))
                continue
            is_some = is_marked or (skipped and number != entry.first)
            if found := requirement(line[begin:], starts[number] + begin, FOR_SOME if is_some else None):
                yield found


def _asks(section: str, key: str) -> bool:
    if section == "options":
        return key in _SETUP_KEYS or key == "python_requires"
    return section == "options.extras_require" or key == "deps"
