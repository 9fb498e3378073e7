"""A file's name for asynctest's module of mocks, which unittest has as well: all of its uses move, or none."""

from __future__ import annotations

from codemods.analysis.mocking.mock_flow import Flow
from codemods.edits.calls import add_keyword
from codemods.rules.base import Context
from codemods.rules.legacy._asynctest import COROUTINE_MOCK, Binding, Use
from codemods.rules.legacy._coroutine_mock_edits import Names, convert
from codemods.rules.legacy._coroutine_mocks import coroutine_mocks
from codemods.rules.legacy._same_names import is_same, obstacle, result_used
from codemods.rules.legacy._unittest_names import import_edits
from codemods.rules.mocks._writing import CantWriteError, Draft


def is_mock_module(binding: Binding) -> bool:
    """Return whether a name is ``mock`` of ``from asynctest import mock``, or an alias of it."""
    return binding.dotted == "asynctest.mock"


def makes_coroutines(binding: Binding, found: list[Use]) -> bool:
    """Return whether any CoroutineMock is reached through the module."""
    return any(each.name == COROUTINE_MOCK and each.binding == binding for each in found)


def switched(context: Context, binding: Binding, found: list[Use]) -> tuple[Draft, str | None] | None:
    """Return what has a file take the module from unittest, and a doubt; None if anything speaks against it."""
    mine = [each for each in found if each.binding == binding]
    flow = Flow(context.suite)
    others = [each for each in mine if each.name != COROUTINE_MOCK]
    coroutines = coroutine_mocks(context.suite, mine)
    if any(not is_same(each.name) or obstacle(context.suite, flow, each) for each in others) or not mine:
        return None
    if any(each.reason for each in coroutines):
        return None
    draft = Draft(edits=import_edits(context.module, [binding]))
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
