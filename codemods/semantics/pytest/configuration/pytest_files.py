"""Which file pytest reads its configuration from, and what stands in it.

Follows ``_pytest/config/findpaths.py`` of pytest 9.2, which has the final word on order and conditions.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codemods import disk, source, toml
from codemods.errors import FileError, UsageError


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A pytest configuration; ``native`` says that its values have TOML's own types."""

    path: Path
    values: Mapping[str, Any]
    native: bool = False
    text: str = ""
    """The whole file."""

    def words(self, key: str) -> list[str] | None:
        """A value of several words, as pytest splits it, or None where the key isn't there.

        Raises:
            UsageError: The value isn't a list, or its quotes aren't balanced.
        """
        value = self.values.get(key)
        if isinstance(value, str) and not self.native:
            try:
                return shlex.split(value)
            except ValueError as error:
                raise UsageError(f"{self.path}: '{key}' can't be split into words: {error}") from None
        return self._strings(key, value)

    def lines(self, key: str) -> list[str] | None:
        """A value of several lines, or None where the key isn't there.

        Raises:
            UsageError: The value isn't a list.
        """
        value = self.values.get(key)
        if isinstance(value, str) and not self.native:
            return [line.strip() for line in value.split("\n") if line.strip()]
        return self._strings(key, value)

    def _strings(self, key: str, value: object) -> list[str] | None:
        if value is not None and not isinstance(value, list):
            hint = "; pytest 9 refuses it, too: write a list, or rename the table to [tool.pytest.ini_options]"
            hint = hint if self.native and self.path.name == "pyproject.toml" else ""
            raise UsageError(f"{self.path}: '{key}' must be a list, not {toml.shown(value)}{hint}")
        return None if value is None else [_string(each) for each in value]

    def word(self, key: str) -> str | None:
        """A value that is one word, or None where the key isn't there."""
        value = self.values.get(key)
        return None if value is None else _string(value).strip()


def _string(value: object) -> str:
    return value if isinstance(value, str) else toml.shown(value)


def load_folder(folder: Path, contents: Mapping[Path, bytes] | None = None) -> ConfigFile | None:
    """The configuration that pytest would take from this very folder.

    Args:
        folder: The folder, absolute.
        contents: The content of files that aren't on the disk as they are meant.

    Raises:
        UsageError: A file that pytest would read is broken; the message names it.
    """
    contents = contents or {}
    for name, loader in _LOADERS.items():
        path = folder / name
        if path in contents or disk.is_file(path):
            config = loader(path, _text(path, contents))
            if config is not None:
                return config
    return None


def read_config(path: Path, text: str) -> ConfigFile | None:
    """The configuration that pytest would take from a file of this name; None if it would take none.

    Raises:
        UsageError: The file is broken; the message names it.
    """
    loader = _LOADERS.get(path.name)
    return loader(path, text) if loader else None


def _text(path: Path, contents: Mapping[Path, bytes]) -> str:
    try:
        return (contents[path] if path in contents else source.read(path)).decode("utf-8")
    except FileError as error:
        raise UsageError(f"{path}: {error}") from None
    except ValueError:
        raise UsageError(f"{path}: isn't valid utf-8") from None


def _pytest_toml(path: Path, text: str) -> ConfigFile:
    return ConfigFile(path, _table(toml.parse(text, path), path, "pytest") or {}, native=True, text=text)


def _pytest_ini(path: Path, text: str) -> ConfigFile:
    return _ini_section(path, text, "pytest") or ConfigFile(path, {}, text=text)


def _pyproject(path: Path, text: str) -> ConfigFile | None:
    table = _table(toml.parse(text, path), path, "tool", "pytest")
    if table is None:
        return None
    native = {key: value for key, value in table.items() if key != "ini_options"}
    options = _table(table, path, "ini_options", below="tool.pytest.")
    if native and options:
        raise UsageError(f"{path}: pytest refuses [tool.pytest] beside [tool.pytest.ini_options]")
    if native:
        return ConfigFile(path, native, native=True, text=text)
    if options is None:
        return None
    texts = {key: value if isinstance(value, list) else _string(value) for key, value in options.items()}
    return ConfigFile(path, texts, text=text)


def _table(document: dict[str, Any], path: Path, *keys: str, below: str = "") -> dict[str, Any] | None:
    """Return the table under some keys, or None where one isn't there; pytest fails where one isn't a table."""
    table = document
    for number, key in enumerate(keys, 1):
        if key not in table:
            return None
        if not isinstance(table[key], dict):
            name = below + ".".join(keys[:number])
            raise UsageError(f"{path}: '{name}' must be a table, not {toml.shown(table[key])}")
        table = table[key]
    return table


def _tox(path: Path, text: str) -> ConfigFile | None:
    return _ini_section(path, text, "pytest")


def _setup_cfg(path: Path, text: str) -> ConfigFile | None:
    return _ini_section(path, text, "tool:pytest")


def _ini_section(path: Path, text: str, section: str) -> ConfigFile | None:
    from codemods.semantics.pytest.configuration import ini

    values = ini.parse(text, str(path)).get(section)
    return None if values is None else ConfigFile(path, values, text=text)


_LOADERS: dict[str, Callable[[Path, str], ConfigFile | None]] = {
    "pytest.toml": _pytest_toml,
    ".pytest.toml": _pytest_toml,
    "pytest.ini": _pytest_ini,
    ".pytest.ini": _pytest_ini,
    "pyproject.toml": _pyproject,
    "tox.ini": _tox,
    "setup.cfg": _setup_cfg,
}
