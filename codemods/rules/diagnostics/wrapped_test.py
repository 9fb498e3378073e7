"""PAM905: async tests that a decorator makes sync."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.analysis.awaits.wrapped_tests import wrapped_tests
from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.pytest.marks import Decorator
from codemods.semantics.pytest.runners import has_asyncio_mark, is_auto, other_runner, own_effect
from codemods.semantics.pytest.suite import Test
from codemods.semantics.pytest.sync_wrappers import DRIVING, Wrapping

_DRIVES = (
    "runs the test on an event loop of its own: the asyncio mark has no effect, and async fixtures run "
    "on another loop; take one of the two away"
)
_CONSEQUENCES = dict.fromkeys(DRIVING, _DRIVES) | {
    Wrapping.RETURNS: "returns the coroutine from a plain function, which pytest-asyncio since 0.23 doesn't run and pytest "
    "8.4 fails (`async def functions are not natively supported`); write its wrapper as `async def` and await there",
}


class WrappedTest(Rule):
    """Finds async tests under an asyncio mark that a decorator turns into plain functions.

    ## What it does

    Lists marked async tests with a decorator of the project whose wrapper is a plain `def` that either drives the
    coroutine itself (`asyncio.run`, `run_until_complete`) or returns it. In auto mode the latter need no mark.

    ## Why

    pytest-asyncio runs coroutine functions only. Up to 0.21 it also ran what a marked plain function returned: such a
    test was skipped by 0.23 and fails with pytest 8.4. One that is driven by its decorator passes, on a loop that no
    async fixture shares.

    ## Safety

    Changes nothing: the decorator may be there for a reason, and other tests may use it. One that only runs the coroutine
    is PAM514's.

    ## References

    - [pytest-asyncio: markers](https://pytest-asyncio.readthedocs.io/en/stable/reference/markers/index.html)
    """

    code = "PAM905"
    name = "wrapped-test"
    summary = "A decorator makes a plain function of a marked async test"
    safety = Safety.MANUAL
    triggers = (b"async def test", b"async def")
    pattern = rb"@(?!pytest\.(?:mark|fixture)\b)"
    examples = (
        Example(
            "import functools\n\nimport pytest\n\n\ndef logged(function):\n    @functools.wraps(function)\n"
            "    def wrapper(*args, **kwargs):\n        return function(*args, **kwargs)\n\n    return wrapper\n\n\n"
            "@pytest.mark.asyncio\n@logged\nasync def test_it():\n    pass\n",
            title="the wrapper returns the coroutine",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each wrapped test."""
        wrapped = [test for test in context.suite.tests if test.is_async and next(_wrapping(context, test), None)]
        freed = {each.test.node for each in wrapped_tests(context) if each.reason is None} if wrapped else set()
        for test in wrapped:
            if test.test_case is None and test.node not in freed and not other_runner(context, test.node):
                yield from self._test(context, test)

    def _test(self, context: Context, test: Test) -> Iterator[Finding]:
        for decorator, effect in _wrapping(context, test):
            if _is_claimed(context, test, effect):
                yield self.finding(context, test.node, _message(context, decorator, effect))
                return


def _wrapping(context: Context, test: Test) -> Iterator[tuple[Decorator, Wrapping]]:
    for decorator in context.suite.decorators(test.node):
        effect = own_effect(context.module, decorator)
        if effect in _CONSEQUENCES:
            yield decorator, Wrapping(effect)


def _is_claimed(context: Context, test: Test, effect: Wrapping) -> bool:
    if has_asyncio_mark(context.suite.marks(test.node)):
        return True
    return effect is Wrapping.RETURNS and is_auto(context.config, context.project)


def _message(context: Context, decorator: Decorator, effect: Wrapping) -> str:
    return f"`@{context.module.segment(decorator.node)}` {_CONSEQUENCES[effect]}"
