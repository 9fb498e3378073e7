"""The pytest plugin that writes down what becomes of each test, at once, so that a crash loses nothing.

A copy of this file runs in the environment of the suite, beside its ``plan.json``: it needs Python 3.8 and pytest 6,
and nothing else. Each event is one line of JSON.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
import traceback
from collections.abc import Generator, Iterable
from typing import Any

import pytest
from _pytest.reports import CollectReport

_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{4,}")
_NEVER_AWAITED = re.compile(r"coroutine '(.+?)' was never awaited(?:\s+Coroutine created at .*\n((?: .*\n?)*))?")
_LEFT_BEHIND = re.compile(
    r"^.*(?:attached to a different loop|was destroyed but it is pending|\bunclosed\b|Event loop is closed).*",
    re.MULTILINE,
)
_MADE_AT = re.compile(r'^  File "(.+)", line (\d+)', re.MULTILINE)
_PHASES = ("setup", "call", "teardown")
_FRAMES = 30
_LONG = 2000
_SOME = 500
"""Names in one event: a line has a bounded length."""

# What the recorder needs of `os` while a test runs is bound here: a test may replace what `os` holds.


def append(
    path: str, line: str, _open: Any = os.open, _write: Any = os.write, _close: Any = os.close,
    _flags: int = os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0),
) -> None:  # fmt: skip
    """Write a line at the end of the file of events."""
    descriptor = _open(path, _flags)  # each time: a test may close all descriptors
    try:
        _write(descriptor, line.encode())
    finally:
        _close(descriptor)


def _process(_getpid: Any = os.getpid) -> int:
    process: int = _getpid()
    return process


def _parent(_getppid: Any = os.getppid) -> int:
    process: int = _getppid()
    return process


def stable(nodeid: str) -> str:
    """Return a node id without the addresses of objects, which differ in each run."""
    return _ADDRESS.sub("0x", nodeid)


class Chooser:
    """The hooks that decide which tests run; with xdist, those of the workers."""

    def __init__(self, root: str, plan: dict[str, Any]) -> None:
        """Choose the tests of the plan; ``root`` is what node ids begin at."""
        self._root = root
        self._only = None if plan["only"] is None else frozenset(plan["only"])
        self._skip = frozenset(plan["skip"])
        self._files = None if plan["files"] is None else frozenset(plan["files"])
        self._backwards = plan["backwards"]
        self.chooses = False
        """Whether it is leaving tests out right now."""

    def _ignores(self, path: str) -> bool | None:
        name = os.path.relpath(path, self._root).replace(os.sep, "/")
        if os.path.basename(name) == "__init__.py" or name.startswith("../") or not os.path.isfile(path):
            return None
        return True if name in self._skip or (self._files is not None and name not in self._files) else None

    if int(pytest.__version__.split(".")[0]) >= 7:

        def pytest_ignore_collect(self, collection_path: Any) -> bool | None:
            """Pass over the files that hold none of the wanted tests."""
            return self._ignores(str(collection_path))
    else:

        def pytest_ignore_collect(self, path: Any) -> bool | None:  # type: ignore[misc]
            """Pass over the files that hold none of the wanted tests."""
            return self._ignores(str(path))

    @pytest.hookimpl(tryfirst=True)
    def pytest_make_collect_report(self, collector: Any) -> Any:
        """Find nothing in such a file that the command line names: about those, pytest doesn't ask."""
        path = str(getattr(collector, "path", None) or getattr(collector, "fspath", ""))
        if isinstance(collector, pytest.File) and not isinstance(collector, pytest.Package) and self._ignores(path):
            return CollectReport(collector.nodeid, "passed", None, [])
        return None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: Any, items: list[Any]) -> None:
        """Keep the wanted tests, in the wanted order."""
        kept = [each for each in items if self._wants(stable(each.nodeid))]
        if len(kept) < len(items):
            chosen, self.chooses = set(map(id, kept)), True
            config.hook.pytest_deselected(items=[each for each in items if id(each) not in chosen])
            items[:], self.chooses = kept, False
        if self._backwards:
            items.reverse()

    def _wants(self, nodeid: str) -> bool:
        return nodeid not in self._skip and (self._only is None or nodeid in self._only)


