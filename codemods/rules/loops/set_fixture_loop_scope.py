"""PAM602: on whose event loop async fixtures run where nothing says so."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.analysis.loops.parameter import NAME
from codemods.edits.configuration import set_option
from codemods.model import Evidence, Finding, Safety
from codemods.rules.base import ConfigurationRule, Context, Example, ProjectContext
from codemods.rules.loops._governed import Governed, governed
from codemods.rules.loops._unstated_scopes import unstated_in, unstated_scopes
from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
from codemods.semantics.pytest.projects.project import LOOP_SCOPE, Project, too_old

_KEY = "asyncio_default_fixture_loop_scope"
_PYTHON = (3, 8)
"""The first Python that a pytest-asyncio with the option runs on."""
_KEEPING = (1, 5)
"""The first version with a value that says what unset means."""


class SetFixtureLoopScope(ConfigurationRule):
    """Writes `asyncio_default_fixture_loop_scope = function` where the option is unset.

    ## What it does

    Sets the option in the file that pytest reads: `pytest.ini`, `pytest.toml`, `tox.ini`, `setup.cfg` or `pyproject.toml`,
    which gets a table for it if it has none. Where a file, `addopts` or the environment sets it, nothing changes. Where no
    file configures pytest and there is no `pyproject.toml`, there is nothing to write it to, and nothing is said.

    ## Why

    pytest-asyncio 0.24 to 1.5 warn as long as the option is unset, since a later version will take `function` then. With
    `filterwarnings = error` or `-W error` the warning stops pytest 9.2 with an internal error before any test runs; pytest
    8.4 to 9.1 don't show it.

    ## Safety

    Safe: for a fixture that lives as long as a test, `function` is what unset means. A fixture of a wider scope would
    fail with a *ScopeMismatch*, also a sync one under `pytest_asyncio.fixture`, so that the option is left alone as long
    as one in the project states no `loop_scope` of its own: PAM603 writes it. From 1.5 on `fixture-scope` is a way to
    write out what unset means. It needs review where the project's requirement forbids pytest-asyncio 0.24, since older
    ones don't know the option, where it runs on a Python below 3.8, which has no newer ones, and where it requires pytest,
    and nothing that brings pytest-asyncio. It is left alone as long as a wide `event_loop` of the project says which loop is
    shared (PAM604). Not seen are wide fixtures of installed plugins that state no `loop_scope`.

    ## References

    - [asyncio_default_fixture_loop_scope](https://pytest-asyncio.readthedocs.io/en/stable/reference/configuration.html)
    - [how to change the default](https://pytest-asyncio.readthedocs.io/en/stable/how-to-guides/change_default_fixture_loop.html)
    """

    code = "PAM602"
    name = "set-fixture-loop-scope"
    summary = "The default loop scope of fixtures is set to `function`"
    triggers = (b"",)
    examples = (
        Example(
            '[tool.pytest.ini_options]\naddopts = "-ra"\nasyncio_mode = "auto"\n',
            '[tool.pytest.ini_options]\naddopts = "-ra"\nasyncio_mode = "auto"\n'
            'asyncio_default_fixture_loop_scope = "function"\n',
            path="pyproject.toml",
        ),
        Example(
            '[pytest]\nasyncio_default_fixture_loop_scope = "module"\n', title="it is set", path="pytest.toml"
        ),
    )  # fmt: skip

    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        """Yield a finding for each configuration that leaves the option unset."""
        for each in governed(context):
            if each.config.fixture_loop_scope is None and not context.mentioning(_KEY.encode()):
                yield self._unset(context, each)

    def note(self, file: Context) -> tuple[Evidence, ...]:
        """Return the places of a file that a default would break."""
        return unstated_in(file)

    def _unset(self, context: ProjectContext, each: Governed) -> Finding:
        message, (line, text) = _message(each.config), each.place()
        if (own := _wide_loop(context, each)) is not None:
            message = (
                f"{message}; left alone: the fixture `{NAME}` at {own.place} gives a whole scope one loop (PAM604)"
            )
            return self.configuration_finding(each.path, line, text, message, evidence=(own,))
        wide = list(unstated_scopes(context, self, each.files, each.text))
        if not wide:
            edit, doubt = set_option(each.path, _KEY, "function"), _doubt(each.project)
            safety = Safety.SAFE if doubt is None else Safety.REVIEW
            message = message if doubt is None else f"{message}; {doubt}"
            return self.configuration_finding(each.path, line, text, message, edits=(edit,), safety=safety)
        if not wide[0].text:
            message = f"{message}; left alone: {wide[0].path} can't be parsed, and may have fixtures that would fail"
            return self.configuration_finding(each.path, line, text, message, evidence=tuple(wide))
        message = f"{message}; left alone: with `function` the fixture at {wide[0].place} would fail, since "
        message += "it lives longer than a test and states no loop_scope: give it one first (PAM603)"
        if each.project.target >= _KEEPING:
            message += ", or set `fixture-scope`, which is what unset means"
        return self.configuration_finding(each.path, line, text, message, evidence=tuple(wide))


def _wide_loop(context: ProjectContext, each: Governed) -> Evidence | None:
    """Return the project's own event loop that its tests and fixtures were to share, or None."""
    paths = set(each.files).intersection(context.mentioning(NAME.encode()))
    found = (fixture for path in sorted(paths) for fixture in context.graph.fixtures_of(path) if fixture.name == NAME)
    return next((own.context.module.evidence(own.node) for own in found if own.scope not in (None, "function")), None)


def _doubt(project: Project) -> str | None:
    """Return why the option may not be known where the tests run, or None."""
    if (pin := project.forbids(LOOP_SCOPE)) is not None:
        return too_old(pin, LOOP_SCOPE)
    if (old := project.runs_below(_PYTHON)) is not None:
        return f"what knows it needs Python 3.8, and {old.place} lets older ones in"
    if (pytest := project.with_stray_marks) is not None:
        return f"without the plugin pytest warns of it, and nothing beside {pytest.place} requires it"
    return None


def _message(config: PytestConfig) -> str:
    message = f"`{_KEY}` is unset" if config.hides_deprecation else f"`{_KEY}` is unset, of which pytest-asyncio warns"
    if config.fails_on_deprecation:
        return f"{message}; warnings are errors here, so that pytest 9.2 runs no test"
    return message
