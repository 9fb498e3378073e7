"""PAM922: names that the rules look for, and that a star import or a second binding hides."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.diagnostics._hidden_names import Hidden, hidden_by_bindings, hidden_by_stars


class UnresolvableName(Rule):
    """Says which names of a file hide its tests, fixtures or mocks from the other rules.

    ## What it does

    Lists, once for each file, the names that only `from ... import *` can bind and that the rules look for: `asyncio`,
    `pytest`, `pytest_asyncio`, `time`, `unittest`, `Mock` and its like. And lists `asyncio`, `pytest` and `pytest_asyncio`
    where the file binds them to several things (`except ImportError: pytest_asyncio = None`), or to what a call gives
    (`importlib.import_module`; `pytest.importorskip` with a literal name is an import). Only in files with async functions.

    ## Why

    The rules go by what a name means, not by how it is written. `@pytest.mark.asyncio` or `Mock()` isn't seen where it
    can't be told what `pytest` or `Mock` is: such a file looks migrated, and its tests fail. A plain import of the name,
    beside the star import or in its place, shows it.

    ## Safety

    Changes nothing: another import may change what a name means. Names that the file binds itself are known, and passed
    over.

    ## References

    - [pycodestyle: F403, F405](https://docs.astral.sh/ruff/rules/undefined-local-with-import-star-usage/)
    """

    code = "PAM922"
    name = "unresolvable-name"
    summary = "A name that the rules look for is hidden by a star import or a second binding"
    safety = Safety.MANUAL
    triggers = (b"import *", b"asyncio", b"pytest")
    pattern = rb"async\s+def"
    examples = (
        Example(
            "from helpers import *\n"
            "\n"
            "\n"
            "@pytest.mark.asyncio\n"
            "async def test_fetch():\n"
            "    fetch = Mock()\n"
            "    await fetch()\n",
            title="`pytest` and `Mock` from a star import",
        ),
        Example(
            "try:\n"
            "    import pytest_asyncio\n"
            "except ImportError:\n"
            "    pytest_asyncio = None\n"
            "\n"
            "\n"
            "@pytest_asyncio.fixture\n"
            "async def client():\n"
            "    return 1\n",
            title="one name for two things",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for the star imports, and for each name that means several things."""
        module = context.module
        for each in hidden_by_stars(module):
            verb = "comes" if len(each.names) == 1 else "come"
            text = " ".join(module.segment(each.node).split())
            yield self.finding(context, each.node, f"{_listed(each.names)} {verb} from `{text}`: {_unseen(each)}")
        for each in hidden_by_bindings(module):
            value = each.node.value if isinstance(each.node, ast.Assign) else None
            what = "what a call gives" if isinstance(value, ast.Call) else "several things"
            yield self.finding(context, each.node, f"`{each.names[0]}` is bound to {what}: {_unseen(each)}")


def _unseen(hidden: Hidden) -> str:
    what = " and ".join((", ".join(hidden.unseen[:-1]), hidden.unseen[-1]) if hidden.unseen[1:] else hidden.unseen)
    name = "its" if len(hidden.names) == 1 else "their"
    return f"{name} meaning can't be told, and the {what} of the file that need it are passed over; write {_listed(hidden.instead)}"


def _listed(names: Sequence[str]) -> str:
    shown = [f"`{each}`" for each in names]
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if shown[1:] else shown[0]
