"""PAM611: auto mode, and without the markers and decorators that it makes needless."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.model import Edit, Finding, Safety
from codemods.rules.base import ConfigurationRule, Example, ProjectContext
from codemods.rules.loops._auto_objections import auto_edits, objections, unmarked
from codemods.rules.loops._governed import Governed, governed
from codemods.rules.loops._modes import KEY
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
            "import pytest\nimport pytest_asyncio\n\n\n@pytest_asyncio.fixture\nasync def user():\n    return await create_user()\n\n\n"
            "@pytest.mark.asyncio\nasync def test_user(user):\n    assert await user.is_active()\n",
            "import pytest\n\n\n@pytest.fixture\nasync def user():\n    return await create_user()\n\n\n"
            "async def test_user(user):\n    assert await user.is_active()\n",
            title="auto mode is set already",
            config="asyncio_mode = auto\n",
        ),
        Example('[pytest]\naddopts = ["-m", "not asyncio"]\n', title="the markers select tests", path="pytest.toml"),
    )

    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        """Yield a finding for each configuration."""
        for each in governed(context, _is_async):
            edits, taken = auto_edits(each), needless(context, each)
            if not each.config.disabled and (edits or taken.fixes):
                yield self._finding(context, each, edits, taken)

    def _finding(self, context: ProjectContext, each: Governed, edits: list[Edit], taken: Needless) -> Finding:
        message = _message(edits, taken)
        line, text = each.place(KEY if edits and edits[0].args["key"] == KEY and _is_set(each) else None)
        if found := list(objections(context, each, edits)):
            reason, place = found[0]
            message = f"{message}; left alone: {reason} ({place.path}:{place.line})"
            evidence = tuple(place for _, place in found)
            return self.configuration_finding(each.path, line, text, message, evidence=evidence)
        if count := len(unmarked(context, each)) if edits else 0:
            message += f"; {count} async test{'s' if count > 1 else ''} without a marker will run, too"
        return self.configuration_finding(each.path, line, text, message, edits=edits, other_files=taken.fixes)


def _is_async(user: Declaration) -> bool:
    return user.is_async


def _is_set(each: Governed) -> bool:
    return "asyncio_mode" in each.config.places


def _message(edits: list[Edit], taken: Needless) -> str:
    if not edits:
        return f"auto mode needs no {taken}"
    return f"in auto mode {taken} are needless" if taken.fixes else "auto mode is not set"
