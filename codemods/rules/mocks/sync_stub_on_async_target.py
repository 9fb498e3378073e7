"""PAM310: lambdas in place of an async function become AsyncMocks."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.mocking.patch_targets import Target, patch_answer, target_of
from codemods.analysis.mocking.xfail import expects_failure
from codemods.edits.calls import set_argument
from codemods.model import Evidence, Finding
from codemods.rules.base import Context, Example, Rule
from codemods.rules.mocks._stubs import given_by
from codemods.rules.mocks._targets import async_mock, name_of, shown
from codemods.semantics.answers import Answer
from codemods.semantics.asyncio_names import TASK_MAKERS
from codemods.semantics.file.arguments import arguments
from codemods.semantics.file.order import calls_in, last_name
from codemods.semantics.memo import once
from codemods.semantics.pytest.classes import local_class
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.patches import Patch, patches_by_call, receivers
from codemods.semantics.pytest.values.paths import text_of_string

_WAITERS = TASK_MAKERS | {
    "gather", "run", "run_coroutine_threadsafe", "run_until_complete", "shield", "start_soon", "wait", "wait_for",
}  # fmt: skip
"""What waits for a coroutine: where a test replaces it, nothing awaits what an AsyncMock gives."""


class SyncStubOnAsyncTarget(Rule):
    """Replaces lambdas that stand in for an async function by AsyncMocks.

    ## What it does

    `monkeypatch.setattr(app, "fetch", lambda *args: 1)` becomes `monkeypatch.setattr(app, "fetch", AsyncMock(return_value=1))`,
    and so do `patch`, `patch.object` and `mocker.patch` with a lambda, where the target is known to be an `async def`. Unless
    the lambda gives a constant, it is kept: `AsyncMock(side_effect=lambda url: [url])` makes a new list for each call.

    ## Why

    What replaces an async function is awaited: `await 1` raises `TypeError`.

    ## Safety

    Safe: only where the target is written with `async def`, in the file, the project or an installed package, and what the
    lambda gives is certainly no awaitable. Left alone are lambdas in the place of a method of a class that have to be kept, as
    a mock gets no `self`; those that the test uses by a name; and those in a file that replaces what would await them, or in a
    test that expects the `TypeError`.

    ## References

    - [unittest.mock: AsyncMock](https://docs.python.org/3/library/unittest.mock.html#unittest.mock.AsyncMock)
    - [pytest: monkeypatch](https://docs.pytest.org/en/stable/how-to/monkeypatch.html)
    """

    code = "PAM310"
    name = "sync-stub-on-async-target"
    summary = "Lambdas in place of an async function become AsyncMocks"
    triggers = (b"lambda",)
    in_async_files = True
    examples = (
        Example(
            "import sys\n"
            "\n"
            "\n"
            "async def fetch():\n"
            "    return 1\n"
            "\n"
            "\n"
            "async def test_fetch(monkeypatch):\n"
            '    monkeypatch.setattr(sys.modules[__name__], "fetch", lambda: 2)\n'
            "    assert await fetch() == 2\n",
            "import sys\n"
            "from unittest.mock import AsyncMock\n"
            "\n"
            "\n"
            "async def fetch():\n"
            "    return 1\n"
            "\n"
            "\n"
            "async def test_fetch(monkeypatch):\n"
            '    monkeypatch.setattr(sys.modules[__name__], "fetch", AsyncMock(return_value=2))\n'
            "    assert await fetch() == 2\n",
        ),
        Example(
            "from unittest.mock import patch\n"
            "\n"
            "\n"
            "async def fetch(key):\n"
            "    return key\n"
            "\n"
            "\n"
            "async def test_fetch():\n"
            '    with patch(f"{__name__}.fetch", lambda key: {key: 1}):\n'
            '        assert await fetch("a") == {"a": 1}\n',
            "from unittest.mock import AsyncMock, patch\n"
            "\n"
            "\n"
            "async def fetch(key):\n"
            "    return key\n"
            "\n"
            "\n"
            "async def test_fetch():\n"
            '    with patch(f"{__name__}.fetch", AsyncMock(side_effect=lambda key: {key: 1})):\n'
            '        assert await fetch("a") == {"a": 1}\n',
            title="the lambda is kept",
        ),
        Example(
            "import sys\n"
            "\n"
            "\n"
            "def fetch():\n"
            "    return 1\n"
            "\n"
            "\n"
            "def test_fetch(monkeypatch):\n"
            '    monkeypatch.setattr(sys.modules[__name__], "fetch", lambda: 2)\n'
            "    assert fetch() == 2\n",
            title="the target is sync",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each lambda that is put in the place of an async function."""
        found = [each for those in patches_by_call(context.module).values() for each in those]
        stored = (each.attr for each in context.module.nodes(ast.Attribute) if isinstance(each.ctx, ast.Store))
        if any(_waits(context, each) for each in found) or not _WAITERS.isdisjoint(stored):
            return
        for patch in found:
            if isinstance(patch.new, ast.Lambda) and not receivers(context.module, patch):
                yield from self._of(context, patch, patch.new)

    def _of(self, context: Context, patch: Patch, stub: ast.Lambda) -> Iterator[Finding]:
        target = target_of(context.suite, patch)
        if patch_answer(context.suite, target) is not Answer.ASYNC or _expects_error(context, patch.call):
            return
        if _is_called_sync(context, patch.call, name_of(target).rpartition(".")[2]):
            return
        evidence = shown(context, target)
        given = given_by(context, stub, keeps=not _binds_self(context, patch, target, evidence))
        written = async_mock(context, patch.call) if given is not None else None
        if written is not None:
            index = next(i for i, each in enumerate(arguments(patch.call)) if stub in (each, getattr(each, "value", 0)))
            edit = set_argument(context.module, patch.call, index, text=f"{written.text}({given})")
            message = f"a lambda stands for the async function `{name_of(target)}`: what it gives can't be awaited"
            yield self.finding(context, patch.call, message, edits=[edit], imports=written.imports, evidence=evidence)


def _waits(context: Context, patch: Patch) -> bool:
    """Return whether a patch replaces what waits for coroutines."""
    named = patch.attribute or text_of_string(context.module, patch.target) or ""
    return named.rpartition(".")[2] in _WAITERS


def _expects_error(context: Context, call: ast.Call) -> bool:
    """Return whether a test that gets the lambda may expect that it can't be awaited."""
    here = context.module.outer_definition(call)
    return _expects_error_in(context.suite, here if here in context.suite.test_nodes else context.module.tree)


def _is_called_sync(context: Context, call: ast.Call, name: str) -> bool:
    """Return whether the function with the lambda takes what a call of that name gives as it is."""
    module, here = context.module, context.module.outer_definition(call)
    named = [each for each in calls_in(here) if last_name(each.func) == name] if here is not None else []
    return any(not isinstance(module.parents[each], (ast.Await, ast.Call)) for each in named)


@once
def _expects_error_in(suite: Suite, users: ast.AST | None) -> bool:
    calls = calls_in(users or suite.module.tree)
    return any(expects_failure(suite, each, {"TypeError"}) for each in calls)


def _binds_self(context: Context, patch: Patch, target: Target, evidence: tuple[Evidence, ...]) -> bool:
    """Return whether a function at the target may get the object that it is called on, which a mock doesn't."""
    if target.definition is not None:
        if context.module.class_of(target.definition) is None:
            return False
        return patch.owner is None or local_class(context.module, patch.owner) is not None
    is_method = any("." in each.text for each in evidence)
    return is_method and (target.holder is None or target.holder.callee is None)
