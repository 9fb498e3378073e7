"""TOML files, read with the standard library where it can."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from codemods import source
from codemods.errors import FileError, UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def load(path: Path) -> dict[str, Any]:
    """The content of a TOML file.

    Raises:
        UsageError: It can't be read or isn't TOML; the message names the file.
    """
    try:
        return parse(source.read(path).decode("utf-8"), path)
    except FileError as error:
        raise UsageError(f"{path}: {error}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: isn't valid TOML: {error}") from None


def parse(text: str, path: Path) -> dict[str, Any]:
    """The content of the text of a TOML file.

    Raises:
        UsageError: It isn't TOML; the message names the file.
    """
    try:
        return loads(text)
    except ValueError as error:
        raise UsageError(f"{path}: isn't valid TOML: {error}") from None


def loads(text: str) -> dict[str, Any]:
    """The content of a TOML document; raises ValueError if it isn't one."""
    return tomllib.loads(text)


def table(document: dict[str, Any], *keys: str) -> object:
    """What stands under ``keys`` in nested tables, or None where one of them is missing."""
    value: object = document
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
