"""PAM111: asyncio markers in a ``TestCase``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.shared_marks import is_removable, removal
from codemods.edits.decorators import remove_decorators
from codemods.model import Finding
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.answers import ClassKind
from codemods.semantics.file.order import Definition
from codemods.semantics.pytest.classes import class_type, test_case_of
from codemods.semantics.pytest.marks import Level, own_marks, pytestmarks


class RemoveMarkerFromTestcase(Rule):
    """Removes asyncio markers from the classes of unittest and their methods.

    ## What it does

    Takes `@pytest.mark.asyncio` off a class that derives from a `TestCase` and off its methods, and out of its
    `pytestmark`.

    ## Why

    unittest runs these tests, and pytest-asyncio doesn't see them: `IsolatedAsyncioTestCase` awaits its tests without a
    marker, and `TestCase` doesn't await them in spite of one.

    ## Safety

    Safe: the marker never had an effect there. A `pytestmark` of the module stays, which holds for other tests, too.

    ## References

    - [pytest-asyncio: unittest](https://pytest-asyncio.readthedocs.io/en/stable/concepts.html#test-discovery-modes)
    - [pytest: unittest.TestCase support](https://docs.pytest.org/en/stable/how-to/unittest.html)
    """

    code = "PAM111"
    name = "remove-marker-from-testcase"
    summary = "An asyncio marker in a `TestCase`, where nothing reads it, is removed"
    triggers = (b"asyncio",)
    pattern = rb"\bclass\b"
    examples = (
        Example(
            "import unittest\n\nimport pytest\n\n\nclass TestIt(unittest.IsolatedAsyncioTestCase):\n    @pytest.mark.asyncio\n"
            "    async def test_it(self):\n        self.assertEqual(await answer(), 42)\n",
            "import unittest\n\n\nclass TestIt(unittest.IsolatedAsyncioTestCase):\n"
            "    async def test_it(self):\n        self.assertEqual(await answer(), 42)\n",
        ),
        Example(
            "import unittest\n\nimport pytest\n\npytestmark = pytest.mark.asyncio\n\n\n"
            "class TestIt(unittest.IsolatedAsyncioTestCase):\n    async def test_it(self):\n        pass\n\n\n"
            "async def test_that():\n    pass\n",
            title="covers another test, too",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each class and each method with a marker."""
        module = context.module
        for node in module.nodes(ast.ClassDef):
            if class_type(module, node).kind is ClassKind.TEST_CASE:
                yield from self._class(context, node)
        for each in module.definitions:
            if each not in context.suite.fixture_nodes and test_case_of(module, each) is not None:
                yield from self._marked(context, each)

    def _class(self, context: Context, node: ast.ClassDef) -> Iterator[Finding]:
        yield from self._marked(context, node)
        for mark in pytestmarks(context.module, node, node.body, Level.CLASS):
            if mark.name == "asyncio" and is_removable(context.module, mark):
                edit = removal(context.module, mark)
                yield self.finding(context, mark.node, _message(node), edits=[edit], released=("pytest",))

    def _marked(self, context: Context, node: Definition | ast.ClassDef) -> Iterator[Finding]:
        marks = own_marks(context.module, node, Level.CLASS)
        indices = [mark.index for mark in marks if mark.name == "asyncio"]
        if indices:
            edit = remove_decorators(context.module, node, indices)
            yield self.finding(context, node, _message(node), edits=[edit], released=("pytest",))


def _message(node: Definition | ast.ClassDef) -> str:
    return f"nothing reads the asyncio marker of `{node.name}`: pytest-asyncio runs no test of a `TestCase`"
