"""PAM610: the mode that pytest-asyncio no longer has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from codemods.edits.configuration import replace_words, set_option
from codemods.errors import FileError, UsageError
from codemods.model import Edit, Finding
from codemods.rules.base import ConfigurationRule, Example, ProjectContext
from codemods.semantics.pytest.configuration.option_lines import OptionLines
from codemods.semantics.pytest.configuration.pytest_files import ConfigFile, read_config

_OLD, _NEW = "legacy", "auto"
_COMMAND = re.compile(r"(?:--asyncio-mode[=\s\"',]+|(?:-o|--override-ini)[=\s\"',]*asyncio_mode=)legacy\b")
_ONE_WORD = ("--asyncio-mode=", "-oasyncio_mode=", "--override-ini=asyncio_mode=")
_TWO_WORDS = {"--asyncio-mode": "", "-o": "asyncio_mode=", "--override-ini": "asyncio_mode="}


class LegacyMode(ConfigurationRule):
    """Writes `asyncio_mode = auto` for `legacy`.

    ## What it does

    Replaces the value where pytest reads it: the option, and `--asyncio-mode` and `-o` in `addopts`. Other command lines,
    of tox or a CI say, are only named.

    ## Why

    pytest-asyncio 0.20 removed the legacy mode. Since then `legacy` is an error at the first async test.

    ## Safety

    Safe: with `legacy` no async test runs. `auto` runs all that `legacy` ran, marked tests and async fixtures under
    `pytest.fixture`, and unmarked async tests besides, which were skipped or left to other plugins. So where the project
    has tests of anyio, trio or another runner, a person has to decide.

    ## References

    - [pytest-asyncio 0.20](https://pytest-asyncio.readthedocs.io/en/stable/reference/changelog.html)
    - [asyncio_mode](https://pytest-asyncio.readthedocs.io/en/stable/reference/configuration.html#asyncio-mode)
    """

    code = "PAM610"
    name = "legacy-mode"
    summary = "The removed mode `legacy` becomes `auto`"
    triggers = (b"legacy",)
    examples = (
        Example(
            '[tool.pytest.ini_options]\nasyncio_mode = "legacy"\n', '[tool.pytest.ini_options]\nasyncio_mode = "auto"\n',
            path="pyproject.toml",
        ),
        Example(
            '[pytest]\naddopts = ["-ra", "--asyncio-mode=legacy"]\n', '[pytest]\naddopts = ["-ra", "--asyncio-mode=auto"]\n',
            path="pytest.toml",
        ),
        Example('[pytest]\njunit_family = "legacy"\n', title="another option", path="pytest.toml"),
    )  # fmt: skip

    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        """Yield a finding for each configuration with the mode, and for each other line that asks for it."""
        for path in context.configuration:
            text = _text(context, path)
            if _OLD in text and "asyncio" in text:
                yield from self._file(context, path, text)

    def _file(self, context: ProjectContext, path: str, text: str) -> Iterator[Finding]:
        name = PurePosixPath(path).name
        file = _config(path, text)
        done: set[int] = set()
        if file is not None and (edits := [*_option(file, path), *_options(file, path)]):
            lines = OptionLines(name, text)
            done = {line for edit in edits for line in lines.lines(edit.args["key"])}
            yield self._configured(context, path, lines.find(edits[0].args["key"], _OLD), edits)
        for number, line in enumerate(text.splitlines(), 1):
            if number not in done and _COMMAND.search(line) and not line.lstrip().startswith(("#", ";")):
                message = f"{_problem()}: write `auto`, or `strict` and the markers"
                yield self.configuration_finding(path, number, line.strip(), message)

    def _configured(self, context: ProjectContext, path: str, place: tuple[int, str], edits: Sequence[Edit]) -> Finding:
        setting = context.setting(path)
        others = sorted(setting.project.runners.keys() - {"aiohttp"}) if setting else []
        message = _problem()
        if others:
            message = f"{message}; left alone: `auto` would take over the tests of {others[0]}: write `strict` and the markers"
            edits = ()
        return self.configuration_finding(path, *place, message, edits=edits)


def _problem() -> str:
    return "pytest-asyncio 0.20 removed the mode `legacy`, and no async test runs with it"


def _text(context: ProjectContext, path: str) -> str:
    try:
        return context.read(path).decode("utf-8-sig")
    except (FileError, ValueError):
        return ""


def _config(path: str, text: str) -> ConfigFile | None:
    from pathlib import Path

    try:
        return read_config(Path(path), text)
    except UsageError:
        return None


def _option(file: ConfigFile, path: str) -> Iterator[Edit]:
    if file.word("asyncio_mode") == _OLD:
        yield set_option(path, "asyncio_mode", _NEW)


def _options(file: ConfigFile, path: str) -> Iterator[Edit]:
    try:
        words = file.words("addopts") or []
    except UsageError:
        return
    for word, following in zip(words, (*words[1:], ""), strict=False):
        if word in {f"{start}{_OLD}" for start in _ONE_WORD}:
            yield _replacing(path, [word])
        elif word in _TWO_WORDS and following == f"{_TWO_WORDS[word]}{_OLD}":
            yield _replacing(path, [word, following])


def _replacing(path: str, words: list[str]) -> Edit:
    new = [*words[:-1], f"{words[-1].removesuffix(_OLD)}{_NEW}"]
    return replace_words(path, "addopts", old=words, new=new)
