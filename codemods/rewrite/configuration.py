"""Edits of configuration files, made of their text: the verbs of ``codemods.edits.configuration``."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Protocol

from codemods.errors import ConfigurationError, FileError
from codemods.model import Edit
from codemods.rewrite.ini_options import IniOptions
from codemods.rewrite.requirements import raise_requirement
from codemods.rewrite.toml_options import TomlOptions
from codemods.source import Source, decode

__all__ = ["ConfigurationError", "edit_configuration"]


class Options(Protocol):
    """The options of pytest in a text; each verb returns the new text or raises ``ConfigurationError``."""

    def set_option(self, key: str, value: object) -> str:
        """Set an option, which may be there already."""

    def replace_words(self, key: str, old: Sequence[str], new: Sequence[str]) -> str:
        """Replace words in the value of an option."""


def edit_configuration(name: str, data: bytes, edits: Sequence[Edit]) -> bytes:
    """The content of a configuration file with the edits made, in their order.

    Args:
        name: The name of the file, with or without its folders.
        data: Its content; line ends and a byte order mark stay.
        edits: What to change, in the verbs of ``codemods.edits.configuration``.

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
    if edit.verb == "raise_requirement":
        return raise_requirement(name, text, **edit.args)
    options: Options = TomlOptions(name, text) if name.endswith(".toml") else IniOptions(name, text)
    change: Callable[..., str] = getattr(options, edit.verb)
    return change(**edit.args)
