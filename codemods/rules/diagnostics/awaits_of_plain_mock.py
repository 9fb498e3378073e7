"""PAM916: assertions about the awaits of a mock that can't be awaited."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.mocking.mock_uses import Kind
from codemods.analysis.mocking.xfail import is_expected_to_raise
from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.diagnostics._await_claims import Claim, claims
from codemods.rules.mocks._decision import place_of
from codemods.rules.mocks._decisions import decisions


class AwaitsOfPlainMock(Rule):
    """Finds assertions about the awaits of a mock that isn't an AsyncMock.

    ## What it does

    Lists `assert_awaited_once()` and the other assertions about awaits, `await_count`, `await_args` and `await_args_list`
    of what is a `Mock` or `MagicMock` wherever the file shows it, and of their attributes.

    ## Why

    Only an AsyncMock counts its awaits. On another mock `assert_awaited_once()` raises `AttributeError`, whether or not
    the code awaits. `await_count` is an attribute like any other, a mock that is true: `assert mock.await_count` passes
    whatever the code does, and `mock.await_count == 1` is never true.

    ## Safety

    Changes nothing: write `AsyncMock` if the code awaits the mock, else assert its calls (`assert_called_once()`,
    `call_count`). Passed over where PAM301, PAM302 or PAM303 make it an AsyncMock, where a spec decides what is async,
    where the file puts something else in the attribute, and where an error is expected.

    ## References

    - [unittest.mock: AsyncMock](https://docs.python.org/3/library/unittest.mock.html#unittest.mock.AsyncMock)
    """

    code = "PAM916"
    name = "await-assertion-on-plain-mock"
    summary = "A mock that isn't an AsyncMock is asked about its awaits"
    safety = Safety.MANUAL
    triggers = (b"await_count", b"await_args", b"assert_awaited", b"_any_await", b"_has_awaits", b"_not_awaited")
    pattern = rb"Mock|patch|mocker"
    examples = (
        Example(
            "from unittest.mock import Mock\n"
            "\n"
            "\n"
            "async def test_send():\n"
            "    send = Mock()\n"
            "    await deliver(send)\n"
            "    assert send.await_count\n",
            title="an assertion that always holds",
        ),
        Example(
            "from unittest.mock import AsyncMock\n"
            "\n"
            "\n"
            "async def test_send():\n"
            "    send = AsyncMock()\n"
            "    await deliver(send)\n"
            "    assert send.await_count == 1\n",
            title="no finding: an AsyncMock",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each place."""
        found = list(claims(context.suite))
        changed = {each.node for each in decisions(context) if each.draft is not None} if found else set()
        for claim in sorted(found, key=lambda each: context.module.span(each.use.node).line):
            changes = place_of(claim.subject) in changed
            if not changes and not is_expected_to_raise(context.module, claim.use.node):
                yield self.finding(context, claim.use.node, _message(context, claim))


def _message(context: Context, claim: Claim) -> str:
    text, kind = f"`{' '.join(context.module.segment(claim.use.node).split())}`", claim.kinds
    instead = f"write `AsyncMock` if the code awaits it, else `{_twin(claim.use.name)}`"
    if claim.use.kind is Kind.ASSERT:
        return f"{text} raises AttributeError, since {kind} counts no awaits: {instead}"
    what = "is a mock itself, since"
    always = ", and always true" if _is_truth(context, claim.use.node) else ", whatever the code does"
    return f"{text} {what} {kind} counts no awaits{always}: {instead}"


def _twin(name: str) -> str:
    """Return the name that says the same of calls."""
    return name.replace("awaited", "called").replace("has_awaits", "has_calls").replace("await", "call")


def _is_truth(context: Context, node: ast.AST) -> bool:
    return isinstance(context.module.parents[node], (ast.Assert, ast.BoolOp, ast.If))
