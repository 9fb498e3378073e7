"""Where the asyncio mode is set, and what sets another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from codemods.edits.configuration import replace_words, set_option
from codemods.errors import FileError, UsageError
from codemods.model import Edit, Evidence
from codemods.rules.base import ProjectContext
from codemods.semantics.pytest.configuration.option_lines import OptionLines
from codemods.semantics.pytest.configuration.pytest_files import ConfigFile, read_config

KEY = "asyncio_mode"
_ONE_WORD = ("--asyncio-mode=", "-oasyncio_mode=", "--override-ini=asyncio_mode=")
_TWO_WORDS = {"--asyncio-mode": "", "-o": "asyncio_mode=", "--override-ini": "asyncio_mode="}
_COMMAND = r"(?:--asyncio-mode[=\s\"',]+|(?:-o|--override-ini)[=\s\"',]*asyncio_mode=){}\b"


def configuration(path: str, text: str) -> ConfigFile | None:
    """Return what pytest reads in a file, None if that is nothing or broken."""
    try:
        return read_config(Path(path), text)
    except UsageError:
        return None


def configuration_text(context: ProjectContext, path: str) -> str:
    """Return the text of a configuration file, nothing if it can't be read."""
    try:
        return context.read(path).decode("utf-8-sig")
    except (FileError, ValueError):
        return ""


def mode_edits(file: ConfigFile, path: str, old: str, new: str) -> list[Edit]:
    """Return the edits that replace a mode where pytest reads it in a file: as an option, and in ``addopts``."""
    option = [set_option(path, KEY, new)] if file.word(KEY) == old else []
    return [*option, *_in_options(file, path, old, new)]


def _in_options(file: ConfigFile, path: str, old: str, new: str) -> Iterator[Edit]:
    try:
        words = file.words("addopts") or []
    except UsageError:
        return
    for word, following in zip(words, (*words[1:], ""), strict=False):
        if word in {f"{start}{old}" for start in _ONE_WORD}:
            yield _replacing(path, [word], old, new)
        elif word in _TWO_WORDS and following == f"{_TWO_WORDS[word]}{old}":
            yield _replacing(path, [word, following], old, new)


def _replacing(path: str, words: list[str], old: str, new: str) -> Edit:
    written = [*words[:-1], f"{words[-1].removesuffix(old)}{new}"]
    return replace_words(path, "addopts", old=words, new=written)


def commands(path: str, text: str, mode: str, done: set[int]) -> Iterator[Evidence]:
    """Yield the lines of a file whose command runs pytest in a mode, but those that are done."""
    wanted = re.compile(_COMMAND.format(mode))
    for number, line in enumerate(text.splitlines(), 1):
        if number not in done and wanted.search(line) and not line.lstrip().startswith(("#", ";")):
            yield Evidence(path, number, line.strip())


def lines_of(path: str, text: str, edits: list[Edit]) -> set[int]:
    """Return the numbers of the lines on which the options stand that some edits change."""
    lines = OptionLines(PurePosixPath(path).name, text)
    return {line for edit in edits for line in lines.lines(edit.args["key"])}
