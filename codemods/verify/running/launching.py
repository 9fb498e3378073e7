"""How pytest is started in the copy so that it runs what it would run in the project."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from codemods.verify.running.interpreter import Interpreter
from codemods.verify.running.suite_runner import Launch
from codemods.verify.running.working_copy import WorkingCopy


def launch(copy: WorkingCopy, interpreter: Interpreter, paths: Sequence[Path], arguments: Sequence[str]) -> Launch:
    """Return the way to run a project's suite in a copy of it.

    Args:
        copy: The copy.
        interpreter: The Python to run.
        paths: The paths to migrate: pytest gets them, unless they are the working directory or ``arguments`` name
            paths of their own.
        arguments: Further arguments of pytest.
    """
    place = _Place(copy)
    named = any(place.is_path(each) for each in arguments)
    wanted = [] if named else [each for each in paths if each.resolve() != Path.cwd().resolve()]
    return Launch(
        interpreter.path,
        # Whatever the configuration says, the outcome of every test is wanted.
        (*map(place.argument, map(str, wanted)), *map(place.argument, arguments), "--maxfail=0",
         "--continue-on-collection-errors"),
        place.folder, copy.root, copy.origin, copy.scratch, place.environment(interpreter.sources),
    )  # fmt: skip


class _Place:
    """The working directory in the copy, and what paths into the project become there."""

    def __init__(self, copy: WorkingCopy) -> None:
        self._copy = copy
        self._cwd = Path.cwd()
        inside = self._cwd.is_relative_to(copy.origin)
        self.folder = copy.root / self._cwd.relative_to(copy.origin) if inside else copy.root
        self._inside = inside

    def is_path(self, argument: str) -> bool:
        return not argument.startswith("-") and (self._cwd / argument.partition("::")[0]).exists()

    def argument(self, argument: str) -> str:
        """Return an argument with the copy in the place of the project: relative paths hold in both."""
        if self.is_path(argument) and not (self._inside and _is_relative(argument)):
            return self._moved(os.path.abspath(argument))
        return self._moved(argument)

    def _moved(self, path: str) -> str:
        origin = str(self._copy.origin)
        if path == origin or path.startswith(origin + os.sep):
            return str(self._copy.root) + path[len(origin) :]
        return path

    def environment(self, sources: Sequence[Path]) -> dict[str, str]:
        """Return the environment, in which the project is imported from the copy, however it is installed."""
        given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        moved = (self._moved(str(each)) for each in sources if each.is_relative_to(self._copy.origin))
        paths = dict.fromkeys(filter(None, (*map(self._moved, given), *moved)))
        path = {"PYTHONPATH": os.pathsep.join(paths)} if paths else {}
        return {"PYTHONHASHSEED": "0", **dict(_inherited()), **path}


def _is_relative(argument: str) -> bool:
    return not os.path.isabs(argument) and not os.path.normpath(argument).startswith("..")


def _inherited() -> Iterator[tuple[str, str]]:
    return ((key, value) for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTEST_CURRENT_TEST"))
