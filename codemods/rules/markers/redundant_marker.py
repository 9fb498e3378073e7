"""PAM108: markers that change nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.edits.decorators import remove_decorators
from codemods.model import Finding
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.file.order import Definition
from codemods.semantics.pytest.marks import Level, Mark, own_marks
from codemods.semantics.pytest.runners import effective_mode

_EXPLICIT = "PAM613"
"""The rule that writes the markers that auto mode does without."""


class RedundantMarker(Rule):
    """Removes asyncio markers that change nothing.

    ## What it does

    Keeps one of several equal asyncio markers on one function. Selected by its full code, and without
    PAM613, it also removes bare asyncio markers in a suite that runs in auto mode.

    ## Why

    A second marker says nothing; in auto mode every async test is pytest-asyncio's without any.

    ## Safety

    Safe: pytest reads the first of two equal markers. Markers with arguments stay in auto mode.

    ## References

    - [pytest-asyncio: modes](https://pytest-asyncio.readthedocs.io/en/stable/concepts.html#test-discovery-modes)
    """

    code = "PAM108"
    name = "redundant-marker"
    summary = "A marker that stands there twice is removed"
    triggers = (b"asyncio",)
    examples = (
        Example(
            "import pytest\n\n\n@pytest.mark.asyncio\n@pytest.mark.slow\n@pytest.mark.asyncio\nasync def test_it():\n    pass\n",
            "import pytest\n\n\n@pytest.mark.asyncio\n@pytest.mark.slow\nasync def test_it():\n    pass\n",
        ),
        Example(
            'import pytest\n\n\n@pytest.mark.asyncio\n@pytest.mark.asyncio(loop_scope="module")\nasync def test_it():\n    pass\n',
            title="two markers that say different things",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each function with a marker too many."""
        wanted = self.code in context.explicit and _EXPLICIT not in context.explicit
        automatic = wanted and effective_mode(context.config, context.project) == "auto"
        for node in context.module.definitions:
            marks = [each for each in own_marks(context.module, node, Level.FUNCTION) if each.name == "asyncio"]
            repeated = marks[1:] if marks and len({ast.dump(_bare(each)) for each in marks}) == 1 else []
            if automatic and isinstance(node, ast.AsyncFunctionDef) and not any(each.has_arguments for each in marks):
                repeated = marks
            if repeated:
                yield self._redundant(context, node, repeated)

    def _redundant(self, context: Context, node: Definition, marks: list[Mark]) -> Finding:
        edit = remove_decorators(context.module, node, [mark.index for mark in marks])
        return self.finding(
            context, node, f"`{node.name}` has an asyncio marker too many", edits=[edit], released=("pytest",)
        )


def _bare(mark: Mark) -> ast.expr:
    """Return the marker without empty parentheses, which mean the same."""
    return mark.node if mark.has_arguments or mark.call is None else mark.call.func
