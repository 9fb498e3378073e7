"""The Python that runs the suite."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic
from typing import TYPE_CHECKING, Any

from codemods.errors import UsageError
from codemods.source import reason
from codemods.verify.running.guarded import Guarded

if TYPE_CHECKING:
    from typing import TypeGuard

_QUESTION = """
import json, sys
from importlib import metadata
found = {}
for name in ("pytest", "pytest-asyncio"):
    try:
        found[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
editable = [path for name, module in list(sys.modules.items()) if name.startswith("__editable___")
            for path in getattr(module, "MAPPING", {}).values()]
print(json.dumps({"version": sys.version_info[:3], "packages": found, "path": sys.path, "editable": editable,
                  "prefix": sys.prefix}))
"""
_PATIENCE = 60.0
_POLL = 0.02
_LONGEST = 1024 * 1024
"""Bytes of an answer."""
_SHOWN, _LARGE = 60, 1000
_PACKAGES, _PYTEST = ("pytest", "pytest-asyncio"), 6
_VERSION = re.compile(r"\d{1,9}(?:[.+!-][\w.+!-]{0,60})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python with pytest."""

    path: Path
    version: str
    pytest: str
    pytest_asyncio: str | None
    sources: tuple[Path, ...]
    """The folders that it imports from and that hold no installed packages: those of editable installs."""


def find_interpreter(named: Path | None, root: Path, option: str = "--python") -> Interpreter:
    """Return the Python that the suite at ``root`` runs with.

    Args:
        named: A Python, or the folder of an environment. By default the active environment, or the ``.venv`` or
            ``venv`` in the working directory or the root, else the Python that runs this: the first that has pytest.
        root: The root of the project.
        option: What it was named with.

    Raises:
        UsageError: There is no Python, or it has no pytest, or one of the two is too old.
    """
    if named is not None:
        return _checked(*_ask(_named(named, option), option), option)
    first, *others = dict.fromkeys(filter(None, _candidates(root)))
    asked = _ask(first)
    return _checked(*next(filter(_has_pytest, chain([asked], _answering(others))), asked))


def _answering(paths: Iterable[Path]) -> Iterator[tuple[Path, _Answer]]:
    for each in paths:
        with suppress(UsageError):
            yield _ask(each)


def _has_pytest(asked: tuple[Path, _Answer]) -> bool:
    return "pytest" in asked[1].packages


def _named(named: Path, option: str) -> Path:
    found = named if os.path.exists(named) else shutil.which(named)
    if found is None:
        raise UsageError(f"{option}: {named}: no such file or environment")
    if not os.path.isdir(named):
        return Path(os.path.abspath(found))  # a link to a Python is what makes an environment: it isn't resolved
    if (python := _in_environment(named)) is None:
        raise UsageError(f"{option}: {named}: there is no Python in this folder")
    return python


def _candidates(root: Path) -> Iterator[Path | None]:
    if active := os.environ.get("VIRTUAL_ENV"):
        yield _in_environment(Path(active))
    for folder in (Path.cwd(), root):
        for name in (".venv", "venv"):
            yield _in_environment(folder / name)
    yield Path(sys.executable)


def _in_environment(folder: Path) -> Path | None:
    pythons = (Path(os.path.abspath(folder)) / place for place in ("bin/python", "Scripts/python.exe", "python.exe"))
    return next((each for each in pythons if os.path.exists(each)), None)


def _ask(path: Path, option: str = "--python") -> tuple[Path, _Answer]:
    try:
        output = _answer(path)
    except OSError as error:
        raise UsageError(f"{path}: can't be run: {reason(error)}") from None
    if output is None:
        raise UsageError(f"{path}: says nothing for {_PATIENCE:g} seconds; is it a Python?")
    for line in reversed(output.splitlines()):
        if (answer := _parsed(line)) is not None:
            return path, answer
    raise UsageError(f"{path}: isn't a Python from 3.8 on; name one with {option}")


def _answer(path: Path) -> bytes | None:
    """Return what a Python says to the question; None if it isn't over in time."""
    with TemporaryFile() as output:
        # Not in the working directory, whose modules would go before those of Python.
        asked = Guarded([str(path), "-c", _QUESTION], Path(path.anchor), os.environ, output)
        try:
            code, until = None, monotonic() + _PATIENCE
            while code is None and os.fstat(output.fileno()).st_size <= _LONGEST and monotonic() < until:
                code = asked.wait(_POLL)
        finally:
            asked.kill()
        if code is None and os.fstat(output.fileno()).st_size <= _LONGEST:
            return None
        output.seek(0)
        return output.read(_LONGEST)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a Python said, checked: it may be any program."""

    version: tuple[int, ...]
    packages: dict[str, str]
    path: list[str]
    editable: list[str]
    prefix: str


def _parsed(line: bytes) -> _Answer | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    version, packages, prefix = found.get("version"), found.get("packages"), found.get("prefix", "")
    path, editable = found.get("path", []), found.get("editable", [])
    if not _holds(version, int) or not version or not isinstance(packages, dict):
        return None
    if not all(_holds(each, str) for each in (path, editable, list(packages.values()), [prefix])):
        return None
    if not all(0 <= each < _LARGE for each in version):
        return None
    return _Answer(tuple(version), packages, path, editable, prefix)


def _holds(value: object, kind: type) -> TypeGuard[list[Any]]:
    return isinstance(value, list) and all(isinstance(each, kind) for each in value)


def _checked(path: Path, answer: _Answer, option: str = "--python") -> Interpreter:
    python, packages = ".".join(map(str, answer.version)), answer.packages
    if "pytest" not in packages:
        install = shlex.join((str(path), "-m", "pip", "install", *_PACKAGES))
        mend = f"install it: {install}, or " if option == "--python" else ""  # what is old has what it has
        raise UsageError(f"{path}: has no pytest; {mend}name the suite's environment with {option}")
    odd = [f"{name} {packages[name]!r}" for name in _PACKAGES if not _VERSION.fullmatch(packages.get(name, "0"))]
    if odd:
        raise UsageError(f"{path}: has a version that can't be read: {odd[0][:_SHOWN]}")
    if answer.version < (3, 8) or int(packages["pytest"].partition(".")[0]) < _PYTEST:
        found = f"Python {python} with pytest {packages['pytest']}"
        raise UsageError(f"{path}: is {found}; the suite needs Python 3.8 and pytest {_PYTEST}, or newer")
    return Interpreter(path, python, packages["pytest"], packages.get("pytest-asyncio"), tuple(_sources(answer)))


def _sources(answer: _Answer) -> Iterator[Path]:
    for each in dict.fromkeys((*answer.path, *(os.path.dirname(package) for package in answer.editable))):
        inside = Path(each)
        if each and Path(answer.prefix) not in inside.parents and "site-packages" not in inside.parts:
            yield inside
