"""PAM106: arguments that the asyncio marker no longer takes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.edits.calls import remove_argument, replace_call, set_argument
from codemods.model import Edit, Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.pytest.marks import mark_name

_WITHOUT_MEANING = ("forbid_global_loop", "accept_global_loop")
_SCOPES = ("function", "class", "module", "package", "session")


class DropInvalidMarkerArgs(Rule):
    """Removes arguments that the asyncio marker no longer takes.

    ## What it does

    Drops `forbid_global_loop=` and `accept_global_loop=` from `pytest.mark.asyncio(...)`, and the parentheses where
    nothing else stands in them. With review, it also drops `event_loop=`, and names a positional scope:
    `asyncio("module")` becomes `asyncio(loop_scope="module")`.

    ## Why

    Any argument but `loop_scope` and, since 1.4, `loop_factories` is an error when pytest collects the test.

    ## Safety

    Safe for the two arguments that have had no meaning since 0.6. A positional scope was silently ignored by 0.23, so
    that giving it its meaning may change on which loop a test runs; that and `event_loop=` need review.

    ## References

    - [pytest-asyncio: markers](https://pytest-asyncio.readthedocs.io/en/stable/reference/markers/index.html)
    """

    code = "PAM106"
    name = "drop-invalid-marker-args"
    summary = "Arguments that the asyncio marker no longer takes are dropped or named"
    triggers = (b"asyncio(",)
    examples = (
        Example(
            "import pytest\n\n\n@pytest.mark.asyncio(forbid_global_loop=True)\nasync def test_it():\n    pass\n",
            "import pytest\n\n\n@pytest.mark.asyncio\nasync def test_it():\n    pass\n",
        ),
        Example(
            'import pytest\n\npytestmark = pytest.mark.asyncio("module")\n',
            'import pytest\n\npytestmark = pytest.mark.asyncio(loop_scope="module")\n',
        ),
        Example(
            'import pytest\n\npytestmark = pytest.mark.asyncio(loop_scope="module")\n',
            title="the argument that it takes",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each argument that the marker doesn't take."""
        for call in context.module.nodes(ast.Call):
            if (call.args or call.keywords) and mark_name(context.module, call) == "asyncio":
                yield from self._positional(context, call)
                yield from self._keywords(context, call)

    def _positional(self, context: Context, call: ast.Call) -> Iterator[Finding]:
        named = {"scope", "loop_scope"} & {keyword.arg for keyword in call.keywords}
        scope = call.args[0] if len(call.args) == 1 and not named else None
        if isinstance(scope, ast.Constant) and scope.value in _SCOPES:
            edit = set_argument(context.module, call, 0, keyword="loop_scope")
            message = "the marker takes its loop scope by name only"
            yield self.finding(context, call, message, edits=[edit], safety=Safety.REVIEW)

    def _keywords(self, context: Context, call: ast.Call) -> Iterator[Finding]:
        for index, keyword in enumerate(call.keywords, len(call.args)):
            if keyword.arg in (*_WITHOUT_MEANING, "event_loop"):
                edit = _without(context, call, index)
                safety = Safety.SAFE if keyword.arg in _WITHOUT_MEANING else Safety.REVIEW
                message = f"the marker takes no `{keyword.arg}`"
                yield self.finding(context, keyword, message, edits=[edit], safety=safety)


def _without(context: Context, call: ast.Call, index: int) -> Edit:
    """Return the edit that takes an argument away; the parentheses go with the only one."""
    if len(call.args) + len(call.keywords) > 1 or call.lineno != call.end_lineno:
        return remove_argument(context.module, call, index)
    return replace_call(context.module, call, context.module.segment(call.func))
