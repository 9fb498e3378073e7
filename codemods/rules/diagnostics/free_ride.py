"""PAM927: unmarked async tests that only pytest-aiohttp before 1.0 or pytest-tornasync runs."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.pytest.runners import has_asyncio_mark, is_strict, other_runner
from codemods.semantics.pytest.suite import Test

_PLUGINS = {
    "aiohttp": "pytest-aiohttp before 1.0; from 1.0 on pytest-asyncio runs async tests and fixtures, and in strict mode "
    "the unmarked fail: set `asyncio_mode = auto` with the update (a marker before it would part the tests from the loop of "
    "`aiohttp_client`)",
    "tornasync": "pytest-tornasync, which rests on what pytest 10 removes; without it they fail: mark with asyncio those that don't use its "
    "`io_loop`, `http_client` or `http_server`, which live on another loop than marked tests",
}


class FreeRide(Rule):
    """Finds unmarked async tests that run only because of a plugin that has to go.

    ## What it does

    Lists, once for each file, async tests without a marker in a project that requires pytest-aiohttp below 1.0 or
    pytest-tornasync, in strict mode.

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

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for the tests of the file."""
        plugin = next((name for name in _PLUGINS if name in context.project.auto_runners), None)
        if plugin is None or not is_strict(context.config, context.project):
            return
        evidence = context.project.auto_runners[plugin]
        riders = [test for test in context.suite.tests if _rides(context, test)]
        # The plugin that aiohttp itself brings runs them on.
        if riders and "aiohttp.pytest_plugin" not in evidence.text:
            more = f" and {len(riders) - 1} more async tests of the file have" if riders[1:] else " has"
            message = f"`{riders[0].node.name}`{more} no asyncio marker and only run through {_PLUGINS[plugin]}"
            yield self.finding(context, riders[0].node, message, evidence=(evidence,))


def _rides(context: Context, test: Test) -> bool:
    if not test.is_async or test.test_case or test.doubt or test.node in context.module.generators:
        return False
    return not has_asyncio_mark(context.suite.marks(test.node)) and other_runner(context, test.node) is None
