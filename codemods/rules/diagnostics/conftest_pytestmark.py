"""PAM913: ``pytestmark`` in a conftest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.pytest.runners import is_auto, is_off

_STRICT = "the unmarked async tests below it fail; write `pytestmark` in each test module, or set `asyncio_mode = auto`"
_AUTO = (
    "each test below it keeps a loop of its own; set `asyncio_default_test_loop_scope`, or write it in each test module"
)


class ConftestPytestmark(Rule):
    """Finds asyncio marks that a conftest gives to nobody.

    ## What it does

    Lists the asyncio mark in a `pytestmark` of a `conftest.py`; in auto mode, where a bare one would say nothing anyway,
    only one with arguments.

    ## Why

    `pytestmark` holds for the tests of its own file. In a conftest it marks nothing: in strict mode the tests around it
    fail (with pytest before 8.4: are skipped) as if it weren't there, and its `loop_scope` holds for none.

    ## Safety

    Changes nothing: which tests it was meant for can't be told.

    ## References

    - [pytest: marking whole classes or modules](https://docs.pytest.org/en/stable/example/markers.html#marking-whole-classes-or-modules)
    """

    code = "PAM913"
    name = "conftest-pytestmark"
    summary = "`pytestmark` in a conftest marks nothing"
    safety = Safety.MANUAL
    triggers = (b"pytestmark",)
    in_async_files = True
    examples = (
        Example(
            "import pytest\n\npytestmark = pytest.mark.asyncio\n",
            title="marks no test",
            path="conftest.py",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each mark."""
        if (
            PurePath(context.module.path).name != "conftest.py"
            or context.suite.tests
            or is_off(context.config, context.project)
            or context.module.answers.users("pytestmark")
        ):
            return
        automatic = is_auto(context.config, context.project)
        for mark in context.suite.module_marks:
            if mark.name == "asyncio" and not (automatic and not mark.has_arguments):
                text = context.module.segment(mark.node)
                message = f"`{text}` in a conftest marks no test: {_AUTO if automatic else _STRICT}"
                yield self.finding(context, mark.node, message)
