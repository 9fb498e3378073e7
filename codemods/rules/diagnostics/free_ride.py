"""PAM927: unmarked async tests that only pytest-aiohttp before 1.0 or pytest-tornasync runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codemods.model import Evidence, Finding, Safety
from codemods.rules.base import Context, Example, ProjectContext, ProjectRule, Setting
from codemods.semantics.pytest.runners import has_asyncio_mark, is_strict, other_runner
from codemods.semantics.pytest.suite import Test

_PLUGINS = {
    "aiohttp": "pytest-aiohttp before 1.0; from 1.0 on pytest-asyncio runs async tests and fixtures, and in strict mode "
    "the unmarked fail: set `asyncio_mode = auto` with the update (a marker before it would part the tests from the loop of "
    "`aiohttp_client`)",
    "tornasync": "pytest-tornasync, which rests on what pytest 10 removes; without it they fail: mark with asyncio those that don't use its "
    "`io_loop`, `http_client` or `http_server`, which live on another loop than marked tests",
}


class FreeRide(ProjectRule):
    """Finds unmarked async tests that run only because of a plugin that has to go.

    ## What it does

    Lists, once for each project, async tests without a marker where pytest-aiohttp below 1.0 or pytest-tornasync is
    required, in strict mode.

    ## Why

    These plugins run every async test. pytest-aiohttp 1.0 leaves that to pytest-asyncio, and pytest-tornasync rests on
    what pytest 10 removes: from then on such tests fail (`async def functions are not natively supported`).

    ## Safety

    Changes nothing, and PAM101 doesn't mark them as long as the plugin is required: a marked test runs on pytest-asyncio's
    loop, and the fixtures of these plugins on their own. Once the requirement is changed PAM101 marks them.

    ## References

    - [pytest-aiohttp: changes](https://github.com/aio-libs/pytest-aiohttp/blob/main/CHANGES.rst)
    """

    code = "PAM927"
    name = "free-ride"
    summary = "Unmarked async tests run only through pytest-aiohttp before 1.0 or pytest-tornasync"
    safety = Safety.MANUAL
    triggers = (b"async def",)
    examples = (
        Example(
            "async def test_index(aiohttp_client):\n    client = await aiohttp_client(app)\n    await client.get('/')\n",
            title="a finding where the project requires pytest-aiohttp below 1.0",
        ),
    )

    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        """Yield a finding for the tests that rest on one requirement."""
        found: dict[Evidence, list[tuple[Context, Test]]] = {}
        for path in context.candidates(b"async def"):
            setting = context.setting(path)
            plugin = _plugin(setting) if setting is not None else None
            if setting is not None and plugin is not None and (file := context.file(path)) is not None:
                riders = found.setdefault(setting.project.auto_runners[plugin], [])
                riders += [(file, test) for test in file.suite.tests if _rides(file, test)]
        yield from (self._finding(evidence, riders) for evidence, riders in found.items() if riders)

    def _finding(self, evidence: Evidence, riders: Sequence[tuple[Context, Test]]) -> Finding:
        file, test = riders[0]
        plugin = next(name for name in _PLUGINS if file.project.auto_runners.get(name) == evidence)
        files = len({each.module.path for each, _ in riders})
        place = f" in {files} files" if files > 1 else " of the file"
        count = len(riders) - 1
        more = f" and {count} more async test{'s' if count > 1 else ''}{place} have" if count else " has"
        runs = "run" if count else "runs"
        message = f"`{test.node.name}`{more} no asyncio marker and only {runs} through {_PLUGINS[plugin]}"
        return self.finding(file, test.node, message, evidence=(evidence,))


def _plugin(setting: Setting) -> str | None:
    """Return the plugin that runs a project's unmarked async tests, if it is one of those that have to go."""
    project = setting.project
    plugin = next((name for name in _PLUGINS if name in project.auto_runners), None)
    if plugin is None or not is_strict(setting.config, project):
        return None
    # The plugin that aiohttp itself brings runs them on.
    return None if "aiohttp.pytest_plugin" in project.auto_runners[plugin].text else plugin


def _rides(context: Context, test: Test) -> bool:
    if not test.is_async or test.test_case or test.doubt or test.node in context.module.generators:
        return False
    return not has_asyncio_mark(context.suite.marks(test.node)) and other_runner(context, test.node) is None
