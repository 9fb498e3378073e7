"""PAM903: tests that yield."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.analysis.legacy.marked_generators import is_marked_generator
from codemods.analysis.legacy.yields import yields_by_function
from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.pytest.marks import mark_name
from codemods.semantics.pytest.runners import has_asyncio_mark, is_auto
from codemods.semantics.pytest.suite import Test

_TEST_THAT_MAY_YIELD = (
    rb"(?:\A(?:\xef\xbb\xbf)?|[\r\n])([ \t]*)(?:async[ \t]+)?def[ \t]+\w*[tT]est[^\r\n]*"
    rb"(?:(?:\r\n|\r(?!\n)|\n)(?!\1?(?:@|def\b|class\b|async[ \t]))[^\r\n]*)*?\byield\b"
)
_TEST_CASES = frozenset({"unittest.TestCase", "unittest.IsolatedAsyncioTestCase"})


class GeneratorTest(Rule):
    """Finds tests with a `yield`, which never run.

    ## What it does

    Lists tests that are generators, `def` or `async def`, in functions, test classes and the `TestCase` classes of
    unittest.

    ## Why

    Calling a generator runs none of it. pytest-asyncio reports a marked async generator as an expected failure that
    wasn't run (before 0.23 as passed); without a marker pytest 8.4 fails it. A plain generator keeps its whole file from
    being collected by pytest 8.4 and newer, and was an expected failure before. In a `TestCase` both pass, whatever they
    assert.

    ## Safety

    Changes nothing: what the test should do instead of yielding can't be told. Passed over where a decorator other than a
    mark may make something else of it, and under `@pytest.mark.gen_test`, which pytest-tornado runs. PAM706 makes coroutines of marked tests that only yield from awaitables.

    ## References

    - [pytest: yield tests](https://docs.pytest.org/en/stable/deprecations.html#yield-tests)
    """

    code = "PAM903"
    name = "generator-test"
    summary = "A test with a `yield` never runs"
    safety = Safety.MANUAL
    triggers = (b"yield",)
    pattern = _TEST_THAT_MAY_YIELD
    examples = (
        Example(
            "import pytest\n\n\n@pytest.mark.asyncio\nasync def test_stream():\n    async for item in stream():\n        yield item\n",
            title="an expected failure that isn't run",
        ),
        Example(
            "def test_squares():\n    for number in (1, 2):\n        yield check, number\n",
            title="no test of the file is collected",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each generator."""
        yields = yields_by_function(context.module)
        for test in context.suite.tests:
            if is_marked_generator(context, test, yields.get(test.node, [])):  # by PAM706
                continue
            if test.node in context.module.generators and _is_certain(context, test):
                yield self.finding(context, test.node, f"`{test.node.name}` yields: {_consequence(context, test)}")


def _is_certain(context: Context, test: Test) -> bool:
    """Say whether it is this very function that is collected."""
    module = context.module
    if any(mark.name == "gen_test" for mark in context.suite.marks(test.node)):  # pytest-tornado collects those
        return False
    if test.doubt or any(mark_name(module, each.node) is None for each in context.suite.decorators(test.node)):
        return False
    if test.test_case and test.test_case not in _TEST_CASES:
        return False
    return module.is_only(test.node)


def _consequence(context: Context, test: Test) -> str:
    if test.test_case:
        return "unittest drops the generator, and the test passes without having run; take the `yield` out"
    if not test.is_async:
        return (
            "pytest 8.4 and newer refuse such a test and with it all others of its "
            f"{'class' if '.' in context.module.qualname(test.node) else 'file'}; parametrize it instead of yielding "
            "checks, or write `async def` and `await` for `yield from`"
        )
    if is_auto(context.config, context.project) or has_asyncio_mark(context.suite.marks(test.node)):
        return "pytest-asyncio reports an async generator as xfailed and never runs it; take the `yield` out"
    return "no plugin runs an async generator, and pytest 8.4 and newer fail it; take the `yield` out"
