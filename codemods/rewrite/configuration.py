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

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Protocol

from codemods.model import Edit
from codemods.rewrite.ini_options import IniOptions
from codemods.rewrite.requirements import raise_requirement
from codemods.rewrite.toml_options import TomlOptions

KIND = "configuration"
"""The kind of the edits of this module; their unit and index are 0."""


class Options(Protocol):
    """The options of pytest in the text of a file; each method returns the new text or raises ``EditError``."""

    def set(self, key: str, value: object) -> str:
        """Set an option, which may be there already."""

    def remove(self, key: str) -> str:
        """Remove an option that is there."""

    def replace(self, key: str, old: Sequence[str], new: Sequence[str]) -> str:
        """Replace words in the value of an option."""


def edit_configuration(name: str, text: str, edits: Sequence[Edit]) -> str:
    """The text of a configuration file with the edits made, in their order.

    Args:
        name: The name of the file, with or without its folders.
        text: Its text; line ends and a byte order mark stay.
        edits: What to change, in the verbs of this module.

    Raises:
        EditError: One of the edits can't be made.
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    for edit in edits:
        text = _edited(PurePosixPath(name).name, text, edit)
    return mark + text


def option(path: str, verb: str, **args: object) -> Edit:
    """The edit of a configuration file at ``path``."""
    return Edit(path, 0, verb, KIND, 0, args)


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
