"""PAM611: auto mode, and without the markers and decorators that it makes needless."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.model import Edit, Finding, Safety
from codemods.rules.base import ConfigurationRule, Example, ProjectContext
from codemods.rules.loops._auto_objections import auto_edits, objections, unmarked
from codemods.rules.loops._governed import Governed, governed
from codemods.rules.loops._needless import Needless, needless
from codemods.semantics.pytest.declarations import Declaration


class AutoMode(ConfigurationRule):
    """Sets `asyncio_mode = auto` and takes away the markers and decorators that it makes needless.

    ## What it does

    Sets the option in the file that pytest reads: `pytest.ini`, `pytest.toml`, `tox.ini`, `setup.cfg` or `pyproject.toml`,
    which gets a table for it if it has none; a mode in `addopts` is changed there. With it go the bare
    `@pytest.mark.asyncio`, on functions, on classes and in `pytestmark`, and `@pytest_asyncio.fixture` above `async def`
    becomes `@pytest.fixture`, with the same arguments; then the imports and names that nothing uses any more. All of a
    configuration is one finding: it is applied in all files or in none. Where auto mode is set already, what it makes
    needless goes.

    ```python
    @pytest_asyncio.fixture     # becomes @pytest.fixture
    async def user(): ...


    @pytest.mark.asyncio        # goes
    async def test_user(user): ...
    ```

    What says on which loop something runs stays: a marker or decorator with `loop_scope`, or any other argument, and a
    bare marker inside of one with arguments, which it hides. So do markers of `pytest.param`, and a fixture's decorator
    above `def`. Files that tests under another configuration use, one that doesn't have auto mode, stay as they are; and
    so do the fixtures of a pytest plugin that the project publishes.

    ## Why

    In auto mode pytest-asyncio runs every async test and fixture. A project without another runner needs no markers, and
    nobody can forget one.

    ## Safety

    Needs review, and is never selected by `ALL`: it is a choice of the project.
    `codemods apply --select PAM611 --unsafe` makes it; PAM601, which would write out the default, then says nothing.
    Marked tests and fixtures of pytest-asyncio run as before. Unmarked async tests start to run, as do async fixtures
    under `pytest.fixture`: the finding says how many tests. Left alone, with the reason: projects with another runner,
    such as anyio or trio; where something reads asyncio markers or adds them (`-m asyncio`, `get_closest_marker`, a
    hook); where a command line, a conftest or the environment asks for strict mode; where an unmarked test is expected to
    fail; and where a sync test gets an async fixture that nothing runs, or a coroutine awaits it by itself. Not seen are
    async tests that an installed plugin runs, and async fixtures of installed plugins.

    ## References

    - [pytest-asyncio: modes](https://pytest-asyncio.readthedocs.io/en/stable/concepts.html#test-discovery-modes)
    - [asyncio_mode](https://pytest-asyncio.readthedocs.io/en/stable/reference/configuration.html#asyncio-mode)
    """

    code = "PAM611"
    name = "auto-mode"
    summary = "Auto mode is set, and markers that it makes needless go"
    safety = Safety.REVIEW
    default = False
    by_code_only = True
    triggers = (b"",)
    examples = (
        Example(
            '[tool.pytest.ini_options]\naddopts = "-ra"\nasyncio_mode = "strict"\n',
            '[tool.pytest.ini_options]\naddopts = "-ra"\nasyncio_mode = "auto"\n',
            path="pyproject.toml",
        ),
        Example(
            '[pytest]\naddopts = ["-ra", "--asyncio-mode=strict"]\n',
            '[pytest]\naddopts = ["-ra", "--asyncio-mode=auto"]\n',
            path="pytest.toml",
        ),
        Example('[pytest]\nasyncio_mode = "auto"\n', title="it is set", path="pytest.toml"),
    )

    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        """Yield a finding for each configuration."""
        for each in governed(context, _is_async):
            edits, taken = auto_edits(each), needless(context, each)
            if not each.config.disabled and (edits or taken.fixes):
                yield self._finding(context, each, edits, taken)
        if (user := _unconfigured(context)) is not None:
            message = "auto mode is not set; left alone: no file configures pytest, begin with a `pytest.ini`"
            yield self.finding(user.context, user.node, message)

    def _finding(self, context: ProjectContext, each: Governed, edits: list[Edit], taken: Needless) -> Finding:
        message = _message(edits, taken)
        line, text = _place(each)
        if found := list(objections(context, each, edits)):
            reason, place = found[0]
            message = f"{message}; left alone: {reason} ({place.place})"
            evidence = tuple(place for _, place in found)
            return self.configuration_finding(each.path, line, text, message, evidence=evidence)
        if count := len(unmarked(context, each)) if edits else 0:
            message += f"; {count} async test{'s' if count > 1 else ''} without a marker will run, too"
        return self.configuration_finding(each.path, line, text, message, edits=edits, other_files=taken.fixes)


def _is_async(user: Declaration) -> bool:
    return user.is_async


def _place(each: Governed) -> tuple[int, str]:
    place = each.config.mode_evidence
    return (place.line, place.text) if place is not None and place.path == each.path else each.place()


def _message(edits: list[Edit], taken: Needless) -> str:
    if not taken.fixes:
        return "auto mode is not set"
    return f"auto mode {'would make' if edits else 'makes'} {taken} needless"


def _unconfigured(context: ProjectContext) -> Declaration | None:
    """Return the first async test or fixture for which no file configures pytest."""
    for path in context.candidates(b"async def"):
        setting = context.setting(path)
        if setting is not None and setting.config.path is None and setting.project.pytest_asyncio is not None:
            for user in (*context.graph.tests_of(path), *context.graph.fixtures_of(path)):
                if user.is_async and not setting.config.disabled:
                    return user
    return None
