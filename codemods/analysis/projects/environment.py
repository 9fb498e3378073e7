"""Whether pytest-asyncio is installed where the tests most likely run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from codemods.analysis.projects.project import Project
from codemods.model import Evidence

_PACKAGE = "pytest-asyncio"


def with_environment(project: Project) -> Project:
    """Let an installed pytest-asyncio count where no file names it, unless another runner's tests are there."""
    if project.pytest_asyncio or project.runners:
        return project
    return replace(project, pytest_asyncio=installed_pytest_asyncio(project.root))


def installed_pytest_asyncio(root: Path) -> Evidence | None:
    """Return the installed pytest-asyncio of the active or the project's environment, or of codemods' own."""
    for folder in _site_packages(root):
        for found in sorted(folder.glob("pytest_asyncio-*.dist-info")):
            return Evidence(found.name, 0, f"{_PACKAGE} is installed")
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        version = distribution(_PACKAGE).version
    except PackageNotFoundError:
        return None
    return Evidence(f"{_PACKAGE} {version}", 0, f"{_PACKAGE} is installed")


def _site_packages(root: Path) -> Iterator[Path]:
    active = os.environ.get("VIRTUAL_ENV")
    for environment in (*([Path(active)] if active else []), root / ".venv", root / "venv"):
        yield from sorted(environment.glob("lib/python*/site-packages"))
        yield environment / "Lib" / "site-packages"
