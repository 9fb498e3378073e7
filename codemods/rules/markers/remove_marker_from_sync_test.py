"""PAM102: asyncio markers on tests that aren't async."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.shared_marks import SharedMark, may_have_run, removal, shared_marks
from codemods.edits.decorators import add_decorator, remove_decorators
from codemods.model import Edit, Finding
from codemods.rules.base import Context, Example, Rule
from codemods.rules.markers._readers import has_effect, removal_safety
from codemods.semantics.pytest.marks import Level, own_marks
from codemods.semantics.pytest.runners import has_asyncio_mark, is_off, is_transparent
from codemods.semantics.pytest.suite import Test


class RemoveMarkerFromSyncTest(Rule):
    """Removes asyncio markers from tests that are plain functions.

    ## What it does

    Takes `@pytest.mark.asyncio` off `def` tests. Where `pytestmark`, or the marker of a class, covers sync and async tests
    alike, it is written on each async test instead, unless those are the most.

    ## Why

    The marker has no effect on a plain function, and pytest-asyncio warns of each one.

    ## Safety

    Safe: a sync test runs the same without it. It needs review where a command line selects tests by the marker
    (`-m asyncio`) or a conftest reads all marks; where code asks a test for this one (`request.keywords`,
    `get_closest_marker`), it has an effect and stays. Left alone: generators, tests that ask for
    a loop or return what may have to be awaited, which older versions ran, methods of a `TestCase`, functions with a
    decorator that may make them async, `pytestmark` whose tests aren't all known, and shared markers in auto mode.

    ## References

    - [pytest-asyncio: markers](https://pytest-asyncio.readthedocs.io/en/stable/reference/markers/index.html)
    """

    code = "PAM102"
    name = "remove-marker-from-sync-test"
    summary = "An asyncio marker on a sync test is removed"
    triggers = (b"mark.asyncio", b"asyncio")
    pattern = rb"(?<!async )\bdef\b"
    examples = (
        Example(
            "import pytest\n\n\n@pytest.mark.asyncio\ndef test_sum():\n    assert 1 + 1 == 2\n",
            "def test_sum():\n    assert 1 + 1 == 2\n",
        ),
        Example(
            "import pytest\n\npytestmark = pytest.mark.asyncio\n\n\ndef test_sum():\n    assert 1 + 1 == 2\n\n\n"
            "async def test_answer():\n    assert await answer() == 42\n",
            "import pytest\n\n\ndef test_sum():\n    assert 1 + 1 == 2\n\n\n"
            "@pytest.mark.asyncio\nasync def test_answer():\n    assert await answer() == 42\n",
        ),
        Example(
            "import pytest\nfrom helpers import run_in_loop\n\n\n@pytest.mark.asyncio\n@run_in_loop\ndef test_sum():\n    pass\n",
            title="the decorator may make it async",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each marked sync test and each marker that covers some."""
        if is_off(context.config, context.project) or has_effect(context.project):
            return
        for test in context.suite.tests:
            if not test.is_async and test.test_case is None and not test.doubt and _is_plain(context, test):
                yield from self._own(context, test)
        for shared in shared_marks(context):
            yield self._shared(context, shared)

    def _own(self, context: Context, test: Test) -> Iterator[Finding]:
        marks = own_marks(context.module, test.node, Level.FUNCTION)
        indices = [mark.index for mark in marks if mark.name == "asyncio"]
        if indices:
            edit = remove_decorators(context.module, test.node, indices)
            message = f"`{test.node.name}` is sync: its asyncio marker has no effect"
            yield self._finding(context, test.node, message, [edit])

    def _shared(self, context: Context, shared: SharedMark) -> Finding:
        module = context.module
        text = module.segment(shared.mark.node)
        edits: list[Edit] = [add_decorator(module, node, text) for node in shared.uncovered]
        edits.append(removal(module, shared.mark))
        covers = "also covers" if shared.covers_async else "covers only"
        message = f"the {shared.mark.level.value}'s asyncio marker {covers} sync tests, on which it has no effect"
        return self._finding(context, shared.mark.node, message, edits)

    def _finding(self, context: Context, node: ast.AST, message: str, edits: list[Edit]) -> Finding:
        safety, why, evidence = removal_safety(context.project)
        return self.finding(
            context, node, message + why, edits=edits, released=("pytest",), safety=safety, evidence=evidence
        )


def _is_plain(context: Context, test: Test) -> bool:
    if test.node in context.module.generators or any(isinstance(each, ast.Await) for each in test.node.body):
        return False
    if not has_asyncio_mark(context.suite.marks(test.node)) or may_have_run(context.suite, test.node):
        return False
    return all(is_transparent(each) for each in context.suite.decorators(test.node))
