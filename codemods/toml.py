"""TOML files, read with the standard library where it can."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from codemods import source
from codemods.errors import FileError, UsageError

_DEPTH = 100
"""How deep a document may be nested: what reads it calls itself for each level."""
_SHOWN = 80
_BRACKETS = re.compile(
    r"""\"{3}(?:[^\\]|\\[\s\S])*?\"{3,5}|'{3}[\s\S]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\#[^\n]*|[\[\]{}]"""
)


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


def _loads(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):  # here, since most runs read no TOML
        import tomllib
    else:
        import tomli as tomllib

    return tomllib.loads(text)


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
    """The content of a TOML document; raises ValueError if it isn't one, or is nested too deeply to be read."""
    if _depth(text) > _DEPTH:
        raise ValueError(f"nested more than {_DEPTH} deep")
    try:
        return _loads(text)
    except RecursionError:  # a key of a thousand parts
        raise ValueError("nested too deeply") from None


def _depth(text: str) -> int:
    """Return how deep the brackets of a document are nested."""
    if text.count("[") + text.count("{") <= _DEPTH:
        return 0
    deepest = depth = 0
    for found in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        deepest = max(deepest, depth)
    return deepest


def shown(value: object) -> str:
    """Return a value as an error shows it, on one line and not too long."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no number with more than 4,300 digits
        return "a number of very many digits"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def table(document: dict[str, Any], *keys: str) -> object:
    """What stands under ``keys`` in nested tables, or None where one of them is missing."""
    value: object = document
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