class Recorder:
    """The hooks that write what becomes of the tests; with xdist, mostly those of the controller."""

    def __init__(self, config: Any, root: str, plan: dict[str, Any], chooser: Chooser) -> None:
        """Be ready to write."""
        self._config = config
        self._root = root
        self._plan = plan
        self._chooser = chooser
        self._is_worker = hasattr(config, "workerinput")
        self._process, self._parent = _process(), _parent()
        self._reports: dict[str, list[Any]] = {}
        self._modules: set[Any] = set()
        self._runs = False

    def begin(self) -> None:
        """Write that the session begins, and whether a test that takes too long can be interrupted by a signal."""
        distributed = self._is_worker or getattr(self._config.option, "dist", "no") != "no"
        free = hasattr(signal, "SIGUSR1") and signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL
        interruptible = free and not distributed and threading.current_thread() is threading.main_thread()
        if interruptible:
            signal.signal(signal.SIGUSR1, self._interrupt)
        if not self._is_worker:
            self.write("session", rootdir=self._root, interruptible=interruptible)

    def _interrupt(self, *_: Any) -> None:
        if self._runs and _process() == self._process:
            pytest.fail("interrupted: it took too long")

    def write(self, event: str, **data: Any) -> None:
        """Write one event, unless this is a fork of the process that pytest began in."""
        if _process() == self._process:
            append(self._plan["events"], json.dumps({"event": event, **data}) + "\n")

    def _write_ids(self, event: str, nodeids: Iterable[str]) -> None:
        ids = [stable(each) for each in nodeids]
        for start in range(0, len(ids), _SOME):
            self.write(event, ids=ids[start : start + _SOME])

    # What is collected.

    def pytest_collectstart(self, collector: Any) -> None:
        """Say which file is being imported."""
        if not self._is_worker and os.path.isfile(os.path.join(self._root, collector.nodeid)):
            self.write("collecting", id=collector.nodeid)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector: Any) -> Generator[None, Any, None]:
        """Say which file can't be collected, and why."""
        report = (yield).get_result()
        if report.failed:
            excinfo = getattr(getattr(report, "call", None), "excinfo", None)
            failure = self._failure(excinfo) if excinfo else {"error": str(report.longrepr)[-_LONG:]}
            self.write("uncollectable", id=collector.nodeid, **failure)

    def pytest_deselected(self, items: list[Any]) -> None:
        """Say which tests -k and the like left out."""
        if not self._chooser.chooses:
            self._write_ids("deselected", (each.nodeid for each in items))

    def pytest_collection_finish(self, session: Any) -> None:
        """Say which tests there are."""
        self._modules = {module for each in session.items if (module := getattr(each, "module", None)) is not None}
        if not self._is_worker and session.items:
            self._write_ids("collected", (each.nodeid for each in session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        """Say which tests a worker of xdist has."""
        self._write_ids("collected", ids)

    # What becomes of the tests.

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Say which test runs; end where nobody waits for the answer any more."""
        if self._is_worker:
            return
        if _parent() != self._parent:
            os._exit(3)
        self._runs = True
        self.write("start", id=stable(nodeid))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Generator[None, Any, None]:
        """Let the report of a failure carry where it came from, also from a worker to the controller."""
        report = (yield).get_result()
        if call.excinfo is not None and (report.failed or hasattr(report, "wasxfail")):
            report.codemods_failure = {**self._failure(call.excinfo), "functions": self._functions(item)}

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Keep the reports of a test until it is over."""
        if self._is_worker:
            return
        if report.outcome == "rerun":  # pytest-rerunfailures: what failed so far doesn't count
            self._reports.pop(report.nodeid, None)
            return
        self._reports.setdefault(report.nodeid, []).append(report)
        if report.when not in _PHASES:  # a worker of xdist died: nothing more will come
            report.codemods_failure = {"error": str(report.longrepr)[-_LONG:]}
            self.pytest_runtest_logfinish(report.nodeid)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Write what became of a test."""
        self._runs = False
        reports = self._reports.pop(nodeid, ())
        if reports and not self._is_worker:
            whole = [each for each in reports if not hasattr(each, "context")]  # the others are of subtests
            failures = [each.codemods_failure for each in reports if hasattr(each, "codemods_failure")]
            failure = failures[0] if failures else {}
            seconds = sum(each.duration for each in whole)
            self.write("result", id=stable(nodeid), outcome=_outcome(reports, whole), seconds=seconds, **failure)

    def pytest_warning_recorded(self, warning_message: Any, nodeid: str) -> None:
        """Write that a coroutine was never awaited, since such a test may pass without having run, or what was left."""
        text = str(warning_message.message)
        found = _NEVER_AWAITED.search(text)
        if not nodeid or self._is_worker:
            return
        if found:
            places = [self._place(path, int(line)) for path, line in _MADE_AT.findall(found.group(2) or "")]
            self.write("unawaited", id=stable(nodeid), coroutine=found.group(1), made=places[-1] if places else None)
        elif left := _LEFT_BEHIND.search(text):
            self.write("warned", id=stable(nodeid), text=stable(left.group())[:_LONG])

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Write the rest, and which modules came from the copy and which from the project itself."""
        for nodeid, reports in list(self._reports.items()):
            if any(each.when == "teardown" for each in reports):  # the others were interrupted
                self.pytest_runtest_logfinish(nodeid)
        # Modules that `sys.modules` forgets: a conftest beside others, what importlib loaded for pytest 6.
        modules = (*sys.modules.values(), *self._config.pluginmanager.get_plugins(), *self._modules)
        loaded = {path for path in map(_file, modules) if path is not None}
        copy, origin = _below(self._plan["root"], loaded), _below(self._plan["origin"], loaded)
        for start in range(0, max(len(copy), len(origin)), _SOME):
            self.write("imported", copy=copy[start : start + _SOME], origin=origin[start : start + _SOME])
        if not self._is_worker:
            self.write("finish", exit=int(exitstatus))

    # Where a failure comes from.

    def _failure(self, excinfo: Any) -> dict[str, Any]:
        value = excinfo.value
        if isinstance(value, pytest.Collector.CollectError) and value.__cause__ is not None:
            value = value.__cause__
        try:
            text = str(value)
        except Exception:  # an exception of the suite can be broken itself
            text = "(no message)"
        frames = [(place, name) for path, line, name in _walk(value) if (place := self._place(path, line))]
        return {
            "error": f"{type(value).__name__}: {text}"[:_LONG],
            "frames": [place for place, _ in frames][-_FRAMES:],
            "through": sorted({name for _, name in frames}),
        }

    def _functions(self, item: Any) -> list[tuple[str, int]]:
        """Return where the test function and the functions of its fixtures begin, the test's first."""
        info = getattr(item, "_fixtureinfo", None)
        definitions = [each for found in getattr(info, "name2fixturedefs", {}).values() for each in found]
        functions = [getattr(item, "obj", None), *(each.func for each in definitions)]
        found = []
        for function in functions:
            while hasattr(function, "__wrapped__"):
                function = function.__wrapped__
            code = getattr(function, "__code__", None)
            if code is not None and (place := self._place(code.co_filename, code.co_firstlineno)):
                found.append(place)
        return found

    def _place(self, path: str, line: int) -> tuple[str, int] | None:
        root = self._plan["root"] + os.sep
        return (path[len(root) :].replace(os.sep, "/"), line) if path.startswith(root) else None


def _walk(error: BaseException) -> list[tuple[str, int, str]]:
    """Return the files, lines and functions that an error and those that led to it came through, its own last."""
    found: list[tuple[str, int, str]] = []
    seen: set[int] = set()
    chained: BaseException | None = error
    while chained is not None and id(chained) not in seen:
        seen.add(id(chained))
        walked = traceback.walk_tb(chained.__traceback__)
        found = [(frame.f_code.co_filename, line, frame.f_code.co_name) for frame, line in walked] + found
        chained = chained.__cause__ or chained.__context__
    return found


def _below(folder: str, paths: set[str]) -> list[str]:
    """Return those of some paths that lie below a folder, from there."""
    start = folder + os.sep
    return sorted(path[len(start) :].replace(os.sep, "/") for path in paths if path.startswith(start))


def _file(module: Any) -> str | None:
    """Return the real path of a module's file; asked like this, a lazy module isn't loaded."""
    try:
        path = object.__getattribute__(module, "__dict__").get("__file__")
    except AttributeError:
        return None
    return os.path.realpath(path) if isinstance(path, str) else None


def _outcome(reports: list[Any], whole: list[Any]) -> str:
    """Return pytest's own word for what the reports of all phases come to."""
    if any(each.when not in _PHASES for each in whole):
        return "crashed"
    if any(each.failed and each.when == "call" for each in reports):
        return "failed"
    if any(each.failed for each in reports):
        return "error"
    expected = any(hasattr(each, "wasxfail") for each in whole)
    if any(each.skipped for each in whole):
        return "xfailed" if expected else "skipped"
    return "xpassed" if expected else "passed"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: Any) -> None:
    """Read the plan, and begin."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "plan.json")
    with open(os.open(beside, flags), encoding="utf-8") as file:  # not waiting for a pipe that the suite put there
        plan = json.load(file)
    if getattr(config.option, "randomly_seed", None) == "default":
        config.option.randomly_seed = 1  # the same order in each run
    sys.set_coroutine_origin_tracking_depth(max(1, sys.get_coroutine_origin_tracking_depth()))
    root = str(getattr(config, "rootpath", None) or config.rootdir)
    chooser = Chooser(root, plan)
    recorder = Recorder(config, root, plan, chooser)
    recorder.begin()
    config.pluginmanager.register(chooser, "codemods-chooser")
    config.pluginmanager.register(recorder, "codemods-recorder")
