"""PAM917: a mock with many AsyncMocks that are made by hand."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.diagnostics._async_children import Parent, parents_of_many

_MANY = 4


class ManyAsyncChildren(Rule):
    """Finds mocks whose async methods are made by hand, one by one.

    ## What it does

    Lists mocks without a spec that get four or more AsyncMocks as attributes in one function, or in the call that makes
    them.

    ## Why

    Such a mock agrees to everything: to methods that the class doesn't have, to arguments that they don't take, and a
    method that is made async in the class stays sync here until somebody remembers. `create_autospec(Client, instance=True)`
    or `Mock(spec=Client)` knows which methods are async, has an AsyncMock for each, and raises `AttributeError` for those
    that don't exist, the first also `TypeError` for wrong arguments.

    ## Safety

    Changes nothing, and runs only if selected: which class the mock stands for isn't said. Mocks with a spec are passed
    over.

    ## References

    - [unittest.mock: autospeccing](https://docs.python.org/3/library/unittest.mock.html#autospeccing)
    """

    code = "PAM917"
    name = "many-asyncmock-children"
    summary = "Four or more AsyncMocks are put in one mock by hand"
    safety = Safety.MANUAL
    default = False
    triggers = (b"AsyncMock",)
    pattern = rb"(?:AsyncMock[\s\S]*?){4}"
    examples = (
        Example(
            "from unittest.mock import AsyncMock, Mock\n"
            "\n"
            "import pytest\n"
            "\n"
            "\n"
            "@pytest.fixture\n"
            "def client():\n"
            "    client = Mock()\n"
            "    client.connect = AsyncMock()\n"
            "    client.send = AsyncMock()\n"
            '    client.receive = AsyncMock(return_value=b"")\n'
            "    client.close = AsyncMock()\n"
            "    return client\n",
            title="a mock that knows nothing of its class",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each such mock."""
        for parent in parents_of_many(context.suite, _MANY):
            yield self.finding(context, parent.node, _message(parent))


def _message(parent: Parent) -> str:
    shown = ", ".join(f"`{each}`" for each in parent.children[:3])
    more = len(parent.children) - 3
    return (
        f"`{parent.text}` gets {len(parent.children)} AsyncMocks by hand ({shown} and {more} more) and agrees to any name "
        "and arguments: `create_autospec(Class, instance=True)` or `spec=Class` knows which methods are async"
    )
