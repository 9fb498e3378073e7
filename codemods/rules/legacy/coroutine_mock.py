"""PAM703: CoroutineMock becomes AsyncMock."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.model import Finding, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.legacy._asynctest import COROUTINE_MOCK, Binding, Use, bindings, uses
from codemods.rules.legacy._coroutine_mock_edits import Names, convert
from codemods.rules.legacy._coroutine_mocks import Coroutines, coroutine_mocks
from codemods.rules.legacy._mock_module import held_back, is_mock_module, switched
from codemods.rules.legacy._same_names import is_identical
from codemods.rules.legacy._unittest_names import moved_imports
from codemods.rules.mocks._writing import CantWriteError, Draft


class CoroutineMock(Rule):
    """Makes asynctest's `CoroutineMock` the `AsyncMock` of `unittest.mock`.

    ## What it does

    Writes `AsyncMock` for `CoroutineMock`, called or as `new_callable`. Where nothing says what it gives and its result is
    used, or may be, it gives a `MagicMock()`, as asynctest's does: what hangs below the result of an `AsyncMock` is async.
    A finished future that it gives is unwrapped (PAM305, PAM306), since asynctest awaits what its mock gives, and an
    AsyncMock doesn't. The import moves with it. `assert send.awaited`, which an AsyncMock hasn't, becomes
    `send.assert_awaited()`, and `assert not send.awaited` becomes `send.assert_not_awaited()`.

    ## Why

    `import asynctest` fails since Python 3.11. `unittest.mock` has had an AsyncMock since 3.8, with the same assertions
    about awaits.

    ## Safety

    Safe where it can be told what the mock gives. Review where that may be an awaitable, which an AsyncMock hands on,
    where code that can't be followed gets a mock that nothing calls (it may call attributes, which are sync now), where a
    decorator makes one `MagicMock()` for all runs of its test, where it wraps something, where `awaited` is asserted, and in
    `isinstance`.
    Left alone, with the reason: mocks whose attributes are used (an AsyncMock's are async), with a `spec`, whose `awaited`
    is waited for or read in another file, that give an awaitable which can't be unwrapped, and the class itself where it is handed on.

    ## References

    - [asynctest: CoroutineMock](https://asynctest.readthedocs.io/en/latest/asynctest.mock.html#asynctest.CoroutineMock)
    - [unittest.mock: AsyncMock](https://docs.python.org/3/library/unittest.mock.html#unittest.mock.AsyncMock)
    """

    code = "PAM703"
    name = "coroutine-mock"
    summary = "asynctest's CoroutineMock becomes AsyncMock"
    triggers = (b"asynctest",)
    examples = (
        Example(
            "from asynctest import CoroutineMock\n"
            "\n"
            "\n"
            "async def test_send():\n"
            "    send = CoroutineMock(return_value=3)\n"
            "    assert await send(1) == 3\n"
            "    send.assert_awaited_once_with(1)\n",
            "from unittest.mock import AsyncMock\n"
            "\n"
            "\n"
            "async def test_send():\n"
            "    send = AsyncMock(return_value=3)\n"
            "    assert await send(1) == 3\n"
            "    send.assert_awaited_once_with(1)\n",
        ),
        Example(
            "import asynctest\n"
            "\n"
            "\n"
            "async def test_get():\n"
            "    get = asynctest.CoroutineMock()\n"
            "    response = await get(1)\n"
            "    assert response.json() is not None\n",
            "from unittest.mock import AsyncMock, MagicMock\n"
            "\n"
            "\n"
            "async def test_get():\n"
            "    get = AsyncMock(return_value=MagicMock())\n"
            "    response = await get(1)\n"
            "    assert response.json() is not None\n",
            title="its result is used",
        ),
        Example(
            "from asynctest import CoroutineMock\n"
            "\n"
            "\n"
            "async def test_close():\n"
            "    client = CoroutineMock()\n"
            "    await client()\n"
            "    client.close()\n",
            title="its attributes are used",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each CoroutineMock, or one for all of them where they share the file's own name."""
        if "asynctest" in context.project.own_libraries:
            return
        bound = bindings(context.module)
        found = uses(context.module, bound)
        judged = coroutine_mocks(context.suite, found)
        for binding in dict.fromkeys(each.use.binding for each in judged):
            mine = [each for each in judged if each.use.binding == binding]
            if is_mock_module(binding):
                yield from self._switched(context, binding, found, mine)
            elif binding.bound == "AsyncMock":
                yield from self._renamed(context, bound, binding, mine)
            else:
                yield from (self._one(context, bound, each) for each in mine)

    def _one(self, context: Context, bound: list[Binding], found: Coroutines) -> Finding:
        if found.reason is not None:
            return self._left(context, found, found.reason)
        draft = Draft()
        try:
            convert(Names(context, bound), found, draft)
        except CantWriteError as error:
            return self._left(context, found, str(error))
        draft.released.append(found.use.binding.bound)
        return self._made(context, _place(found), draft, found.doubt)

    def _renamed(
        self, context: Context, bound: list[Binding], binding: Binding, found: list[Coroutines]
    ) -> Iterator[Finding]:
        """Yield what ``from asynctest import CoroutineMock as AsyncMock`` becomes: the name is right already."""
        if stuck := [each for each in found if each.reason]:
            yield from (self._left(context, each, each.reason or "") for each in stuck)
            return
        removed, imports = moved_imports(context.module, [binding])
        draft = Draft(edits=[removed], imports=[*imports])
        try:
            for each in found:
                convert(Names(context, bound), each, draft, keep_name=True)
        except CantWriteError as error:
            yield self._left(context, found[0], str(error))
            return
        yield self._made(context, binding.statement, draft, next((each.doubt for each in found if each.doubt), None))

    def _switched(
        self, context: Context, binding: Binding, found: list[Use], mine: list[Coroutines]
    ) -> Iterator[Finding]:
        """Yield what ``from asynctest import mock`` becomes, with all that is reached through it."""
        result = switched(context, binding, found)
        if result is not None:
            others = (each.name for each in found if each.binding == binding and each.name != COROUTINE_MOCK)
            doubt = None if all(map(is_identical, others)) else "if no result of the other mocks is async"
            yield self._made(context, binding.statement, result[0], result[1] or doubt)
            return
        yield from (self._left(context, each, each.reason) for each in mine if each.reason)
        if not all(each.reason for each in mine):
            reason = held_back(context, binding, found) or "`MagicMock` is another name here"
            message = f"asynctest's `{COROUTINE_MOCK}` left alone: `{binding.bound}` has to stay asynctest's: {reason}"
            yield self.finding(context, binding.statement, message)

    def _made(self, context: Context, node: ast.AST, draft: Draft, doubt: str | None) -> Finding:
        message = "`AsyncMock` of unittest instead of asynctest's `CoroutineMock`"
        return self.finding(
            context, node, f"{message}, {doubt}" if doubt else message, edits=draft.edits,
            imports=tuple(dict.fromkeys(draft.imports)), released=tuple(dict.fromkeys(draft.released)),
            safety=Safety.REVIEW if doubt else Safety.SAFE, also=tuple(sorted(set(draft.also))),
        )  # fmt: skip

    def _left(self, context: Context, found: Coroutines, reason: str) -> Finding:
        return self.finding(context, _place(found), f"asynctest's `{COROUTINE_MOCK}` left alone: {reason}")


def _place(found: Coroutines) -> ast.AST:
    return found.creation.call if found.creation is not None else found.use.node
