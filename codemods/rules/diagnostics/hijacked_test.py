"""PAM921: tests of anyio or trio that another plugin takes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.model import Evidence, Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.pytest.marks import Level, Mark
from codemods.semantics.pytest.runners import has_asyncio_mark, is_auto
from codemods.semantics.pytest.suite import Test

_AUTO = "set `asyncio_mode = strict` and mark the tests that are pytest-asyncio's"
_OUTCOMES = {"anyio": "on asyncio, also as `[trio]`", "trio": "and fails each (`a coroutine was expected, got None`)"}


@dataclass(frozen=True, slots=True)
class _Taker:
    """A plugin that takes every async test that it meets, whose tests it takes, and what to do about it."""

    name: str
    runners: tuple[str, ...]
    advice: str
    evidence: Evidence | None


class HijackedTest(Rule):
    """Finds anyio and trio tests that auto mode or pytest-tornasync takes.

    ## What it does

    Lists, once for each file and library, the async tests with an anyio or trio mark where pytest-asyncio runs in auto
    mode, and those of anyio where pytest-tornasync is required.

    ## Why

    Auto mode takes every async test, whatever marks it has, and so does pytest-tornasync with those of anyio. An anyio test
    then runs on asyncio for each of its backends, so that `[trio]` passes without trio; a trio test fails.

    ## Safety

    Changes nothing: strict mode, which is what it takes, means marks for all tests of pytest-asyncio.

    ## References

    - [pytest-asyncio: modes](https://pytest-asyncio.readthedocs.io/en/stable/concepts.html#test-discovery-modes)
    - [anyio: testing](https://anyio.readthedocs.io/en/stable/testing.html)
    """

    code = "PAM921"
    name = "hijacked-test"
    summary = "Auto mode or pytest-tornasync takes a test of anyio or trio"
    safety = Safety.MANUAL
    triggers = (b"anyio", b"trio")
    examples = (
        Example(
            "import pytest\n\n\n@pytest.mark.anyio\nasync def test_it():\n    pass\n",
            title="auto mode takes it",
            config="asyncio_mode = auto\n",
        ),
        Example(
            "import pytest\n\n\n@pytest.mark.anyio\nasync def test_it():\n    pass\n",
            title="in strict mode it is anyio's",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for the tests of each library in the file."""
        if (taker := _taker(context)) is None:
            return
        found = [(test, mark) for test in context.suite.tests if (mark := _mark(context, test))]
        for runner in taker.runners:
            taken = [(test, mark) for test, mark in found if mark.name == runner]
            if taken:
                yield self._finding(context, taken, taker)

    def _finding(self, context: Context, taken: list[tuple[Test, Mark]], taker: _Taker) -> Finding:
        test, mark = taken[0]
        tests = f"`{test.node.name}`{f' and {len(taken) - 1} more of the file' if taken[1:] else ''}"
        node: ast.AST = test.node if mark.level is Level.FUNCTION else mark.node
        message = f"{taker.name} takes {mark.name}'s {tests} and runs it {_OUTCOMES[str(mark.name)]}; {taker.advice}"
        return self.finding(context, node, message, evidence=(taker.evidence,) if taker.evidence else ())


def _taker(context: Context) -> _Taker | None:
    config, project = context.config, context.project
    if is_auto(config, project):
        evidence = config.mode_evidence or project.mode_evidence
        return _Taker("pytest-asyncio's auto mode", ("anyio", "trio"), _AUTO, evidence)
    if (evidence := project.auto_runners.get("tornasync")) is not None:
        return _Taker("pytest-tornasync", ("anyio",), "take it out and mark its tests with asyncio", evidence)
    return None


def _mark(context: Context, test: Test) -> Mark | None:
    """Return the mark that says whose a test is, if it isn't pytest-asyncio's as well (PAM904)."""
    marks = context.suite.marks(test.node)
    if not test.is_async or test.test_case or has_asyncio_mark(marks):
        return None
    return next((mark for mark in marks if mark.name in _OUTCOMES), None)
