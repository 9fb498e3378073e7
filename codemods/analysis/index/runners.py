"""What a file asks about who runs its tests, and those of other files that reach its fixtures."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.pytest.fixture_graph import FixtureGraph
from codemods.semantics.pytest.test_runners import TestRunners


class RunnerFacts:
    """Answers by the marks and the fixtures of all files."""

    def __init__(self, root: Path, files: ModuleFiles, graph: Callable[[], FixtureGraph]) -> None:
        """Take where the files are, and what binds their fixtures."""
        self._root = root
        self._files = files
        self._graph = graph

    @cached_property
    def _runners(self) -> TestRunners:
        return TestRunners(self._graph())

    def forget(self) -> None:
        """Let go of the trees."""
        if (runners := self.__dict__.pop("_runners", None)) is not None:
            vars(runners).clear()  # what was found leads back to itself

    def of_test(self, file: Path, qualname: str) -> frozenset[str]:
        """Return the runners that a test of a file names."""
        return self._runners.of_test(self._files.shown(file, self._root), qualname)

    def of_users(self, file: Path, qualname: str) -> frozenset[str]:
        """Return the runners of all tests that reach a fixture of a file."""
        return self._runners.of_users(self._files.shown(file, self._root), qualname)
