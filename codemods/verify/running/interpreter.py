"""The Python that runs the suite."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codemods.errors import UsageError
from codemods.source import reason

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


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python with pytest."""

    path: Path
    version: str
    pytest: str
    pytest_asyncio: str | None
    sources: tuple[Path, ...]
    """The folders that it imports from and that hold no installed packages: those of editable installs."""


def find_interpreter(named: Path | None, root: Path) -> Interpreter:
    """Return the Python that the suite at ``root`` runs with.

    Args:
        named: A Python, or the folder of an environment. By default the active environment, or the ``.venv`` or
            ``venv`` in the working directory or the root, else the Python that runs this.
        root: The root of the project.

    Raises:
        UsageError: There is no Python, or it has no pytest, or one of the two is too old.
    """
    if named is not None and not named.exists() and shutil.which(named) is None:
        raise UsageError(f"--python: {named}: no such file or environment")
    path = next(each for each in _candidates(named, root) if each is not None)
    return _checked(path, _ask(path))


def _candidates(named: Path | None, root: Path) -> Iterator[Path | None]:
    if named is not None:
        # A link to a Python is what makes an environment: it isn't resolved.
        yield _in_environment(named) if named.is_dir() else Path(os.path.abspath(shutil.which(named) or named))
        raise UsageError(f"--python: {named}: there is no Python in this folder")
    if active := os.environ.get("VIRTUAL_ENV"):
        yield _in_environment(Path(active))
    for folder in (Path.cwd(), root):
        for name in (".venv", "venv"):
            yield _in_environment(folder / name)
    yield Path(sys.executable)


def _in_environment(folder: Path) -> Path | None:
    pythons = (Path(os.path.abspath(folder)) / place for place in ("bin/python", "Scripts/python.exe", "python.exe"))
    return next((each for each in pythons if each.exists()), None)


def _ask(path: Path) -> dict[str, object]:
    try:
        # Not in the working directory, whose modules would go before those of Python.
        done = subprocess.run(
            [path, "-c", _QUESTION], cwd=path.anchor, capture_output=True, check=False, timeout=_PATIENCE,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        answer = json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else None
    except OSError as error:
        raise UsageError(f"{path}: can't be run: {reason(error)}") from None
    except subprocess.TimeoutExpired:
        raise UsageError(f"{path}: says nothing for {_PATIENCE:g} seconds; is it a Python?") from None
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or not isinstance(answer.get("version"), list):
        raise UsageError(f"{path}: isn't a Python from 3.8 on; name one with --python")
    return answer


def _checked(path: Path, answer: dict[str, object]) -> Interpreter:
    version, packages = answer["version"], answer["packages"]
    assert isinstance(version, list)
    assert isinstance(packages, dict)
    if "pytest" not in packages:
        raise UsageError(f"{path}: has no pytest; name the environment of the suite with --python")
    if version < [3, 8] or int(packages["pytest"].partition(".")[0]) < 6:
        found = f"Python {'.'.join(map(str, version))} with pytest {packages['pytest']}"
        raise UsageError(f"{path}: is {found}; the suite needs Python 3.8 and pytest 6, or newer")
    name = ".".join(map(str, version))
    return Interpreter(path, name, packages["pytest"], packages.get("pytest-asyncio"), tuple(_sources(answer)))


def _sources(answer: dict[str, object]) -> Iterator[Path]:
    path, editable, prefix = answer["path"], answer["editable"], answer["prefix"]
    assert isinstance(path, list)
    assert isinstance(editable, list)
    for each in dict.fromkeys((*path, *(os.path.dirname(package) for package in editable))):
        inside = Path(each)
        if each and Path(str(prefix)) not in inside.parents and "site-packages" not in inside.parts:
            yield inside
