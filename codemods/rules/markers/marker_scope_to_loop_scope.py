"""PAM105: the old name of the marker's ``loop_scope``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.edits.calls import remove_argument, set_argument
from codemods.model import Edit, Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.pytest.marks import mark_name
from codemods.semantics.pytest.projects.project import LOOP_SCOPE, too_old


class MarkerScopeToLoopScope(Rule):
    """Renames the `scope` of asyncio markers to `loop_scope`.

    ## What it does

    Writes `loop_scope=` for `scope=` in `pytest.mark.asyncio(...)`, wherever the marker stands. Where both are given and
    say the same, `scope=` goes; where they differ, a person has to decide.

    ## Why

    pytest-asyncio 0.24 gave the keyword its own name, since it sets the scope of the event loop and not that of a
    fixture. `scope` is deprecated, and the two together are an error.

    ## Safety

    Safe: both names mean the same. Needs pytest-asyncio 0.24 or newer: where the project's requirement forbids that, it
    needs review.

    ## References

    - [pytest-asyncio 0.24](https://pytest-asyncio.readthedocs.io/en/stable/reference/changelog.html#id54)
    """

    code = "PAM105"
    name = "marker-scope-to-loop-scope"
    summary = "`asyncio(scope=...)` becomes `asyncio(loop_scope=...)`"
    triggers = (b"asyncio(",)
    examples = (
        Example(
            'import pytest\n\npytestmark = pytest.mark.asyncio(scope="module")\n',
            'import pytest\n\npytestmark = pytest.mark.asyncio(loop_scope="module")\n',
        ),
        Example(
            'import pytest\n\n\n@pytest.mark.asyncio(scope="class", loop_scope="class")\nasync def test_it():\n    pass\n',
            'import pytest\n\n\n@pytest.mark.asyncio(loop_scope="class")\nasync def test_it():\n    pass\n',
        ),
        Example(
            'import pytest\n\n\n@pytest.mark.custom(scope="class")\nasync def helper():\n    pass\n',
            title="not an asyncio marker",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each asyncio marker with a ``scope``."""
        for call in context.module.nodes(ast.Call):
            names = [keyword.arg for keyword in call.keywords]
            if "scope" in names and mark_name(context.module, call) == "asyncio":
                yield self._marker(context, call)

    def _marker(self, context: Context, call: ast.Call) -> Finding:
        edits = _edits(context, call)
        if not edits:
            return self.finding(
                context, call, "`scope` and `loop_scope` of the marker differ: keep the one that is meant"
            )
        message, safety = "the marker's `scope` is called `loop_scope`", Safety.SAFE
        if (pin := context.project.forbids(LOOP_SCOPE)) is not None:
            message, safety = f"{message}; {too_old(pin, LOOP_SCOPE)}", Safety.REVIEW
        return self.finding(context, call, message, edits=edits, safety=safety)


def _edits(context: Context, call: ast.Call) -> list[Edit]:
    values = {keyword.arg: keyword.value for keyword in call.keywords}
    index = len(call.args) + [keyword.arg for keyword in call.keywords].index("scope")
    if "loop_scope" not in values:
        return [set_argument(context.module, call, index, keyword="loop_scope")]
    if ast.dump(values["scope"]) == ast.dump(values["loop_scope"]):
        return [remove_argument(context.module, call, index)]
    return []
