"""PAM914: asyncio marks that a hook adds too late."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.diagnostics._collection_hooks import AddedMark, added_marks
from codemods.semantics.pytest.runners import is_off, is_strict

_BARE = (
    "a mark that `{hook}` adds comes too late: since 0.23 pytest-asyncio decides before it which tests it runs, and "
    "an async test with no other asyncio mark fails; write the marks in the files, or set `asyncio_mode = auto`"
)
_BEHIND = (
    "the loop scope that `{hook}` adds comes behind the mark that a test has itself, or from auto mode, and says nothing "
    "there; give `append=False`, which puts it in front"
)


class LateMarker(Rule):
    """Finds asyncio marks that a collection hook adds too late.

    ## What it does

    Lists `add_marker` with an asyncio mark in `pytest_collection_modifyitems` and `pytest_itemcollected`: a bare one in
    strict mode, and one with a `loop_scope` but no `append=False`.

    ## Why

    Up to pytest-asyncio 0.21 such a mark made a test pytest-asyncio's. Since 0.23 that is settled when the test is made:
    the unmarked async tests were skipped from then on, and fail with pytest 8.4. A loop scope can still be set in these
    hooks, by a mark in front of the others.

    ## Safety

    Changes nothing: which tests the hook chooses is known only when it runs.

    ## References

    - [pytest-asyncio: run all tests in the same loop](https://pytest-asyncio.readthedocs.io/en/stable/how-to-guides/run_session_tests_in_same_loop.html)
    """

    code = "PAM914"
    name = "late-marker"
    summary = "An asyncio mark that a collection hook adds comes too late"
    safety = Safety.MANUAL
    triggers = (b"add_marker",)
    examples = (
        Example(
            "import inspect\n\nimport pytest\n\n\ndef pytest_collection_modifyitems(items):\n    for item in items:\n"
            "        if inspect.iscoroutinefunction(item.obj):\n            item.add_marker(pytest.mark.asyncio)\n",
            title="too late",
            path="conftest.py",
        ),
        Example(
            "import pytest\nfrom pytest_asyncio import is_async_test\n\n\ndef pytest_collection_modifyitems(items):\n"
            "    mark = pytest.mark.asyncio(loop_scope='session')\n    for item in items:\n"
            "        if is_async_test(item):\n            item.add_marker(mark, append=False)\n",
            title="a loop scope in front of the test's own marks",
            path="conftest.py",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each mark."""
        if is_off(context.config, context.project):
            return
        for added in added_marks(context.module):
            if (message := _message(context, added)) is not None:
                yield self.finding(context, added.call, message.format(hook=added.hook))


def _message(context: Context, added: AddedMark) -> str | None:
    if added.sets_loop_scope:
        return None if added.in_front else _BEHIND
    return _BARE if is_strict(context.config, context.project) else None
