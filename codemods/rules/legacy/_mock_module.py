"""A file's name for asynctest's module of mocks, which unittest has as well: all of its uses move, or none."""

from __future__ import annotations

from codemods.analysis.mocking.mock_flow import Flow
from codemods.edits.calls import add_keyword
from codemods.rules.base import Context
from codemods.rules.legacy._asynctest import COROUTINE_MOCK, Binding, Use
from codemods.rules.legacy._coroutine_mock_edits import Names, convert
from codemods.rules.legacy._coroutine_mocks import coroutine_mocks
from codemods.rules.legacy._same_names import is_same, obstacle, result_used
from codemods.rules.legacy._unittest_names import moved_imports
from codemods.rules.mocks._writing import CantWriteError, Draft


def is_mock_module(binding: Binding) -> bool:
    """Return whether a name is ``mock`` of ``from asynctest import mock``, or an alias of it."""
    return binding.dotted == "asynctest.mock"


def makes_coroutines(binding: Binding, found: list[Use]) -> bool:
    """Return whether any CoroutineMock is reached through the module."""
    return any(each.name == COROUTINE_MOCK and each.binding == binding for each in found)


def held_back(context: Context, binding: Binding, found: list[Use]) -> str | None:
    """Return what of a file unittest's module doesn't do, with its line."""
    mine = [each for each in found if each.binding == binding]
    flow = Flow(context.suite)
    for use in (each for each in mine if each.name != COROUTINE_MOCK):
        missing = None if is_same(use.name) else f"it has no `{use.name}`"
        if (reason := missing or obstacle(context.suite, flow, use)) is not None:
            return f"{reason} (line {use.node.lineno})"
    stuck = ((each.reason, each.use.node.lineno) for each in coroutine_mocks(context.suite, mine) if each.reason)
    return next((f"{reason} (line {line})" for reason, line in stuck), None)


def switched(context: Context, binding: Binding, found: list[Use]) -> tuple[Draft, str | None] | None:
    """Return what has a file take the module from unittest, and a doubt; None if anything speaks against it."""
    mine = [each for each in found if each.binding == binding]
    if not mine or held_back(context, binding, found) is not None:
        return None
    coroutines = coroutine_mocks(context.suite, mine)
    others = [each for each in mine if each.name != COROUTINE_MOCK]
    flow = Flow(context.suite)
    removed, imports = moved_imports(context.module, [binding])
    draft = Draft(edits=[removed], imports=[*imports])
    names = Names(context, alias=binding.bound)
    try:
        for each in coroutines:
            convert(names, each, draft)
    except CantWriteError:
        return None
    for use in others:
        if (call := result_used(context.suite, flow, use)) is not None:
            text = f"{binding.bound}.MagicMock()"
            draft.edits.append(add_keyword(context.module, call, keyword="return_value", text=text))
    return draft, next((each.doubt for each in coroutines if each.doubt), None)
