"""A pytest plugin that writes which fixtures pytest binds at collection, and on which loops pytest-asyncio runs.

It runs in the suite's environment: no imports but the standard library and pytest, and nothing newer than Python 3.8.
"""

from __future__ import annotations

import functools
import inspect
import json
import os
import sys
from typing import Any

import pytest

_ITEMS: list[Any] = []


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Remember all items, also those that a later hook deselects."""
    _ITEMS.extend(each for each in items if getattr(each, "_fixtureinfo", None) is not None)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: Any) -> None:
    """Write one line for each item."""
    with open(os.environ["FIXTURE_RECORD"], "w", encoding="utf-8") as file:
        for item in _ITEMS:
            file.write(json.dumps(_item(session._fixturemanager, item)) + "\n")


def _item(manager: Any, item: Any) -> dict[str, Any]:
    chains = item._fixtureinfo.name2fixturedefs
    automatic = list(_automatic(manager, item))
    reached = _reached([*automatic, *item._fixtureinfo.initialnames], chains)
    return {
        "nodeid": item.nodeid,
        "module": str(item.path),
        "function": _place(item.function),
        "owners": [_owner(each.obj) for each in reversed(item.listchain()) if isinstance(each, pytest.Class)],
        "parameters": {name: _last(chains, name) for name in item._fixtureinfo.argnames},
        "closure": [_fixture(each) for each in reached],
        "names": sorted(item._fixtureinfo.names_closure),
        "autouse": {name: _last(chains, name) for name in automatic},
        "requests": [_requests(each, chains) for each in reached if _is_nearest(each, chains)],
        "given": sorted(name for name in chains if _is_given(chains[name][-1])),
        "loop": getattr(item, "_loop_scope", None),
        "loops": [_loop(item.config, each) for each in reached],
    }


def _automatic(manager: Any, item: Any) -> Any:
    try:
        return manager._getautousenames(item)
    except AttributeError:  # before pytest 8 it took the id
        return manager._getautousenames(item.nodeid)


def _reached(names: list[str], chains: dict[str, Any]) -> list[Any]:
    """Return all definitions that are set up, the overridden ones that an override asks for included."""
    found: list[Any] = []
    waiting = [(name, -1) for name in names]
    while waiting:
        name, index = waiting.pop()
        chain = chains.get(name, ())
        if len(chain) < -index or chain[index] in found:
            continue
        found.append(chain[index])
        waiting += [(each, index - 1 if each == name else -1) for each in chain[index].argnames]
    return found


def _requests(fixture: Any, chains: dict[str, Any]) -> dict[str, Any]:
    own = list(chains.get(fixture.argname, ()))
    below = own.index(fixture)
    while below and _function(own[below - 1]) is _function(fixture):  # imported in two places
        below -= 1
    found = {name: _last(chains, name) for name in fixture.argnames if name != fixture.argname}
    if fixture.argname in fixture.argnames:
        found[fixture.argname] = _fixture(own[below - 1]) if below else None
    return {"of": _fixture(fixture), "names": found}


def _is_nearest(fixture: Any, chains: dict[str, Any]) -> bool:
    """Say whether no nearer definition is the same function, which two places import."""
    same = [each for each in chains.get(fixture.argname, ()) if _function(each) is _function(fixture)]
    return same[-1:] == [fixture]


def _function(fixture: Any) -> Any:
    return getattr(fixture.func, "__func__", fixture.func)


def _last(chains: dict[str, Any], name: str) -> dict[str, Any] | None:
    return _fixture(chains[name][-1]) if chains.get(name) else None


def _fixture(fixture: Any) -> dict[str, Any] | None:
    if _is_given(fixture):
        return None
    return {"name": fixture.argname, **_place(fixture.func)}


def _is_given(fixture: Any) -> bool:
    """Say whether a definition only stands for the values of a parametrisation."""
    return getattr(fixture.func, "__name__", "") == "get_direct_param_fixture_func"


def _place(function: Any) -> dict[str, Any]:
    function = getattr(getattr(function, "hypothesis", None), "inner_test", function)
    function = inspect.unwrap(function)
    while isinstance(function, functools.partial):
        function = inspect.unwrap(function.func)
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if code is None:
        return {"file": None, "line": 0, "function": repr(function)}
    return {"file": os.path.realpath(code.co_filename), "line": code.co_firstlineno, "function": code.co_name}


def _owner(owner: Any) -> dict[str, Any]:
    file = getattr(sys.modules.get(owner.__module__), "__file__", None)
    return {"file": file and os.path.realpath(file), "qualname": owner.__qualname__}


def _loop(config: Any, fixture: Any) -> str | None:
    """Return the scope of the loop that pytest-asyncio runs a fixture on; see its ``pytest_fixture_setup``."""
    function = getattr(fixture.func, "__func__", fixture.func)
    is_async = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
    if not is_async or not config.pluginmanager.hasplugin("asyncio"):
        return None
    is_own = getattr(function, "_force_asyncio_fixture", False)
    if not is_own and (config.getoption("asyncio_mode", None) or config.getini("asyncio_mode")) != "auto":
        return None
    default = config.getini("asyncio_default_fixture_loop_scope")
    default = None if default == "fixture-scope" else default
    return getattr(function, "_loop_scope", None) or default or fixture.scope
