"""Where the tests most likely run: what is installed there, and where it can be read."""

from __future__ import annotations

import os
import re
import sysconfig
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from codemods import disk, source
from codemods.errors import FileError, UsageError
from codemods.model import Evidence

if TYPE_CHECKING:
    from codemods.semantics.pytest.projects.project import Project

_PACKAGE = "pytest-asyncio"
_DISTRIBUTION = re.compile(r"pytest_asyncio-.*\.dist-info")
_NAMED = re.compile(r"(?:python|pypy)(?P<version>3\.\d+)t?")


def with_environment(project: Project, python: Path | None = None) -> Project:
    """Add the Python of the tests, and an installed pytest-asyncio where no file says what the tests require."""
    project = replace(project, interpreter=interpreter_version(project.root, python))
    if project.pytest_asyncio or project.runners or project.without_plugin:
        return project
    return replace(project, pytest_asyncio=installed_pytest_asyncio(project.root, python))


def installed_pytest_asyncio(root: Path, python: Path | None = None) -> Evidence | None:
    """Return the pytest-asyncio that is installed for the tests: for ``python``, else where the project's packages are.

    What is installed beside codemods says nothing about the tests.
    """
    for folder in _all_site_packages(root, python):
        if found := next((each for each in disk.names(folder) if _DISTRIBUTION.fullmatch(each)), None):
            return Evidence(found, 0, f"{_PACKAGE} is installed")
    return None


def interpreter_version(root: Path, python: Path | None) -> tuple[int, ...] | None:
    """Return the version of the Python of the tests, as its environment's folders are named; None if there is none."""
    for folder in _all_site_packages(root, python):
        if found := _NAMED.fullmatch(folder.parent.name):
            return tuple(map(int, found["version"].split(".")))
    return None


def import_folders(root: Path, python: Path | None = None) -> list[Path]:
    """Return the folders from which the tests of a project import what isn't their own: packages, then the library.

    They are those of ``python``, which is a Python or the folder of its environment; by default of the active
    environment, else of the project's, else of the one that codemods runs in.

    Raises:
        UsageError: There is nothing at ``python``.
    """
    for environment in _environments(root, python):
        if folders := [each for each in _site_packages(environment) if disk.is_folder(each)]:
            return [*folders, *_library(environment, folders[0].parent.name)]
    paths = sysconfig.get_paths()
    return [Path(paths["purelib"]), Path(paths["stdlib"])] if python is None else [Path(paths["stdlib"])]


def _environment_of(python: Path) -> Path:
    if disk.is_folder(python):  # which asks about a name of any length
        return python
    found = python if disk.exists(python) else disk.program(python)
    if found is None:
        raise UsageError(f"--python: {python}: no such file or environment")
    # A link to a Python is what makes an environment: it isn't resolved.
    return Path(os.path.abspath(found)).parent.parent


def _environments(root: Path, python: Path | None) -> Iterator[Path]:
    if python is not None:
        yield _environment_of(python)
        return
    if active := disk.variable("VIRTUAL_ENV"):
        yield Path(active)
    yield from (root / ".venv", root / "venv")


def _all_site_packages(root: Path, python: Path | None) -> Iterator[Path]:
    return (folder for environment in _environments(root, python) for folder in _site_packages(environment))


def _site_packages(environment: Path) -> Iterator[Path]:
    for name in disk.names(environment / "lib"):
        if name.startswith("python") and disk.exists(packages := environment / "lib" / name / "site-packages"):
            yield packages
    yield environment / "Lib" / "site-packages"


def _library(environment: Path, version: str) -> list[Path]:
    """Return the standard library of a virtual environment, which says where its Python is; else codemods' own."""
    try:
        lines = source.read(environment / "pyvenv.cfg").decode("utf-8").splitlines()
    except (FileError, ValueError):
        lines = []
    homes = [Path(value.strip()) for key, _, value in (line.partition("=") for line in lines) if key.strip() == "home"]
    found = [each for home in homes for each in (home.parent / "lib" / version, home / "Lib") if disk.is_folder(each)]
    return found[:1] or [Path(sysconfig.get_paths()["stdlib"])]
