"""Changes to a configuration file, which change what they name and no other byte."""

from __future__ import annotations

from codemods.edits.making import given
from codemods.model import Edit

KIND = "configuration"
"""The kind of the edits of this module; their unit and index are 0."""


def set_option(path: str, key: str, value: object) -> Edit:
    """Set an option of pytest where pytest reads it from in the file at ``path``."""
    return _make(path, "set_option", key=key, value=value)


def replace_words(path: str, key: str, *, old: list[str], new: list[str]) -> Edit:
    """Replace words that follow each other in the value of an option of pytest by as many new ones."""
    return _make(path, "replace_words", key=key, old=old, new=new)


def raise_requirement(path: str, package: str, *, specifier: str, old: str | None = None) -> Edit:
    """Give the requirements of a package another specifier; with ``old`` only those that have this one."""
    return _make(path, "raise_requirement", package=package, specifier=specifier, old=old)


def _make(path: str, verb: str, **args: object) -> Edit:
    return Edit(path, 0, verb, KIND, 0, given(args))
