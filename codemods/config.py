"""The options that a project sets for itself, and how the command line goes over them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from codemods import disk, toml
from codemods.errors import UsageError, did_you_mean

TIMEOUT = 120.0
"""Seconds that a test may take while a migration is verified."""
MAX_RUNS = 40
"""How many runs of the suite may search for what broke tests."""


PLUGIN = "pytest-asyncio"
FLOOR = (1, 3)
"""The version of it that suites are migrated to, at least."""


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
    target_version: tuple[int, ...] | None = None
    """The pytest-asyncio that the migrated suite will run under; by default what the project requires, at least 1.3."""
    extend_safe: tuple[str, ...] = ()
    """Codes or prefixes of the rules whose fixes that need review are accepted like safe ones; it turns no rule on."""
    evidence: Path | None = None
    """What ``codemods trace`` has written; by default what it has kept for the project. No file sets it."""
    include_non_tests: bool = False
    """Whether files that don't belong to the tests are worked on too. No file sets it: it is asked for each time."""


def load_settings(directory: Path, root: Path) -> Settings:
    """The settings in the nearest ``pyproject.toml`` that has a ``[tool.codemods]``, up to ``root``.

    A file below ``root`` that isn't TOML, often a template, sets nothing: pytest fails on it, so its tests do here.

    Raises:
        UsageError: A key is unknown or its value has the wrong type, or the file at ``root`` isn't TOML; the message
            names the file.
    """
    for folder in (directory, *directory.parents):
        file = folder / "pyproject.toml"
        if disk.is_file(file) and (values := _tool_table(file, required=folder == root)) is not None:
            return _settings(file, values)
        if folder == root:
            break
    return Settings()


def _tool_table(file: Path, *, required: bool) -> object:
    try:
        return toml.table(toml.load(file), "tool", "codemods")
    except UsageError:
        if required:
            raise
        return None


def _settings(file: Path, values: object) -> Settings:
    if not isinstance(values, dict):
        raise UsageError(f"{file}: 'tool.codemods' must be a table")
    for key, value in values.items():
        if key not in _CHECKS:
            raise UsageError(f"{file}: unknown key 'tool.codemods.{key}'{did_you_mean(key, _CHECKS)}")
        valid, expected = _CHECKS[key]
        if not valid(value):
            raise UsageError(f"{file}: 'tool.codemods.{key}' must be {expected}, not {toml.shown(value)}")
    lists = {key: split_codes(values[key]) for key in _CODES if key in values}
    return Settings(
        select=lists.get("select"),
        ignore=lists.get("ignore", ()),
        extend_select=lists.get("extend-select", ()),
        unsafe=values.get("unsafe", False),
        jobs=values.get("jobs"),
        python=file.parent / values["python"] if "python" in values else None,
        target_version=parse_target(values.get("target-version"), f"{file}: 'tool.codemods.target-version'"),
        extend_safe=lists.get("extend-safe", ()),
    )


def _strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _string(value: object) -> bool:
    return isinstance(value, str)


def _boolean(value: object) -> bool:
    return isinstance(value, bool)


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


_CODES = ("select", "ignore", "extend-select", "extend-safe")
_CHECKS = {
    **dict.fromkeys(_CODES, (_strings, "a list of strings")),
    "unsafe": (_boolean, "true or false"),
    "jobs": (_count, "a whole number above 0"),
    "python": (_string, "a path"),
    "target-version": (_string, 'a version of pytest-asyncio like "1.4"'),
}


def parse_target(text: str | None, place: str) -> tuple[int, ...] | None:
    """The version that a target names, or None where none is set.

    Args:
        text: A version like ``1.4``.
        place: Where it is set, for the error.

    Raises:
        UsageError: It is no version, or one that nothing is migrated to.
    """
    if text is None:
        return None
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})+", text.strip()) is None:
        raise UsageError(f"{place} must be a version of pytest-asyncio like 1.4, not {text!r:.80}")
    version = tuple(map(int, text.strip().split(".")))
    if version < FLOOR:
        raise UsageError(f"{place} must be 1.3 or newer, not {text!r}: older versions aren't migrated to")
    return version


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
    target_version: str | None = None,
    evidence: Path | None = None,
    include_non_tests: bool = False,
) -> Settings:
    """The settings with the flags of the command line over them.

    ``--select`` takes the place of the file's ``select`` and ``extend-select``; ``--extend-select`` and
    ``--ignore`` add to the file's. What is selected by a flag isn't ignored by the same word in the file. Which
    fixes the file takes for reviewed stays as it is.
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
        target_version=parse_target(target_version, "--target-version") or settings.target_version,
        extend_safe=settings.extend_safe,
        evidence=evidence or settings.evidence,
        include_non_tests=include_non_tests or settings.include_non_tests,
    )
