"""PAM601: whether pytest-asyncio takes over unmarked async tests, where nothing says so."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.edits.configuration import set_option
from codemods.model import Finding
from codemods.rules.base import ConfigurationRule, Example, ProjectContext
from codemods.rules.loops._governed import governed

_KEY = "asyncio_mode"


class ConfigureAsyncioMode(ConfigurationRule):
    """Writes `asyncio_mode = strict` where no mode is set.

    ## What it does

    Sets the option in the file that pytest reads: `pytest.ini`, `pytest.toml`, `tox.ini`, `setup.cfg` or `pyproject.toml`,
    which gets a table for it if it has none. Nothing changes where a mode is set: by a file, by `addopts`, by the
    environment, by a conftest or in a command line of the project.

    ## Why

    The mode decides which tests run. Those who read the suite, and those who run it with other options, need to know
    which one it was written for.

    ## Safety

    Safe: `strict` is the default. Off by default, since nothing changes; whoever wants `auto` writes it instead.

    ## References

    - [asyncio_mode](https://pytest-asyncio.readthedocs.io/en/stable/reference/configuration.html#asyncio-mode)
    - [discovery modes](https://pytest-asyncio.readthedocs.io/en/stable/concepts.html#test-discovery-modes)
    """

    code = "PAM601"
    name = "configure-asyncio-mode"
    summary = "The default mode `strict` is written out"
    default = False
    triggers = (b"",)
    examples = (
        Example(
            '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n',
            '[tool.pytest.ini_options]\ntestpaths = ["tests"]\nasyncio_mode = "strict"\n',
            path="pyproject.toml",
        ),
        Example('[pytest]\naddopts = ["--asyncio-mode=auto"]\n', title="an option sets it", path="pytest.toml"),
    )

    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        """Yield a finding for each configuration that sets no mode."""
        for each in governed(context):
            if each.config.mode_evidence is None and each.project.mode is None:
                line, text = each.place()
                edit = set_option(each.path, _KEY, "strict")
                message = "no asyncio_mode is set: the default is `strict`"
                yield self.configuration_finding(each.path, line, text, message, edits=(edit,))
