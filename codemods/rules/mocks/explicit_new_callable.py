"""PAM304: patches of an async function say that they put an AsyncMock there."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping

from codemods.analysis.mocking.patch_targets import Target, patch_answer, target_of
from codemods.edits.calls import add_keyword
from codemods.model import Finding
from codemods.rules.base import Context, Example, Rule
from codemods.rules.mocks._targets import async_mock, name_of, shown
from codemods.semantics.answers import Answer
from codemods.semantics.file.module import Module
from codemods.semantics.memo import once
from codemods.semantics.pytest.suite import Suite
from codemods.semantics.pytest.values.mocks import ASYNC, mock_class, mock_name
from codemods.semantics.pytest.values.patches import Patch, patches

_DECIDING = frozenset({None, "autospec", "spec", "spec_set"})
"""Keywords by which something else decides what patch makes, or may do so."""


class ExplicitNewCallable(Rule):
    """Names the AsyncMock that `patch` puts in the place of an async function.

    ## What it does

    Adds `new_callable=AsyncMock` to `patch`, `patch.object` and `mocker.patch` without `new`, `new_callable`, `autospec` or
    `spec` where the target is known to be an `async def`, of the file, the project or an installed package.

    ## Why

    `patch` chooses an AsyncMock by itself where it finds a coroutine function. Who reads the test has to know that, and a
    target that becomes sync, or gets a decorator, silently changes what the test awaits.

    ## Safety

    Safe: `patch` makes the same mock on every Python with AsyncMock. Left alone are targets that are decorated, async
    generators or unknown, and those that the same test or a fixture of the file replaces by something else, for then `patch`
    finds that and not the function.

    ## References

    - [unittest.mock: patch](https://docs.python.org/3/library/unittest.mock.html#unittest.mock.patch)
    """

    code = "PAM304"
    name = "explicit-new-callable"
    summary = "Patches of an async function say `new_callable=AsyncMock`"
    default = False
    triggers = (b"patch",)
    examples = (
        Example(
            "from unittest.mock import patch\n"
            "\n"
            "\n"
            "class Service:\n"
            "    async def fetch(self):\n"
            "        return 1\n"
            "\n"
            "\n"
            '@patch.object(Service, "fetch", return_value=2)\n'
            "async def test_fetch(fetch):\n"
            "    assert await Service().fetch() == 2\n",
            "from unittest.mock import AsyncMock, patch\n"
            "\n"
            "\n"
            "class Service:\n"
            "    async def fetch(self):\n"
            "        return 1\n"
            "\n"
            "\n"
            '@patch.object(Service, "fetch", return_value=2, new_callable=AsyncMock)\n'
            "async def test_fetch(fetch):\n"
            "    assert await Service().fetch() == 2\n",
        ),
        Example(
            "from unittest.mock import patch\n"
            "\n"
            "\n"
            "class Service:\n"
            "    def fetch(self):\n"
            "        return 1\n"
            "\n"
            "\n"
            '@patch.object(Service, "fetch", return_value=2)\n'
            "def test_fetch(fetch):\n"
            "    assert Service().fetch() == 2\n",
            title="the target is sync",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each patch that leaves the choice to patch."""
        if "asynctest" in context.project.own_libraries:
            return
        for call in context.module.nodes(ast.Call):
            # asynctest's own patch makes a CoroutineMock (PAM701, PAM703).
            is_other = (context.module.resolve(call.func) or "").startswith("asynctest.")
            for patch in patches(context.module, call) if _is_bare(call) and not is_other else ():
                if patch.new is None and patch.new_callable is None:
                    yield from self._of(context, patch)

    def _of(self, context: Context, patch: Patch) -> Iterator[Finding]:
        target = target_of(context.suite, patch)
        if patch_answer(context.suite, target) is not Answer.ASYNC or _is_replaced(context, patch, target):
            return
        if (written := async_mock(context, patch.call)) is not None:
            edit = add_keyword(context.module, patch.call, keyword="new_callable", text=written.text)
            message = f"`{name_of(target)}` is an async function, so that patch makes an `AsyncMock`: say so"
            evidence = shown(context, target)
            yield self.finding(context, patch.call, message, edits=[edit], imports=written.imports, evidence=evidence)


def _is_bare(call: ast.Call) -> bool:
    """Return whether a call of patch has nothing that may say what it makes."""
    return _DECIDING.isdisjoint(each.arg for each in call.keywords)


def _is_replaced(context: Context, patch: Patch, target: Target) -> bool:
    """Return whether something else may stand at the target when the patch starts."""
    module = context.module
    here = module.outer_definition(patch.call)
    others = (each for each in _replacements(context.suite).get(target, ()) if each is not patch.call)
    around = (module.outer_definition(each) for each in (*module.stores.get(name_of(target), ()), *others))
    return any(each is here or each not in context.suite.test_nodes for each in around)


@once
def _replacements(suite: Suite) -> Mapping[Target, list[ast.Call]]:
    """Return the patches that put anything but a mock of patch's own choice in a place."""
    found: defaultdict[Target, list[ast.Call]] = defaultdict(list)
    for call in suite.module.nodes(ast.Call):
        for each in patches(suite.module, call):
            if _puts_something_else(suite.module, each):
                found[target_of(suite, each)].append(each.call)
    return dict(found)


def _puts_something_else(module: Module, patch: Patch) -> bool:
    if patch.new is not None:
        return mock_class(module, patch.new) != ASYNC
    if patch.new_callable is not None:
        return mock_name(module, patch.new_callable.value) != ASYNC
    return not _is_bare(patch.call)
