"""How pytest is started in the copy so that it runs what it would run in the project."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from codemods.verify.running.interpreter import Interpreter
from codemods.verify.running.suite_runner import Launch
from codemods.verify.running.working_copy import WorkingCopy

_VALUED = frozenset(("-c", "-k", "-m", "-n", "-o", "-p", "-r", "-W")) | frozenset(
    f"--{name}"
    for name in (
        *("basetemp", "capture", "color", "config-file", "confcutdir", "cov", "cov-config", "cov-report", "deselect"),
        *("dist", "durations", "ignore", "ignore-glob", "import-mode", "junit-prefix", "junit-xml", "junitxml"),
        *("log-cli-level", "log-file", "log-level", "maxfail", "numprocesses", "override-ini", "pythonwarnings"),
        *("rootdir", "tb", "timeout", "verbosity"),
    )
)
"""Options of pytest, pytest-cov, pytest-timeout and pytest-xdist whose value may be the next argument."""


def launch(copy: WorkingCopy, interpreter: Interpreter, paths: Sequence[Path], arguments: Sequence[str]) -> Launch:
    """Return the way to run a project's suite in a copy of it.

    Args:
        copy: The copy.
        interpreter: The Python to run.
        paths: The paths to migrate: pytest gets them, unless the only one is the working directory, or ``arguments``
            name paths of their own.
        arguments: Further arguments of pytest.
    """
    place = _Place(copy)
    here = all(os.path.abspath(each) == os.getcwd() for each in paths)
    wanted = [] if here or any(place.paths(arguments)) else [str(each) for each in paths]
    return Launch(
        interpreter.path,
        # Whatever the configuration says, the outcome of every test is wanted.
        (*map(place.argument, (*wanted, *arguments)), "--maxfail=0", "--continue-on-collection-errors"),
        place.folder, copy.root, Path(os.path.realpath(copy.origin)), copy.scratch,
        place.environment(interpreter.sources),
    )  # fmt: skip


class _Place:
    """The working directory in the copy, and what paths into the project become there."""

    def __init__(self, copy: WorkingCopy) -> None:
        self._root = str(copy.root)
        self._real = os.path.realpath(copy.origin)
        self._origins = dict.fromkeys((str(copy.origin), self._real))
        cwd = os.path.realpath(os.getcwd())
        self._inside = cwd == self._real or cwd.startswith(self._real + os.sep)
        self.folder = Path(self._moved(cwd)) if self._inside else copy.root

    def paths(self, arguments: Sequence[str]) -> Iterator[str]:
        """Yield those of some arguments that name files or folders to run."""
        for before, argument in zip(("", *arguments), arguments):  # noqa: B905  (the first is one longer)
            if before not in _VALUED and self._is_path(argument):
                yield argument

    def _is_path(self, argument: str) -> bool:
        return not argument.startswith("-") and os.path.exists(argument.partition("::")[0])

    def argument(self, argument: str) -> str:
        """Return an argument with the copy in the place of the project: relative paths hold in both."""
        if argument.startswith("-"):
            option, equal, value = argument.partition("=")
            return option + equal + self._moved(value)
        stays = self._inside and not os.path.isabs(argument) and not os.path.normpath(argument).startswith("..")
        return argument if stays or not self._is_path(argument) else self._moved(os.path.abspath(argument))

    def _moved(self, path: str) -> str:
        """Return a path with the copy in the place of the project, whichever way it leads there."""
        for each in (path, os.path.realpath(path) if os.path.isabs(path) else path):
            for origin in self._origins:
                if each == origin or each.startswith(origin + os.sep):
                    return self._root + each[len(origin) :]
        return path

    def environment(self, sources: Sequence[Path]) -> dict[str, str]:
        """Return the environment, in which the project is imported from the copy, however it is installed."""
        kept = {key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"}
        given = kept.pop("PYTHONPATH", "").split(os.pathsep)
        moved = (path for each in sources if (path := self._moved(str(each))) != str(each))
        if paths := dict.fromkeys(filter(None, (*map(self._moved, given), *moved))):
            kept["PYTHONPATH"] = os.pathsep.join(paths)
        if options := kept.get("PYTEST_ADDOPTS"):
            kept["PYTEST_ADDOPTS"] = shlex.join(map(self.argument, shlex.split(options)))
        return {"PYTHONHASHSEED": "0", **kept}
