"""The pytest plugin that notes what becomes of what mocks give, and lets the tests go on as if AsyncMocks gave it.

A copy of this file runs in the environment of the suite beside the recorder: it needs Python 3.8 and pytest 6, and
nothing else. Modules are compiled so that whatever they await goes through ``_awaited``. No type gets an ``__await__``:
whoever asks whether something can be awaited gets the same answer as ever.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import functools
import inspect
import json
import os
import sys
import sysconfig
import threading
import types
import unittest.mock
from collections import defaultdict
from collections.abc import Callable, Generator
from importlib.machinery import SourceFileLoader
from typing import TYPE_CHECKING, Any

import _pytest.assertion.rewrite
import pytest

_ROOT = ""
_EVENTS = ""
_STANDARD = os.path.realpath(sysconfig.get_paths()["stdlib"])
_INSTALLED = ("site-packages", "dist-packages")
_OWN = ("_pytest", "pluggy", "pytest", "pytest_asyncio")
_LIBRARIES = (unittest.mock, *((sys.modules["mock.mock"],) if "mock.mock" in sys.modules else ()))
_ALIKE = (type(None), bool, int, float, complex, str, bytes, tuple, frozenset, type(...))
"""The types of which equal values are often the same object."""
_SOME = 50
"""Mocks in one event: a line has a bounded length."""
_DEEP = 50
_AWAITED = "__codemods_awaited__"

if TYPE_CHECKING:  # `tuple` takes no arguments in Python 3.8
    Place = tuple[Any, ...]  # a file, a line, and a column or None
    Key = tuple[Any, ...]  # the place where a mock is made, and the way from there to one of its children


class _Counts:
    """What became of the calls of one mock in one test."""

    __slots__ = ("asked", "awaitable", "awaited", "calls", "unsure")

    def __init__(self) -> None:
        self.calls = self.awaited = self.awaitable = self.unsure = self.asked = 0


class _Call:
    """A call of a mock, and what it gave."""

    __slots__ = ("counts", "is_awaited", "number", "value")

    def __init__(self, number: int, value: object, counts: _Counts) -> None:
        self.number, self.value, self.counts, self.is_awaited = number, value, counts, False


class _Test:
    """What was seen since the last test ended."""

    def __init__(self) -> None:
        self.counts: dict[Key, _Counts] = defaultdict(_Counts)
        self.calls: dict[int, list[_Call]] = defaultdict(list)
        self.number = 0
        self.failed = False


_test = _Test()
_local = threading.local()
_waiting_calls: dict[str, set[tuple[int, int]]] = defaultdict(set)
"""Where calls stand in each file that are awaited at once."""


def _quietly(function: Callable[..., Any]) -> Callable[..., Any]:
    """Have a note that can't be made change nothing for the suite."""

    @functools.wraps(function)
    def noted(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception:
            return None

    return noted


# Where something is.


@functools.lru_cache(None)  # `cache` is Python 3.9's
def _position(code: types.CodeType, instruction: int) -> tuple[int, int | None] | None:
    if not hasattr(code, "co_positions"):  # before Python 3.11 the line is all that is known
        return None
    for offset, (line, _, column, _) in enumerate(code.co_positions()):
        if offset * 2 == instruction and line is not None:
            return line, column
    return None


def _place(frame: types.FrameType) -> Place:
    found = _position(frame.f_code, frame.f_lasti) or (frame.f_lineno, None)
    return (frame.f_code.co_filename, *found)


@functools.lru_cache(None)  # `cache` is Python 3.9's
def _is_between(path: str) -> bool:
    """Say whether code of a file makes mocks on behalf of others."""
    files = {getattr(each, "__file__", None) for each in _LIBRARIES}
    return path in files or path.startswith("<") or os.sep + "pytest_mock" + os.sep in path or path == __file__


def _caller() -> types.FrameType | None:
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None and _is_between(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def _below(path: str) -> str | None:
    start = _ROOT + os.sep
    return path[len(start) :].replace(os.sep, "/") if path.startswith(start) else None


# Mocks.


def _is_mock(value: object) -> bool:
    return any(each.NonCallableMock in type(value).__mro__ for each in _LIBRARIES)


def _is_async_mock(value: object) -> bool:
    return any(each.AsyncMockMixin in type(value).__mro__ for each in _LIBRARIES if hasattr(each, "AsyncMockMixin"))


def _key(mock: Any) -> Key | None:
    """Return what a mock is known by; None if it isn't made in a file of the project."""
    members: list[str] = []
    for _ in range(_DEEP):
        known = mock.__dict__
        site = known.get("_mock_codemods_site")
        if site is not None:
            return (*site, tuple(reversed(members))) if _below(site[0]) is not None else None
        name, mock = known.get("_mock_new_name") or "", known.get("_mock_new_parent")
        if mock is None or not name:
            return None
        members.append("return_value" if name == "()" else name)
    return None


def _note_site(mock: Any) -> None:
    if mock.__dict__.get("_mock_new_parent") is None and "_mock_codemods_site" not in mock.__dict__:
        patching = getattr(_local, "patch", None)
        frame = _caller() if patching is None else None
        site = patching or (_place(frame) if frame is not None else None)
        if site is not None:
            mock.__dict__["_mock_codemods_site"] = site


def _note_call(mock: Any, value: object) -> None:
    _test.number += 1
    if (key := _key(mock)) is not None:
        counts = _test.counts[key]
        counts.calls += 1
        _test.calls[id(value)].append(_Call(_test.number, value, counts))


def _note_raise(mock: Any) -> None:
    """Note that a call raised; it was awaited if it is what an await waits for: an AsyncMock would raise there too."""
    _test.number += 1
    frame, key = _caller(), _key(mock)
    if key is None or frame is None:
        return
    counts = _test.counts[key]
    counts.calls += 1
    path, line, column = _place(frame)
    if column is not None and (line, column) in _waiting_calls[path]:
        counts.awaited += 1


def _follow(library: Any) -> None:
    """Have the mocks of a library tell where they are made, and what they give."""
    base, calling, patching = library.NonCallableMock, library.CallableMixin, library._patch
    make, call, begin, enter, copy = (
        base.__init__, calling._mock_call, patching.__init__, patching.__enter__, patching.copy,
    )  # fmt: skip
    note_site, note_call, note_raise = _quietly(_note_site), _quietly(_note_call), _quietly(_note_raise)

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        make(self, *args, **kwargs)
        note_site(self)

    def _mock_call(self: Any, /, *args: Any, **kwargs: Any) -> Any:
        if _is_async_mock(self):
            return call(self, *args, **kwargs)
        try:
            value = call(self, *args, **kwargs)
        except BaseException:
            note_raise(self)
            raise
        note_call(self, value)
        return value

    def begin_patch(self: Any, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        frame = _caller()
        self._codemods_site = _place(frame) if frame is not None else None

    def enter_patch(self: Any) -> Any:
        outer, _local.patch = getattr(_local, "patch", None), getattr(self, "_codemods_site", None)
        try:
            return enter(self)
        finally:
            _local.patch = outer

    def copy_patch(self: Any) -> Any:
        copied = copy(self)
        copied._codemods_site = getattr(self, "_codemods_site", None)
        return copied

    base.__init__, calling._mock_call = __init__, _mock_call
    patching.__init__, patching.__enter__, patching.copy = begin_patch, enter_patch, copy_patch


# What is awaited.


def _can_be_awaited(value: object) -> bool:
    kind = type(value)
    generator = isinstance(value, types.GeneratorType) and value.gi_code.co_flags & inspect.CO_ITERABLE_COROUTINE
    return kind is types.CoroutineType or hasattr(kind, "__await__") or bool(generator)


def _call_that_gave(value: object) -> tuple[_Call, bool] | None:
    """Return the last call that gave an object and isn't awaited, and whether it is certain that it is this one."""
    calls = [each for each in _test.calls.get(id(value), ()) if each.value is value and not each.is_awaited]
    if not calls:
        return None
    last = calls[-1]
    is_only = len({id(each.counts) for each in calls}) == 1 and not isinstance(value, _ALIKE)
    return last, is_only or last.number == _test.number


def _note_await(value: object) -> bool:
    """Note that what a mock gave is awaited; return whether something has to be awaited in its place."""
    found = _call_that_gave(value)
    if found is None:
        return False
    call, is_sure = found
    call.is_awaited = True
    if _can_be_awaited(value):
        call.counts.awaitable += 1
        return False
    call.counts.awaited += is_sure
    call.counts.unsure += not is_sure
    return True


_noted = _quietly(_note_await)


async def _give(value: object) -> object:
    return value


def _awaited(value: object) -> object:
    """Return what an await waits for in the place of a value."""
    if id(value) not in _test.calls:
        return value
    return _give(value) if _noted(value) else value


def _waits(function: Callable[..., Any], first: int, last: int | None) -> Callable[..., Any]:
    """Return a function that awaits these of its arguments, and so may get what mocks give."""

    @functools.wraps(function)
    def waits(*args: Any, **kwargs: Any) -> Any:
        given = [*args]
        for index in range(first, len(given) if last is None else min(last, len(given))):
            if id(given[index]) in _test.calls and _noted(given[index]):
                given[index] = _give(given[index])
        return function(*given, **kwargs)

    return waits


def _follow_asyncio() -> None:
    names = ("wait_for", "ensure_future", "shield", "create_task", "run_coroutine_threadsafe", "run", "gather")
    for name in names:
        function = _waits(getattr(asyncio, name), 0, None if name == "gather" else 1)
        for module in (asyncio, asyncio.tasks, getattr(asyncio, "runners", asyncio)):
            if hasattr(module, name):
                setattr(module, name, function)
    classes = (asyncio.BaseEventLoop, getattr(asyncio, "TaskGroup", None), getattr(asyncio, "Runner", None))
    for owner in filter(None, classes):
        for name in ("create_task", "run_until_complete", "run"):
            if name in vars(owner):
                setattr(owner, name, _waits(vars(owner)[name], 1, 2))


# Who asks whether something can be awaited.


def _note_question(value: object, frame: types.FrameType) -> None:
    path = frame.f_code.co_filename
    if _is_passed_over(path) or _is_between(path):
        return
    if _is_mock(value) and not _is_async_mock(value) and (key := _key(value)) is not None:
        _test.counts[key].asked += 1
    if (found := _call_that_gave(value)) is not None:
        found[0].counts.asked += 1


def _asks(function: Callable[..., Any]) -> Callable[..., Any]:
    note_question = _quietly(_note_question)

    @functools.wraps(function)
    def asks(value: Any) -> Any:
        if id(value) in _test.calls or _is_mock(value):
            note_question(value, sys._getframe(1))
        return function(value)

    return asks


def _follow_questions() -> None:
    names = ("iscoroutinefunction", "isawaitable", "iscoroutine", "isasyncgen", "isasyncgenfunction")
    for module in (inspect, asyncio):
        for name in names:
            if hasattr(module, name):
                setattr(module, name, _asks(getattr(module, name)))


# How modules are compiled.


class _Awaiting(ast.NodeTransformer):
    """Has whatever is awaited go through ``_awaited``."""

    def __init__(self, path: str) -> None:
        self._path = path

    def visit_Await(self, node: ast.Await) -> ast.Await:
        self.generic_visit(node)
        value = node.value
        if isinstance(value, ast.Call):
            _waiting_calls[self._path].add((value.lineno, value.col_offset))
        node.value = self._through(value)
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "__await__" and not node.args:
            node.func.value = self._through(node.func.value)
        return node

    def _through(self, value: ast.expr) -> ast.Call:
        name = ast.copy_location(ast.Name(_AWAITED, ast.Load()), value)
        return ast.copy_location(ast.Call(name, [value], []), value)


@functools.lru_cache(None)
def _is_passed_over(path: str) -> bool:
    """Say whether a file is of the standard library, or of what runs the tests."""
    path = os.path.realpath(path)
    parts = path.split(os.sep)
    installed = next((parts.index(each) for each in _INSTALLED if each in parts), None)
    if installed is not None:
        return parts[installed + 1].partition(".")[0] in _OWN
    return path.startswith(_STANDARD + os.sep) or path == os.path.realpath(__file__)


def _follow_imports() -> None:
    rewriting: Any = _pytest.assertion.rewrite
    compile_source, rewrite = SourceFileLoader.source_to_code, rewriting.rewrite_asserts

    def source_to_code(self: Any, data: Any, path: Any, **options: Any) -> Any:
        source, file = data, os.fspath(path)
        if isinstance(data, bytes) and b"await" in data and not _is_passed_over(file):
            try:
                source = ast.fix_missing_locations(_Awaiting(file).visit(ast.parse(data, file)))
            except (SyntaxError, ValueError, RecursionError):
                source = data
        return compile_source(self, source, path, **options)

    def rewrite_asserts(tree: ast.Module, source: bytes, path: str | None = None, *args: Any, **kwargs: Any) -> None:
        if path is not None:
            ast.fix_missing_locations(_Awaiting(path).visit(tree))
        rewrite(tree, source, path, *args, **kwargs)

    SourceFileLoader.source_to_code = source_to_code  # type: ignore[method-assign]
    rewriting.rewrite_asserts = rewrite_asserts


# The tests.


class Tracer:
    """The hooks that tell where a test begins and ends."""

    def __init__(self) -> None:
        """Remember which process this is: a fork of it writes nothing."""
        self._process = os.getpid()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Generator[None, Any, None]:
        """Note whether the test failed: then what wasn't awaited in it says nothing."""
        report = (yield).get_result()
        _test.failed = _test.failed or report.failed or hasattr(report, "wasxfail")

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: Any) -> Generator[None, Any, None]:
        """Write what was seen in a test, and begin anew."""
        yield
        test = _test
        _forget()
        if os.getpid() == self._process:
            mocks = [_written(key, counts) for key, counts in test.counts.items()]
            for start in range(0, len(mocks), _SOME):
                event = {"event": "mocks", "id": stable(item.nodeid), "passed": not test.failed}
                append(_EVENTS, json.dumps({**event, "mocks": mocks[start : start + _SOME]}) + "\n")


def _forget() -> None:
    global _test
    _test = _Test()


def _written(key: Key, counts: _Counts) -> list[Any]:
    path, line, column, members = key
    seen = (counts.calls, counts.awaited, counts.awaitable, counts.unsure, counts.asked)
    return [_below(path), line, column, list(members), *seen]


def pytest_configure(config: Any) -> None:
    """Begin."""
    config.pluginmanager.register(Tracer(), "codemods-tracer-hooks")


def _begin() -> None:
    global _ROOT, _EVENTS
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "plan.json"), encoding="utf-8") as file:
        plan = json.load(file)
    _ROOT, _EVENTS = plan["root"], plan["events"]
    setattr(builtins, _AWAITED, _awaited)
    for library in _LIBRARIES:
        _follow(library)
    _follow_asyncio()
    _follow_questions()
    _follow_imports()


if __name__ == "codemods_tracer":  # as pytest loads it, before whatever it is to see
    from codemods_recorder import append, stable  # type: ignore[import-not-found]

    _begin()
