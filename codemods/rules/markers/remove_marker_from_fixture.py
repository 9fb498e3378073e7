"""PAM103: marks on fixtures."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.edits.decorators import remove_decorators
from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.pytest.marks import Level, own_marks

_UP_TO_DEFINITION = rb"(?:(?![\r\n][ \t]*(?:async[ \t]+)?def\b|[\r\n][ \t]*class\b)[\s\S])*?"
_TWO_DECORATORS = (
    rb"@[\w.]*fixture\b"
    + _UP_TO_DEFINITION
    + rb"[\r\n][ \t\f]*@|@"
    + _UP_TO_DEFINITION
    + rb"[\r\n][ \t\f]*@[\w.]*fixture\b"
)


class RemoveMarkerFromFixture(Rule):
    """Removes marks from fixtures.

    ## What it does

    Takes `@pytest.mark.asyncio` off fixtures, above and below the fixture decorator; any other mark with review.

    ## Why

    Marks never had an effect on fixtures; from pytest 9 on they are an error that keeps the whole file from being
    collected.

    ## Safety

    Safe for the asyncio marker. Another mark was put there by someone who expected something of it, so that removing it
    needs review.

    ## References

    - [pytest: marks applied to fixtures](https://docs.pytest.org/en/stable/deprecations.html#applying-a-mark-to-a-fixture-function)
    """

    code = "PAM103"
    name = "remove-marker-from-fixture"
    summary = "A mark on a fixture, an error in pytest 9, is removed"
    triggers = (b"mark",)
    pattern = _TWO_DECORATORS
    examples = (
        Example(
            "import pytest\nimport pytest_asyncio\n\n\n@pytest.mark.asyncio\n@pytest_asyncio.fixture\nasync def user():\n    yield 1\n",
            "import pytest_asyncio\n\n\n@pytest_asyncio.fixture\nasync def user():\n    yield 1\n",
        ),
        Example("import pytest\n\n\n@pytest.mark.slow\ndef helper():\n    pass\n", title="not a fixture"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each fixture with marks."""
        for fixture in context.suite.fixtures:
            marks = own_marks(context.module, fixture.node, Level.FUNCTION)
            if marks:
                only_asyncio = all(mark.name == "asyncio" for mark in marks)
                edit = remove_decorators(context.module, fixture.node, [mark.index for mark in marks])
                yield self.finding(
                    context, fixture.node, f"marks on fixture `{fixture.node.name}` are an error in pytest 9",
                    edits=[edit], released=("pytest",), safety=Safety.SAFE if only_asyncio else Safety.REVIEW,
                )  # fmt: skip
