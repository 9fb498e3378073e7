"""PAM512: coroutine functions that tests define only to run them."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.edits.calls import replace_callee
from codemods.edits.functions import inline_function
from codemods.edits.making import does
from codemods.edits.statements import keep_body, remove_statement
from codemods.model import Finding, Safety
from codemods.rules.awaits._base import DriverRule, assumption, closures_of, first_reason
from codemods.rules.awaits._nested_main import nested_main
from codemods.rules.awaits._writing import draft
from codemods.rules.base import Context, Example, Rule

_OTHERS = (remove_statement, keep_body, replace_callee)
"""Verbs that move the test's statements, or have the function run as a task."""
_BEFORE = """\
import asyncio


def test_get():
    async def main():
        # twice
        client = await connect()
        assert await client.get() == await client.get()

    asyncio.run(main())
"""

_AFTER = """\
import pytest


@pytest.mark.asyncio
async def test_get():
    # twice
    client = await connect()
    assert await client.get() == await client.get()
"""

_LEFT_BEFORE = """\
import asyncio


def test_get(client):
    async def main():
        client = await connect()
        return await client.get()

    assert asyncio.run(main()) == 42
"""


class InlineNestedMain(Rule):
    """Coroutine functions that a sync test defines only to run them become the body of the test.

    ## What it does

    Makes the test `async def`, as PAM510 and PAM511 do, and puts the statements of the function in the place of its
    definition and of the line that runs it.

    ## Why

    `async def main()` and `asyncio.run(main())` are there because the test couldn't await. Now it can.

    ## Safety

    Needs review, as PAM511. Functions with parameters, decorators, a docstring, a `return`, `global` or `nonlocal`, with
    names that mean something in the test, too, with comments beside `def` or the line that runs them, and those that are
    run in another statement than the next stay, and are awaited: that is PAM511's work.

    ## References

    - [asyncio.run](https://docs.python.org/3/library/asyncio-runner.html#asyncio.run)
    """

    code = "PAM512"
    name = "inline-nested-main"
    summary = "A coroutine function that a test defines only to run it becomes the test's body"
    safety = Safety.REVIEW
    triggers = DriverRule.triggers
    pattern = DriverRule.pattern
    examples = (
        Example(_BEFORE, _AFTER),
        Example(_LEFT_BEFORE, title="it returns something, and has a name of the test"),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each test that runs a function of its own; PAM511 says where nothing would run it."""
        for found, closure in closures_of(context) if context.project.without_plugin is None else ():
            main = nested_main(context.module, found, closure)
            if main is None or closure.owner is not None:
                continue
            made = draft(context, found, closure)
            if (
                any(does(each, *_OTHERS) for each in made.edits)
                or first_reason(context, found, closure, made) is not None
            ):
                continue
            test = closure.tests[0].node
            message = f"`{test.name}` defines `{main.node.name}` only to run it; an async test needs no such function"
            made.edits.append(inline_function(context.module, test, main.index))
            yield self.finding(
                context, test, message + assumption(context, found, closure), edits=made.edits,
                imports=tuple(dict.fromkeys(made.imports)), released=tuple(made.released),
                also=("PAM510", "PAM511", *sorted(made.also)),
            )  # fmt: skip
