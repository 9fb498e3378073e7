"""Edits of configuration files, which change what they name and no other byte.

The verbs, with their arguments:

- ``set_option`` (``key``, ``value``): an option of pytest, set where pytest reads it from in this file.
- ``remove_option`` (``key``): the option with all its lines.
- ``replace_words`` (``key``, ``old``, ``new``): words that follow each other in the value of an option, by as many new
  ones.
- ``raise_requirement`` (``package``, ``specifier``, ``old``): another specifier for the requirements of a package; with
  ``old`` only for those that have this one.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Protocol

from codemods.errors import ConfigurationError, FileError
from codemods.model import Edit
from codemods.rewrite.ini_options import IniOptions
from codemods.rewrite.requirements import raise_requirement
from codemods.rewrite.toml_options import TomlOptions
from codemods.source import Source, decode

__all__ = ["ConfigurationError", "edit_configuration"]


class Options(Protocol):
    """The options of pytest in a text; each method returns the new text or raises ``ConfigurationError``."""

    def set(self, key: str, value: object) -> str:
        """Set an option, which may be there already."""

    def remove(self, key: str) -> str:
        """Remove an option that is there."""

    def replace(self, key: str, old: Sequence[str], new: Sequence[str]) -> str:
        """Replace words in the value of an option."""


def edit_configuration(name: str, data: bytes, edits: Sequence[Edit]) -> bytes:
    """The content of a configuration file with the edits made, in their order.

    Args:
        name: The name of the file, with or without its folders.
        data: Its content; line ends and a byte order mark stay.
        edits: What to change, in the verbs of this module.

    Raises:
        ConfigurationError: One of the edits can't be made.
    """
    path = PurePosixPath(name)
    try:
        source = decode(data) if path.suffix == ".py" else Source(data, *_text(data))
    except (FileError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"its text can't be read: {error}") from None
    text = source.text
    for edit in edits:
        text = _edited(path.name, text, edit)
    return source.encode(text)


def _text(data: bytes) -> tuple[str, str, bool]:
    marked = data.startswith(BOM_UTF8)
    return data.removeprefix(BOM_UTF8).decode("utf-8"), "utf-8", marked


def _edited(name: str, text: str, edit: Edit) -> str:
    args: Mapping[str, Any] = edit.args
    if edit.verb == "raise_requirement":
        return raise_requirement(name, text, args["package"], args["specifier"], args.get("old"))
    options = _options(name)(name, text)
    if edit.verb == "set_option":
        return options.set(args["key"], args["value"])
    if edit.verb == "remove_option":
        return options.remove(args["key"])
    if edit.verb == "replace_words":
        return options.replace(args["key"], args["old"], args["new"])
    raise ValueError(f"unknown verb {edit.verb!r}")


def _options(name: str) -> Callable[[str, str], Options]:
    return TomlOptions if name.endswith(".toml") else IniOptions
