"""PAM701: what asynctest has as unittest has it is imported from there."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.analysis.mocking.mock_flow import Flow
from codemods.edits.calls import add_keyword, replace_attribute
from codemods.edits.imports import remove_imported_names
from codemods.edits.statements import keep_body, keep_other
from codemods.model import Edit, Finding, Import, Safety
from codemods.rules.base import Context, Example, Rule
from codemods.rules.legacy._asynctest import CHECKS, COROUTINE_MOCK, TEST_CASE, Binding, Use, bindings, uses
from codemods.rules.legacy._guarded import guarded, others
from codemods.rules.legacy._mock_module import is_mock_module, makes_coroutines, switched
from codemods.rules.legacy._same_names import is_identical, is_same, obstacle, result_used, without
from codemods.rules.legacy._unittest_names import moved_imports, written

_OTHERS = CHECKS | {COROUTINE_MOCK, TEST_CASE}
"""The work of other rules."""
_DEAD = "asynctest can't be imported since Python 3.11"


class AsynctestNames(Rule):
    """Imports from `unittest` and `unittest.mock` what asynctest has by the same name.

    ## What it does

    `from asynctest import MagicMock, patch` becomes `from unittest.mock import MagicMock, patch`; `asynctest.skipIf` comes
    from `unittest`. An import of asynctest that nothing uses any more goes. Where asynctest is imported under a test of the
    version or a `try`, for want of `unittest`'s or in front of it, the import from `unittest` stays alone. `asynctest.TestCase` is PAM702's work,
    `CoroutineMock` PAM703's. The requirement of asynctest stays: take it out when nothing needs it any more.

    ## Why

    asynctest has had no release since 2019, and `import asynctest` fails since Python 3.11, because `asyncio.coroutine` is
    gone. What it added is part of `unittest` since Python 3.8.

    ## Safety

    Safe for `call`, `ANY`, `DEFAULT`, `sentinel`, `PropertyMock` and what asynctest took from unittest: they are the same
    objects; and for an import that was asynctest's only for want of `unittest`'s. Review for the mocks and `patch`: where they stand for something async they make an AsyncMock instead of a
    CoroutineMock, whose results are async too, and so is what `async with MagicMock() as x` gives. A patch of an async
    function whose result the file configures gets `return_value=MagicMock()`, which is what asynctest gave.
    Left alone, with the reason: what unittest hasn't (`ClockedTestCase`, `exhaust_callbacks`, `return_once`, mocks of
    sockets, `scope=`), patches around generators, and a mock whose `spec` may be a function: unittest's counts as a coroutine
    function, whatever the function is.

    ## References

    - [asynctest: documentation](https://asynctest.readthedocs.io/en/latest/)
    - [What's new in Python 3.8: unittest](https://docs.python.org/3/whatsnew/3.8.html#unittest)
    """

    code = "PAM701"
    name = "asynctest-names"
    summary = "What asynctest has as unittest has it is imported from there"
    safety = Safety.REVIEW
    triggers = (b"asynctest",)
    examples = (
        Example(
            "from asynctest import MagicMock, patch\n"
            "\n"
            "\n"
            "def test_it():\n"
            '    with patch("os.getcwd", MagicMock(return_value="/")) as getcwd:\n'
            '        assert getcwd() == "/"\n',
            "from unittest.mock import MagicMock, patch\n"
            "\n"
            "\n"
            "def test_it():\n"
            '    with patch("os.getcwd", MagicMock(return_value="/")) as getcwd:\n'
            '        assert getcwd() == "/"\n',
        ),
        Example(
            "import asynctest\n\n\ndef test_it(client):\n    client.send.assert_has_calls([asynctest.mock.call(1)])\n",
            "from unittest.mock import call\n\n\ndef test_it(client):\n    client.send.assert_has_calls([call(1)])\n",
        ),
        Example(
            "import asynctest\n\n\nclass TestTimer(asynctest.ClockedTestCase):\n"
            "    async def test_it(self):\n        await self.advance(1)\n",
            title="unittest has no such class",
        ),
    )

    def find(self, context: Context) -> Iterator[Finding]:
        """Yield a finding for each import of asynctest, and for each name that has to stay."""
        if "asynctest" in context.project.own_libraries:
            return
        yield from self._guarded(context)
        bound = bindings(context.module)
        every = uses(context.module, bound) if bound else []
        found = [each for each in every if each.name not in _OTHERS]
        flow = Flow(context.suite)
        reasons = {each: reason for each in found if (reason := _reason(context, flow, each)) is not None}
        yield from self._named(context, flow, bound, found, reasons)
        free = [each for each in found if each not in reasons and _is_attribute(each)]
        yield from self._reached(context, flow, bound, free)
        for binding in filter(is_mock_module, bound):
            yield from self._switched(context, binding, every)
        yield from self._unused(context, bound)
        for each, reason in _first_of_each(reasons):
            message = f"{_DEAD}; `{context.module.segment(each.node)}` left alone: {reason}"
            yield self.finding(context, each.node, message)

    def _guarded(self, context: Context) -> Iterator[Finding]:
        """Yield the imports that are asynctest's only where unittest hasn't the names, or where there is asynctest."""
        for node, is_last_resort in guarded(context.module):
            edit = keep_body(context.module, node) if is_last_resort else keep_other(context.module, node)
            safety = Safety.SAFE if is_last_resort else Safety.REVIEW
            message = f"{_DEAD}, and unittest has all that is imported here"
            yield self.finding(
                context, node, message, edits=[edit], safety=safety, released=("sys",) * isinstance(node, ast.If)
            )
        for other in others(context.module):
            message = f"{_DEAD}; left alone: what the guard around the import is for can't be told"
            yield self.finding(context, other, message)

    def _named(
        self, context: Context, flow: Flow, bound: list[Binding], found: list[Use], reasons: dict[Use, str]
    ) -> Iterator[Finding]:
        """Yield what the imports by name, ``from asynctest import patch``, become."""
        kept = {each.binding for each in reasons}
        used = {each.binding for each in found}
        for statement in dict.fromkeys(each.statement for each in bound):
            mine = [each for each in bound if each.statement is statement and is_same(each.name) and each not in kept]
            moved = [each for each in mine if each in used]
            if not moved:
                continue
            edits, imports = _children(context, flow, bound, [each for each in found if each.binding in moved])
            names = ", ".join(f"`{each.name}`" for each in moved)
            removed, homes = moved_imports(context.module, moved)
            yield self.finding(
                context, statement, f"{_DEAD}: {names} from unittest", imports=(*homes, *imports),
                edits=[removed, *edits], safety=_safety(each.name for each in moved),
            )  # fmt: skip

    def _reached(self, context: Context, flow: Flow, bound: list[Binding], found: list[Use]) -> Iterator[Finding]:
        """Yield what ``asynctest.patch`` becomes, with all others that are reached in this way."""
        edits: list[Edit] = []
        imports: list[Import] = []
        for each in found:
            reference = written(context, bound, each.name, each.node)
            if reference is None:
                message = f"{_DEAD}; left alone: `{each.name}` is another name here"
                yield self.finding(context, each.node, message)
                return
            assert isinstance(each.node, ast.Attribute)
            edits.append(replace_attribute(context.module, each.node, reference.text))
            imports += reference.imports
        if edits:
            more, others = _children(context, flow, bound, found)
            names = ", ".join(f"`{name}`" for name in dict.fromkeys(each.name for each in found))
            yield self.finding(
                context, found[0].node, f"{_DEAD}: {names} from unittest", edits=[*edits, *more],
                imports=tuple(dict.fromkeys((*imports, *others))), safety=_safety(each.name for each in found),
                released=tuple({each.binding.bound: None for each in found}),
            )  # fmt: skip

    def _switched(self, context: Context, binding: Binding, every: list[Use]) -> Iterator[Finding]:
        """Yield what ``from asynctest import mock`` becomes where no CoroutineMock is reached through it."""
        result = switched(context, binding, every) if not makes_coroutines(binding, every) else None
        if result is not None:
            safety = _safety(each.name for each in every if each.binding == binding)
            message = f"{_DEAD}: `mock` from unittest"
            draft = result[0]
            yield self.finding(
                context, binding.statement, message, edits=draft.edits, imports=tuple(draft.imports), safety=safety
            )

    def _unused(self, context: Context, bound: list[Binding]) -> Iterator[Finding]:
        """Yield the imports that nothing needs any more: one in a conftest isn't a fixture that tests get from there."""
        module = context.module
        if not (context.suite.is_test_module or module.path.rpartition("/")[2] == "conftest.py"):
            return
        texts = {each.value for each in module.nodes(ast.Constant) if isinstance(each.value, str)}
        for statement in dict.fromkeys(each.statement for each in bound):
            line = "".join(module.lines[statement.lineno - 1 : statement.end_lineno])
            names = [each.bound for each in bound if each.statement is statement and each.bound != "*"]
            unused = [name for name in names if not module.loads.get(name) and name not in texts]
            if any(each.bound == "*" and each.statement is statement for each in bound):
                yield self.finding(context, statement, f"{_DEAD}; left alone: it can't be told what `*` brings")
            if unused and "noqa" not in line:
                edits = [remove_imported_names(module, statement, unused)]
                yield self.finding(context, statement, f"{_DEAD}, and nothing here uses it", edits=edits)


def _reason(context: Context, flow: Flow, use: Use) -> str | None:
    return obstacle(context.suite, flow, use) if is_same(use.name) else without(use.name)


def _is_attribute(use: Use) -> bool:
    return isinstance(use.node, ast.Attribute) and not is_mock_module(use.binding)


def _first_of_each(reasons: dict[Use, str]) -> list[tuple[Use, str]]:
    first: dict[str, tuple[Use, str]] = {}
    for use, reason in reasons.items():
        first.setdefault(use.name, (use, reason))
    return list(first.values())


def _safety(names: Iterator[str]) -> Safety:
    return Safety.SAFE if all(map(is_identical, names)) else Safety.REVIEW


def _children(
    context: Context, flow: Flow, bound: list[Binding], found: list[Use]
) -> tuple[list[Edit], tuple[Import, ...]]:
    """Return what has patches of async functions give a MagicMock, as asynctest's did."""
    calls = [call for each in found if (call := result_used(context.suite, flow, each)) is not None]
    edits: list[Edit] = []
    imports: list[Import] = []
    for call in calls:
        reference = written(context, bound, "MagicMock", call)
        if reference is not None:
            text = f"{reference.text}()"
            edits.append(add_keyword(context.module, call, keyword="return_value", text=text))
            imports += reference.imports
    return edits, tuple(dict.fromkeys(imports))
