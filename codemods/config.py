"""The options that a project sets for itself, and how the command line goes over them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from codemods import toml
from codemods.errors import UsageError
from codemods.suggest import did_you_mean

TIMEOUT = 120.0
"""Seconds that a test may take while a migration is verified."""
MAX_RUNS = 40
"""How many runs of the suite may search for what broke tests."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What to look for and how: ``[tool.codemods]`` and the flags of the same names."""

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    unsafe: bool = False
    jobs: int | None = None
    python: Path | None = None
    """The Python of the tests, or the folder of its environment, whose packages are read; by default that of
    ``VIRTUAL_ENV``, else ``.venv`` or ``venv`` in the project."""


def load_settings(directory: Path, root: Path) -> Settings:
    """The settings in the nearest ``pyproject.toml`` that has a ``[tool.codemods]``, up to ``root``.

    Raises:
        UsageError: A key is unknown or its value has the wrong type; the message names the file.
    """
    for folder in (directory, *directory.parents):
        file = folder / "pyproject.toml"
        if file.is_file():
            values = toml.table(toml.load(file), "tool", "codemods")
            if values is not None:
                return _settings(file, values)
        if folder == root:
            break
    return Settings()


def _settings(file: Path, values: object) -> Settings:
    if not isinstance(values, dict):
        raise UsageError(f"{file}: 'tool.codemods' must be a table")
    for key, value in values.items():
        if key not in _CHECKS:
            raise UsageError(f"{file}: unknown key 'tool.codemods.{key}'{did_you_mean(key, _CHECKS)}")
        valid, expected = _CHECKS[key]
        if not valid(value):
            raise UsageError(f"{file}: 'tool.codemods.{key}' must be {expected}, not {value!r}")
    lists = {key: split_codes(values[key]) for key in ("select", "ignore", "extend-select") if key in values}
    return Settings(
        select=lists.get("select"),
        ignore=lists.get("ignore", ()),
        extend_select=lists.get("extend-select", ()),
        unsafe=values.get("unsafe", False),
        jobs=values.get("jobs"),
        python=file.parent / values["python"] if "python" in values else None,
    )


def _strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _string(value: object) -> bool:
    return isinstance(value, str)


def _boolean(value: object) -> bool:
    return isinstance(value, bool)


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


_CHECKS = {
    "select": (_strings, "a list of strings"),
    "ignore": (_strings, "a list of strings"),
    "extend-select": (_strings, "a list of strings"),
    "unsafe": (_boolean, "true or false"),
    "jobs": (_count, "a whole number above 0"),
    "python": (_string, "a path"),
}


def split_codes(values: Iterable[str]) -> tuple[str, ...]:
    """The codes in options that can be repeated and can hold several codes with commas between."""
    return tuple(code.strip().upper() for value in values for code in value.split(",") if code.strip())


def merge(
    settings: Settings,
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    extend_select: Sequence[str] = (),
    unsafe: bool = False,
    jobs: int | None = None,
    python: Path | None = None,
) -> Settings:
    """The settings with the flags of the command line over them.

    ``--select`` takes the place of the file's ``select`` and ``extend-select``; ``--extend-select`` and
    ``--ignore`` add to the file's. What is selected by a flag isn't ignored by the same word in the file.
    """
    selected, extended = split_codes(select), split_codes(extend_select)
    kept = tuple(code for code in settings.ignore if code not in (*selected, *extended))
    return Settings(
        select=selected or settings.select,
        ignore=(*kept, *split_codes(ignore)),
        extend_select=extended if selected else (*settings.extend_select, *extended),
        unsafe=unsafe or settings.unsafe,
        jobs=jobs if jobs is not None else settings.jobs,
        python=python or settings.python,
    )
