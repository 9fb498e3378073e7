"""A pytest plugin that notes of each call in a project's modules what it gave: something to await, or a plain value.

A copy of this file runs in the environment of the suite: it needs Python 3.8 and pytest, and nothing else. The modules
of the project are compiled so that each call hands its result through ``_noted``, and what it calls through
``_callee``; the call itself stays where it is, in its frame and in its order, so ``super()`` and ``locals()`` mean
what they meant. ``CALL_RECORDER_ROOT`` is the folder whose modules count, ``CALL_RECORDER_OUTPUT`` where to write.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import importlib
import importlib.machinery
import inspect
import json
import os
import signal
import sys
import threading
import time
import types
import unittest.mock
from collections import Counter
from collections.abc import Iterator
from typing import Any

import _pytest.assertion.rewrite as assertions
import pytest

ROOT = os.path.realpath(os.environ.get("CALL_RECORDER_ROOT", os.getcwd()))
OUTPUT = os.environ.get("CALL_RECORDER_OUTPUT", "calls.json")
TIMEOUT = float(os.environ.get("CALL_RECORDER_TIMEOUT", "15"))
"""Seconds that a test may take."""
_LEFT_OUT = ("site-packages", "dist-packages", ".venv", "venv", "node_modules")
_EVERY = 5.0
"""Seconds after which what is known is written, so that a crash loses little."""
_NAMES = 3
"""How many types of results and names of what was called are kept of a call."""

AWAITABLE, PLAIN, MOCK = "awaitable", "plain", "mock"
"""What a call gave; a mock is left out, whatever it stands for."""
MOCKED, COROUTINE_FUNCTION, CALLED = "mocked", "coroutine function", "called"
"""What was called: ``MOCKED`` counts the mocks, and ``CALLED`` all but what is left alone."""


def _mock_classes() -> tuple[type, ...]:
    found: list[type] = [unittest.mock.NonCallableMock]
    with contextlib.suppress(Exception):  # no backport is there, or a broken one
        found.append(importlib.import_module("mock").NonCallableMock)
    return tuple(found)


_MOCKS = _mock_classes()


def is_mock(value: object) -> bool:
    """Return whether a value is a mock; it is not asked itself, for a mock says that it is what it stands for."""
    kinds = type(value).__mro__
    return any(each in kinds for each in _MOCKS)


def is_awaitable(value: object) -> bool:
    """Return what ``inspect.isawaitable`` does, without asking the value itself."""
    if isinstance(value, types.GeneratorType):
        return bool(value.gi_code.co_flags & inspect.CO_ITERABLE_COROUTINE)
    return any("__await__" in vars(each) for each in type(value).__mro__)


class Site:
    """What is known of one call."""

    __slots__ = ("called", "counts", "gave", "place")

    def __init__(self, place: list[Any]) -> None:
        """Know nothing yet of the call at ``place``: file, line, column, last line, last column."""
        self.place = place
        self.counts: Counter[str] = Counter()
        self.gave: dict[str, None] = {}
        self.called: dict[tuple[str, str, int], None] = {}


_sites: list[Site] = []


def _noted(number: int, value: Any) -> Any:
    site = _sites[number]
    kind = MOCK if is_mock(value) else AWAITABLE if is_awaitable(value) else PLAIN
    site.counts[kind] += 1
    if len(site.gave) < _NAMES:
        site.gave[f"{kind} {type(value).__name__}"] = None
    return value


def _callee(number: int, value: Any) -> Any:
    site = _sites[number]
    site.counts[CALLED] += 1
    if _is_of_mock(value):
        site.counts[MOCKED] += 1
    elif isinstance(value, (types.FunctionType, types.MethodType)) and inspect.iscoroutinefunction(value):
        site.counts[COROUTINE_FUNCTION] += 1
    if len(site.called) < _NAMES:
        site.called[_name(value)] = None
    return value


def _is_of_mock(value: Any) -> bool:
    """Return whether a call of a value is one of a mock, be it as a method or behind the function of an autospec."""
    if type(value) is types.MethodType:
        value = value.__func__
    return is_mock(value) or (type(value) is types.FunctionType and is_mock(value.__dict__.get("mock")))


def _name(value: Any) -> tuple[str, str, int]:
    """Return the name of what is called, and the file and line of its code.

    Nothing is looked up on the disk, which a test may forbid.
    """
    function = value.__func__ if type(value) is types.MethodType else value
    if type(function) is types.FunctionType:
        code = function.__code__
        return function.__qualname__, code.co_filename, code.co_firstlineno
    kind = value if isinstance(value, type) else type(value)
    return f"{kind.__module__}.{kind.__qualname__}", "", 0


class Rewriter(ast.NodeTransformer):
    """Leads each call of a module, and what it calls, through the two functions."""

    _KEPT = frozenset(("super", "locals", "vars", "dir", "globals", "eval", "exec"))

    def __init__(self, file: str) -> None:
        """Rewrite a file."""
        self._file = file

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Note a call."""
        place = [self._file, node.lineno, node.col_offset, node.end_lineno, node.end_col_offset]
        self.generic_visit(node)
        number = len(_sites)
        _sites.append(Site(place))
        if not (isinstance(node.func, ast.Name) and node.func.id in self._KEPT):
            node.func = _through("_noted_callee", number, node.func)
        return _through("_noted_call", number, node)

    def visit_FunctionDef(self, node: Any) -> Any:
        """Leave annotations as they are: they may be read as text."""
        kept = [(each, each.annotation) for each in ast.walk(node.args) if isinstance(each, ast.arg)]
        returns, node.returns = node.returns, None
        for each, _ in kept:
            each.annotation = None
        self.generic_visit(node)
        node.returns = returns
        for each, annotation in kept:
            each.annotation = annotation
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Leave the annotation as it is."""
        node.target = self.visit(node.target)
        node.value = self.visit(node.value) if node.value is not None else None
        return node


def _through(function: str, number: int, node: ast.expr) -> ast.expr:
    call = ast.Call(ast.Name(function, ast.Load()), [ast.Constant(number), node], [])
    for each in (call, call.func, call.args[0]):
        ast.copy_location(each, node)
    return call


builtins._noted_call = _noted  # type: ignore[attr-defined]
builtins._noted_callee = _callee  # type: ignore[attr-defined]


def _shown(path: str) -> str:
    real = os.path.realpath(path)
    return os.path.relpath(real, ROOT).replace(os.sep, "/") if real.startswith(ROOT + os.sep) else path


def _counts(path: str) -> bool:
    shown = _shown(path)
    return not os.path.isabs(shown) and not any(each in _LEFT_OUT for each in shown.split("/"))


def rewrite(tree: ast.Module, path: str) -> None:
    """Rewrite the tree of a module of the project."""
    if _counts(path):
        Rewriter(_shown(path)).visit(tree)


class Loader(importlib.machinery.SourceFileLoader):
    """Loads a module of the project that pytest doesn't rewrite itself."""

    def path_stats(self, path: Any) -> Any:
        """Refuse, so that no compiled module is read or written."""
        raise OSError

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> Any:  # type: ignore[override]
        """Compile a module."""
        try:
            tree = ast.parse(data, path)
            rewrite(tree, path)
            return compile(tree, path, "exec", dont_inherit=True, optimize=_optimize)
        except (SyntaxError, ValueError, RecursionError):
            return super().source_to_code(data, path)


