"""One run of pytest in a process that has imported it already: what most of the time of a small run goes to."""

from __future__ import annotations

import gc
import json
import os
import sys
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from _pytest.config import default_plugins
from _pytest.reports import TestReport

_WITHOUT = ("xdist", "xdist.looponfail", "hypothesispytest")
"""Plugins that no case needs; they take twice as long to import as all else."""
_OPTIONS = ("-q", "-p", "no:cacheprovider", "--tb=no", *(word for name in _WITHOUT for word in ("-p", f"no:{name}")))
_TIMEOUT = 600  # far above what any takes, on a machine that has other work too
_PRELOADED = [__name__, "asyncio", "pytest", "unittest.mock", *(f"_pytest.{name}" for name in default_plugins)]
"""Not other plugins: pytest rewrites their assertions when it imports them, and warns if it comes too late."""


def pytest_output(root: Path, log: Path) -> str:
    """Return what pytest prints when it runs in ``root``; ``log`` is where it prints to meanwhile."""
    _wait(_context().Process(target=_run, args=(str(root), str(log))), root)
    return log.read_text(encoding="utf-8", errors="replace")


def outcome_of_each(root: Path, log: Path, *options: str) -> dict[str, str]:
    """Return the outcome of each test by its name, as pytest runs it in ``root`` with ``options``."""
    found = log.with_suffix(".json")
    found.write_text("{}")
    _wait(_context().Process(target=_run, args=(str(root), str(log), options, str(found))), root)
    outcomes: dict[str, str] = json.loads(found.read_text("utf-8"))
    return outcomes


class _Recorder:
    """A plugin that keeps what became of each test, in the words of pytest's last line."""

    def __init__(self) -> None:
        self.outcomes: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: TestReport) -> None:
        """Take in one phase of a test: one that fails in set-up or tear-down is an error, whatever the test gave."""
        if report.when == "call" or not report.passed:
            self.outcomes[report.nodeid] = self._outcome(report)

    @staticmethod
    def _outcome(report: TestReport) -> str:
        if hasattr(report, "wasxfail"):
            return "xfailed" if report.skipped else "xpassed"
        return "error" if report.failed and report.when != "call" else report.outcome


def _wait(process: BaseProcess, root: Path) -> None:
    process.start()
    process.join(_TIMEOUT)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError(f"pytest took more than {_TIMEOUT} seconds in {root}")


def _context() -> BaseContext:
    if not hasattr(os, "fork"):
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def _run(root: str, log: str, options: tuple[str, ...] = (), found: str | None = None) -> None:
    """Be what ``python -m pytest`` is in ``root``."""
    os.dup2(os.open(log, os.O_CREAT | os.O_WRONLY), sys.__stdout__.fileno())
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stderr__.fileno())
    for name in [each for each in os.environ if each.startswith("PYTEST")]:
        del os.environ[name]
    os.chdir(root)
    here = str(Path(__file__).parent)
    sys.path[:] = [root, *(each for each in sys.path if each != here)]
    sys.dont_write_bytecode = False  # or the plugins' assertions are rewritten each time
    gc.freeze()  # pytest collects garbage more than once, and none is in what was imported before
    import pytest

    recorder = _Recorder()
    code = pytest.main([*_OPTIONS, *_without_anyio(root), "--rootdir", root, *options], plugins=[recorder])
    if found is not None:
        Path(found).write_text(json.dumps(recorder.outcomes), encoding="utf-8")
    sys.exit(code)


def _without_anyio(root: str) -> tuple[str, ...]:
    """Leave out the plugin of anyio, a third of the time of a run, where no file names it."""
    files = (path for path in Path(root).rglob("*") if path.is_file())
    return () if any(b"anyio" in path.read_bytes() for path in files) else ("-p", "no:anyio")
