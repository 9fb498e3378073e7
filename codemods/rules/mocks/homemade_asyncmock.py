"""PAM309: the AsyncMock of unittest.mock takes the place of one that a file makes itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.edits.calls import replace_callee, set_argument, skip_attribute
from codemods.edits.statements import remove_statement
from codemods.model import Edit, Evidence, Finding, Import, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.mocks._homemade import Homemade, awaited_name, homemade, version_shims
from codemods.semantics.file.arguments import arguments
from codemods.semantics.file.module import Module
from codemods.semantics.file.order import walk

_SINCE = (3, 8)


class HomemadeAsyncMock(Rule):
    """Replaces home-made AsyncMocks by the one of `unittest.mock`.

    ## What it does

    Removes, and uses `unittest.mock.AsyncMock` instead of:

    - a class whose only method is an `async def __call__` that calls `MagicMock`'s;
    - a function that makes a mock and returns an `async def` that calls it. Where the file reaches the mock inside through
      `.mock`, it asks the AsyncMock itself: `send.mock.assert_called_once_with(1)` becomes `send.assert_awaited_once_with(1)`;
    - an import of AsyncMock that only runs where `unittest.mock` has one: behind a test of `sys.version_info`, or in a `try`.
      It moves to the other imports, and a comment right above it goes.

    ## Why

    Python has had an AsyncMock since 3.8. Specs, assertions about awaits and everybody's experience come with it.

    ## Safety

    Safe for the class and the imports; review where the project lets a Python older than 3.8 in. Review for the function:
    what it returned was a plain function, which a class binds to its instances, and its result was a `MagicMock` where
    none was given. Left alone if it does anything else, or is used otherwise than called or handed on. Where other files
    import it, the name stays theirs to import: a class `AsyncMock` becomes an import, and what has another name is left
    alone.

    ## References

    - [unittest.mock: AsyncMock](https://docs.python.org/3/library/unittest.mock.html#unittest.mock.AsyncMock)
    """

    code = "PAM309"
    name = "homemade-asyncmock"
    summary = "A home-made AsyncMock becomes the one of unittest.mock"
    triggers = (b"Mock",)
    pattern = rb"async(?<=[ \t\f]async)[\s\\]+def|AsyncMock"
    examples = (
        Example(
            "from unittest import mock\n"
            "\n"
            "\n"
            "class AsyncMock(mock.MagicMock):\n"
            "    async def __call__(self, *args, **kwargs):\n"
            "        return super().__call__(*args, **kwargs)\n"
            "\n"
            "\n"
            "async def test_it():\n"
            "    send = AsyncMock(return_value=1)\n"
            "    assert await send() == 1\n",
            "from unittest import mock\n"
            "\n"
            "\n"
            "async def test_it():\n"
            "    send = mock.AsyncMock(return_value=1)\n"
            "    assert await send() == 1\n",
        ),
        Example(
            "from unittest.mock import MagicMock\n"
            "\n"
            "\n"
            "class AsyncMock(MagicMock):\n"
            "    async def __call__(self, *args, **kwargs):\n"
            "        self.seen = args\n"
            "        return super().__call__(*args, **kwargs)\n"
            "\n"
            "\n"
            "async def test_it():\n"
            "    send = AsyncMock(return_value=1)\n"
            "    assert await send(2) == 1\n"
            "    assert send.seen == (2,)\n",
            title="it does more",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each home-made AsyncMock, and for each import that depends on the version."""
        old = context.project.runs_below(_SINCE)
        for each in homemade(context.module):
            yield from self._replaced(context, each, old)
        for node in version_shims(context.module):
            yield self._plain_import(context, node, old)

    def _plain_import(self, context: Context, node: ast.If | ast.Try, old: Evidence | None) -> Finding:
        names = sorted({each.id for each in walk(node) if isinstance(each, ast.Name)})
        imported = (
            each for statement in node.body if isinstance(statement, ast.ImportFrom) for each in statement.names
        )
        return self.finding(
            context, node, _message("`AsyncMock` needs no shim: `unittest.mock` has it", old),
            edits=[remove_statement(context.module, node)],
            imports=tuple(Import("unittest.mock", each.name, each.asname) for each in imported),
            released=tuple(names), safety=Safety.SAFE if old is None else Safety.REVIEW,
            evidence=() if old is None else (old,),
        )  # fmt: skip

    def _replaced(self, context: Context, found: Homemade, old: Evidence | None) -> Iterator[Finding]:
        module, node = context.module, found.node
        written = _written(context, found)
        uses = [_renamed(module, each, written[0]) for each in found.uses] if written else []
        if written is None or None in uses:
            return
        edits = [remove_statement(module, node), *(each for each in uses if each is not None)]
        edits += [skip_attribute(module, each, awaited_name(each)) for each in found.inner]
        names = {each.id for each in walk(node) if isinstance(each, ast.Name)}
        is_same = isinstance(node, ast.ClassDef) and old is None
        yield self.finding(
            context, node, _message(f"`{node.name}` is home-made: `unittest.mock` has an `AsyncMock`", old), edits=edits,
            imports=written[1], released=tuple(sorted(names)), safety=Safety.SAFE if is_same else Safety.REVIEW,
            evidence=() if old is None else (old,),
        )  # fmt: skip


def _message(message: str, old: Evidence | None) -> str:
    return f"{message} since Python 3.8, and {old.place} lets older ones in" if old is not None else message


def _written(context: Context, found: Homemade) -> tuple[str, tuple[Import, ...]] | None:
    """Return how the file writes AsyncMock once its own is gone, and the import for it; other files may import it."""
    is_given = bool(context.module.answers.users(found.node.name))
    if is_given or not context.suite.is_test_module:
        exported = found.node.name == "AsyncMock" and isinstance(found.node, ast.ClassDef)
        return ("AsyncMock", (Import("unittest.mock", "AsyncMock"),)) if exported else None
    reference = context.reference("unittest.mock.AsyncMock", found.node)
    if reference is not None:
        return reference.text, reference.imports
    if found.node.name == "AsyncMock":
        return "AsyncMock", (Import("unittest.mock", "AsyncMock"),)
    return None


def _renamed(module: Module, use: ast.Name, text: str) -> Edit | None:
    holder = module.parents[use]
    call = module.parents[holder] if isinstance(holder, ast.keyword) else holder
    if not isinstance(call, ast.Call):
        return None
    if call.func is use:
        return replace_callee(module, call, text)
    index = next(i for i, each in enumerate(arguments(call)) if use in (each, getattr(each, "value", None)))
    return set_argument(module, call, index, text=text)
