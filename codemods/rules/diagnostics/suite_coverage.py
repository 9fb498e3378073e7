"""PAM924: what no file of async tests names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, ProjectContext, ProjectRule
from codemods.semantics.file.order import Definition

_LEAST = 5
_WAYS = {
    "an error (`with pytest.raises(...): await ...`, `AsyncMock(side_effect=...)`)": re.compile(
        rb"[Rr]aises|side_effect|set_exception"
    ),
    "a timeout (`asyncio.wait_for`, `TimeoutError`)": re.compile(
        rb"[Tt]imed?_?[Oo]ut|wait_for|fail_after|move_on_after"
    ),
    "a cancellation (`task.cancel()`, `CancelledError`)": re.compile(rb"cancel|Cancel"),
}
"""What async code does besides succeeding, and what a file holds whose tests may exercise it."""


class SuiteCoverage(ProjectRule):
    """Says which ways of ending no file of async tests names.

    ## What it does

    Looks at the files that hold async tests for anything that speaks of an expected error, of a timeout, or of a
    cancellation, and says, once for the suite, which of them no file names. An `async def test_…` of a class whose base
    isn't found counts, too. Suites of fewer than five async tests are passed over.

    ## Why

    Async code ends in more ways than sync code: each `await` may raise, take too long, or be cancelled. What is to be
    cleaned up then, a connection, a background task, a lock, is just what tests of the success don't reach: a
    `CancelledError` that is swallowed, or a lock that stays locked, passes all of them.

    ## Safety

    Changes nothing, and runs only if selected: it goes by words, and one word in a comment is enough for silence.

    ## References

    - [asyncio: task cancellation](https://docs.python.org/3/library/asyncio-task.html#task-cancellation)
    """

    code = "PAM924"
    name = "suite-coverage"
    summary = "No file of async tests names an error, a timeout or a cancellation"
    safety = Safety.MANUAL
    default = False
    triggers = (b"async def",)
    examples = (
        Example(
            "import pytest\n"
            "\n"
            "\n"
            '@pytest.mark.parametrize("name", ["a", "b", "c"])\n'
            "@pytest.mark.asyncio\n"
            "async def test_fetch(client, name):\n"
            "    assert await client.fetch(name) == name\n",
            title="one of five or more tests that all succeed",
        ),
    )

    def find_in_project(self, context: ProjectContext) -> Iterator[Finding]:
        """Yield one finding for all files, at the first async test."""
        counts: dict[str, int] = context.notes(self, context.mentioning(*self.triggers))
        data = [context.read(path) for path in counts]
        missing = [what for what, pattern in _WAYS.items() if not any(map(pattern.search, data))]
        if sum(counts.values()) >= _LEAST and missing and (file := context.file(next(iter(counts)))) is not None:
            yield self.finding(file, next(_tests(file)), _message(sum(counts.values()), missing))

    def note(self, file: Context) -> int:
        """Return how many async tests a file has."""
        return sum(1 for _ in _tests(file))


def _tests(file: Context) -> Iterator[Definition]:
    """Yield the async tests of a file, and what is called so in a class of which it isn't known whether it holds tests."""
    tests = {test.node for test in file.suite.tests if test.is_async}
    for node in file.module.definitions if tests or file.suite.is_test_module else ():
        if node in tests or (_is_called_test(node) and file.module.function_of(node) is None):
            yield node


def _is_called_test(node: Definition) -> bool:
    return isinstance(node, ast.AsyncFunctionDef) and node.name.startswith("test")


def _message(count: int, missing: list[str]) -> str:
    return (
        f"no file of the suite's {count} async tests names {' or '.join(missing)}: what isn't cleaned up then, or "
        "swallowed, may pass all of them; add a test for each that the code has to survive"
    )
