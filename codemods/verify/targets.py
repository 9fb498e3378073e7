"""What a run has to have for its result to hold: the versions that the suite is migrated for."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from codemods.config import PLUGIN
from codemods.migration import Migration
from codemods.verify.running.interpreter import Interpreter

if TYPE_CHECKING:
    from packaging.version import Version


def unproven_by(interpreter: Interpreter, migration: Migration) -> str | None:
    """Return why nothing is proven by runs of a Python about what the suite will run under; None if it is.

    Args:
        interpreter: The Python.
        migration: The migration, which has run.
    """
    projects = [each for each in migration.projects() if each.pytest_asyncio is not None]
    if not projects:
        return None
    target = max(each.target for each in projects)
    version = ".".join(map(str, target))
    installed = interpreter.pytest_asyncio
    if installed is None:
        install = shlex.join((str(interpreter.path), "-m", "pip", "install", f"{PLUGIN}>={version}"))
        return f"the environment has no {PLUGIN}; install it: {install}"
    if _version(installed) >= _version(version):
        return None
    return f"the environment has {PLUGIN} {installed}, and the suite is migrated for {version} or newer"


def _version(text: str) -> Version:
    from packaging.version import InvalidVersion, Version

    try:
        return Version(text)
    except InvalidVersion:  # of somebody's own making: nothing is said of what can't be told
        return Version("9999")