class Finder:
    """Finds the modules of the project."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Find what Python would find, and load it otherwise."""
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is importlib.machinery.SourceFileLoader and spec.origin:
            if _counts(spec.origin):
                spec.loader = Loader(spec.loader.name, spec.loader.path)
                return spec
        return None


def _install() -> None:
    hooks = [type(each).__name__ for each in sys.meta_path]
    at = hooks.index("AssertionRewritingHook") + 1 if "AssertionRewritingHook" in hooks else 0
    sys.meta_path.insert(at, Finder())
    sys.dont_write_bytecode = True
    inner = assertions.rewrite_asserts

    def rewrite_asserts(mod: ast.Module, source: bytes, module_path: Any = None, config: Any = None) -> None:
        if module_path is not None:
            rewrite(mod, str(module_path))
        inner(mod, source, module_path, config)

    assertions.rewrite_asserts = rewrite_asserts
    assertions._read_pyc = lambda *_, **__: None


_install()


class _Plugin:
    """Limits the time of each test, and writes what is known."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._written = time.monotonic()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Iterator[None]:
        is_limited = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
        if is_limited:
            signal.signal(signal.SIGALRM, _late)
            signal.setitimer(signal.ITIMER_REAL, TIMEOUT, 2)
        yield
        if is_limited:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if time.monotonic() - self._written > _EVERY:
            self.write()

    def pytest_unconfigure(self) -> None:
        self.write()

    def write(self) -> None:
        """Write what is known, in the process that began; others may be copies of it."""
        if os.getpid() == self._process:
            with open(OUTPUT + ".new", "w", encoding="utf-8") as file:
                json.dump([_row(each) for each in _sites if each.counts], file)
            os.replace(OUTPUT + ".new", OUTPUT)
            self._written = time.monotonic()


def _row(site: Site) -> list[Any]:
    called = [f"{name} ({_shown(path)}:{line})" if path else name for name, path, line in site.called]
    return [*site.place, site.counts, list(site.gave), called]


def _late(*_: object) -> None:
    raise TimeoutError(f"the test takes more than {TIMEOUT:g} s")


def pytest_configure(config: Any) -> None:
    """Begin."""
    config.pluginmanager.register(_Plugin(os.getpid()), "call-recorder-plugin")
