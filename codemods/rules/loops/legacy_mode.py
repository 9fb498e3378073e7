"""PAM610: the mode that pytest-asyncio no longer has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from codemods.model import Edit, Finding
from codemods.rules.base import ConfigurationRule, Example, ProjectContext
from codemods.rules.loops._modes import commands, configuration, configuration_text, lines_of, mode_edits
from codemods.semantics.pytest.configuration.option_lines import OptionLines

_OLD, _NEW = "legacy", "auto"


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
            text = configuration_text(context, path)
            if _OLD in text and "asyncio" in text:
                yield from self._file(context, path, text)

    def _file(self, context: ProjectContext, path: str, text: str) -> Iterator[Finding]:
        file = configuration(path, text)
        done: set[int] = set()
        if file is not None and (edits := mode_edits(file, path, _OLD, _NEW)):
            done = lines_of(path, text, edits)
            place = OptionLines(PurePosixPath(path).name, text).find(edits[0].args["key"], _OLD)
            yield self._configured(context, path, place, edits)
        for each in commands(path, text, _OLD, done):
            message = f"{_problem()}: write `auto`, or `strict` and the markers"
            yield self.configuration_finding(path, each.line, each.text, message)

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
