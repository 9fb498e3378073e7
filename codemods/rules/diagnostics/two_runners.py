"""PAM904: tests that two plugins claim."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.semantics.pytest.marks import Level, Mark

_CONSEQUENCES = {
    "anyio": "pytest-asyncio runs it, and always on asyncio, even where pytest says `[trio]`; keep the anyio mark "
    "where it is to run on anyio's backends, and the asyncio mark where it isn't",
    "trio": "pytest-trio runs it first, and then pytest-asyncio fails it (`a coroutine was expected, got None`); keep "
    "the mark of the library that it awaits",
}


class TwoRunners(Rule):
    """Finds tests with an asyncio mark and one of anyio or trio.

    ## What it does

    Lists async tests for which both an asyncio mark and an anyio or trio mark hold, each written on the test, its class or
    its module.

    ## Why

    Beside an anyio mark pytest-asyncio wins: the test runs once for each backend, but each time on asyncio, so that
    nothing is known of trio although `[trio]` passes. Beside a trio mark the test fails.

    ## Safety

    Changes nothing: only its author knows what the test was meant to run on.

    ## References

    - [anyio: testing](https://anyio.readthedocs.io/en/stable/testing.html)
    """

    code = "PAM904"
    name = "two-runners"
    summary = "An asyncio mark beside an anyio or trio mark"
    safety = Safety.MANUAL
    triggers = (b"anyio", b"trio")
    examples = (
        Example(
            "import pytest\n\n\n@pytest.mark.anyio\n@pytest.mark.asyncio\nasync def test_it(anyio_backend):\n    pass\n",
            title="`[trio]` runs on asyncio",
        ),
        Example(
            "import pytest\n\npytestmark = pytest.mark.asyncio\n\n\n@pytest.mark.trio\nasync def test_it():\n    pass\n",
            title="a module's mark counts, too",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each pair of marks, at the closer one's owner."""
        reported = set()
        for test in context.suite.tests:
            if test.is_async and test.test_case is None and (pair := _pair(context.suite.marks(test.node))):
                other, closer = pair
                if closer.node not in reported:
                    reported.add(closer.node)
                    yield self._finding(context, other, closer)

    def _finding(self, context: Context, other: Mark, closer: Mark) -> Finding:
        shared = closer.level is not Level.FUNCTION
        subject = f"tests of this {closer.level.value} have" if shared else "this test has"
        message = f"{subject} an asyncio and {_article(other)} {other.name} mark: {_CONSEQUENCES[str(other.name)]}"
        return self.finding(context, closer.node if shared else closer.owner, message)


def _pair(marks: list[Mark]) -> tuple[Mark, Mark] | None:
    """Return the mark of the other runner, and whichever of both is closer to the test."""
    held = [mark for mark in marks if mark.level is not Level.PARAMETER]
    asyncio = next((mark for mark in held if mark.name == "asyncio"), None)
    other = next((mark for mark in held if mark.name in _CONSEQUENCES), None)
    return (other, min(asyncio, other, key=held.index)) if asyncio and other else None


def _article(mark: Mark) -> str:
    return "an" if mark.name == "anyio" else "a"
