"""The requirements in pyproject.toml and its like: PEP 621, groups, Poetry, PDM, Hatch, uv, tox and Pipenv."""

from __future__ import annotations

from collections.abc import Iterator

from codemods import toml
from codemods.semantics.pytest.configuration.toml_text import Path, TomlText, Value
from codemods.semantics.pytest.projects.specifiers import admits
from codemods.semantics.pytest.projects.wording import Stated, canonical, requirement

_LISTS = {
    "pyproject.toml": (
        "project.dependencies", "project.optional-dependencies.*", "dependency-groups.*", "tool.pdm.dev-dependencies.*",
        "tool.uv.dev-dependencies", "tool.uv.constraint-dependencies", "tool.uv.override-dependencies",
        "tool.rye.dev-dependencies", "tool.hatch.envs.*.dependencies", "tool.hatch.envs.*.extra-dependencies",
        "tool.flit.metadata.requires", "tool.flit.metadata.requires-extra.*", "tool.tox.env_run_base.deps",
        "tool.tox.env.*.deps",
    ),
    "hatch.toml": ("envs.*.dependencies", "envs.*.extra-dependencies"),
    "tox.toml": ("env_run_base.deps", "env.*.deps"),
    "Pipfile": (),
}  # fmt: skip
"""Where lists of requirements stand."""

_TABLES = {
    "pyproject.toml": ("tool.poetry.dependencies", "tool.poetry.dev-dependencies", "tool.poetry.group.*.dependencies"),
    "Pipfile": ("packages", "dev-packages"),
}
"""Where the keys are packages."""

OURS = (3, 10)
"""The lowest Python that pytest-asyncio 1.3 runs on."""
_PYTHONS = ("project.requires-python", "tool.flit.metadata.requires-python", "requires.python_version")


def is_toml(name: str) -> bool:
    """Whether a file of this name is TOML that may hold requirements."""
    return name in _LISTS


def toml_requirements(name: str, text: str) -> Iterator[Stated]:
    """The requirements in the file ``name``; raises ValueError if it isn't TOML."""
    toml.loads(text)
    tables = _TABLES.get(name, ())
    document = TomlText(text)
    for value in document.values:
        if value.string is None:
            continue
        start, obstacle = _place(document, value)
        if _matches(value.path, _PYTHONS, 0):
            yield Stated("python", _python(value), start, start + len(value.string), obstacle=obstacle)
        elif isinstance(value.path[-1], int) and _matches(value.path, _LISTS[name], 1):
            if found := requirement(value.string, start, obstacle):
                yield found
        elif package := _package(value.path, tables):
            end = start + len(value.string)
            marker = _poetry_marker(document, value.path)
            yield Stated(canonical(package), value.string, start, end, name == "pyproject.toml", marker, obstacle)


def _place(document: TomlText, value: Value) -> tuple[int, str | None]:
    plain = document.text[value.start + 1 : value.end - 1] == value.string
    return value.start + 1, None if plain else "it isn't a plain string"


def _poetry_marker(document: TomlText, path: Path) -> str:
    """What stands beside a version about where it holds."""
    if path[-1] != "version":
        return ""
    python, markers = (document.at(*path[:-1], key) for key in ("python", "markers"))
    if python and python.string and admits(python.string, OURS, poetry=True) is False:
        return "python_version < '3.10'"
    return (markers.string if markers else None) or ""


def _python(value: Value) -> str:
    # Pipenv's is one version, not a specifier.
    return f"=={value.string}.*" if value.path[0] == "requires" else value.string or ""


def _package(path: Path, tables: tuple[str, ...]) -> str | None:
    """The package of ``package = "1"``, ``package = {version = "1"}`` or of one of several in a list."""
    if path[-1] == "version" and _matches(path, tables, 3) and isinstance(path[-2], int):
        return str(path[-3])
    if path[-1] == "version" and _matches(path, tables, 2):
        return str(path[-2])
    return str(path[-1]) if _matches(path, tables, 1) else None


def _matches(path: Path, patterns: tuple[str, ...], below: int) -> bool:
    parents = path[: len(path) - below]
    return any(
        len(parents) == len(names) and all(name in ("*", each) for name, each in zip(names, parents, strict=True))
        for names in (pattern.split(".") for pattern in patterns)
    )
