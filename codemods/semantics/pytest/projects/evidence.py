"""Which files bear witness about a project."""

from __future__ import annotations

import re
from pathlib import PurePath

_TOOLS = frozenset(("noxfile.py", "setup.py", "tasks.py", "dodo.py", "fabfile.py"))
_NAMES = frozenset(
    ("pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml")
) | {"Pipfile", "hatch.toml", "Makefile", "makefile", "GNUmakefile", "justfile", "Justfile", "Dockerfile"}
IMPORT_SETTINGS = frozenset(("pyproject.toml", "setup.cfg", "tox.ini", ".isort.cfg", "ruff.toml", ".ruff.toml"))
_LOCKS = frozenset(("poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock", "pylock.toml"))
_BUILDS = frozenset((".github", ".circleci", ".gitlab", ".azure", ".azure-pipelines", ".buildkite", ".ci", "ci"))
_BUILD_NAMES = (".", "environment", "azure-pipelines", "appveyor", "cloudbuild", "buildspec", "Taskfile")

_HEADER = re.compile(r"\[\[?[\w.: \t\"'-]+\]\]?[ \t]*(?:[#;].*)?$")
_OF_IMPORTS = re.compile(r"\[[ \t]*(?:tool[ \t]*[.:][ \t]*)?(?:isort|ruff)\b")


def is_tool(path: PurePath) -> bool:
    """Whether a Python file is a recipe for building or testing rather than code of the project."""
    return path.name in _TOOLS


def is_configuration(path: PurePath) -> bool:
    """Whether a file holds requirements, configuration or command lines."""
    name = path.name
    if path.suffix in (".txt", ".in", ".pip"):
        return any("require" in each or "constraint" in each for each in path.parts[-3:])
    if path.suffix in (".yml", ".yaml"):
        return name.startswith(_BUILD_NAMES) or not _BUILDS.isdisjoint(path.parts)
    return name in _NAMES or name in _TOOLS or name in IMPORT_SETTINGS or path.suffix in (".sh", ".mk")


def is_lock(path: PurePath) -> bool:
    """Whether a file is one that a package manager writes."""
    return path.name in _LOCKS


def is_evidence(path: str) -> bool:
    """Whether a file can say anything about the project."""
    return path.endswith(".py") or is_configuration(PurePath(path)) or is_lock(PurePath(path))


def import_settings(name: str, data: bytes) -> str:
    """What a configuration file says of how imports are sorted: its sections of isort and ruff."""
    text = data.decode("utf-8-sig", "replace") if _is_of_imports(name) or b"isort" in data or b"ruff" in data else ""
    if not text or _is_of_imports(name):
        return text
    wanted, kept = False, []
    for line in text.splitlines():
        if _HEADER.match(line):
            wanted = _OF_IMPORTS.match(line) is not None
        kept += [line] if wanted else []
    return "\n".join(kept)


def _is_of_imports(name: str) -> bool:
    return name in (".isort.cfg", "ruff.toml", ".ruff.toml")
