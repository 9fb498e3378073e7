"""The index of a project: answers what the files of a test suite ask about the code around them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.analysis.index.file_answers import FileAnswers
from codemods.analysis.index.modules import Modules
from codemods.analysis.index.suites import WHOLE, Depth, Suites
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.project.lookup import Symbols
from codemods.semantics.project.outlines import Outlines
from codemods.semantics.pytest.definitions import Definitions
from codemods.semantics.pytest.suite import Suite

if TYPE_CHECKING:
    from codemods.analysis.index.facts import Facts
    from codemods.analysis.index.fixtures import FixtureFacts
    from codemods.analysis.index.given import GivenNames
    from codemods.analysis.index.loops import LoopFacts
    from codemods.analysis.index.objects import ObjectFacts
    from codemods.analysis.index.recorded import RecordedMocks
    from codemods.analysis.index.runners import RunnerFacts
    from codemods.semantics.project.heirs import Heirs
    from codemods.semantics.project.recording import Recording
    from codemods.semantics.pytest.fixture_graph import FixtureGraph


class Index:
    """What is known of the modules of a project and of its environment; each is read when a question leads to it."""

    def __init__(
        self, root: Path, files: ModuleFiles, modules: Modules, definitions: Definitions,
        outlines: Outlines, graph: Callable[[], FixtureGraph], recording: Callable[[], Recording],
    ) -> None:  # fmt: skip
        """Take where the modules of the project at ``root`` are, what reads them, and what binds their fixtures."""
        self._root = root
        self._files = files
        self._modules = modules
        self._definitions = definitions
        self._symbols = Symbols(files, outlines.of)
        self._graph = graph
        self._recording = recording
        self._suites = Suites(modules, self.answers)
        self._answers: dict[tuple[Path, Depth], FileAnswers] = {}

    # Most runs ask few kinds of questions, and what answers them takes long to load.
    @cached_property
    def facts(self) -> Facts:
        """What answers questions about the code of other files."""
        from codemods.analysis.index.facts import Facts

        return Facts(self._root, self._files, self._modules, self._definitions, self._symbols, self._heirs)

    @cached_property
    def objects(self) -> ObjectFacts:
        """What answers questions about what is handed to other files."""
        from codemods.analysis.index.objects import ObjectFacts

        return ObjectFacts(self._symbols, self._suites)

    @cached_property
    def fixtures(self) -> FixtureFacts:
        """What answers questions about fixtures."""
        from codemods.analysis.index.fixtures import FixtureFacts

        return FixtureFacts(self._root, self._files, self._modules, self._suites, self._graph)

    @cached_property
    def loops(self) -> LoopFacts:
        """What answers questions about event loops."""
        from codemods.analysis.index.loops import LoopFacts

        return LoopFacts(self._root, self._files, self._modules, self._symbols, self._suites)

    @cached_property
    def runners(self) -> RunnerFacts:
        """What answers questions about who runs tests."""
        from codemods.analysis.index.runners import RunnerFacts

        return RunnerFacts(self._root, self._files, self._graph)

    @cached_property
    def given(self) -> GivenNames:
        """What answers who uses the names of a file."""
        from codemods.analysis.index.given import GivenNames

        return GivenNames(self._root, self._files, self._modules, self._symbols, self._heirs)

    @cached_property
    def recorded(self) -> RecordedMocks:
        """What answers what a run has shown."""
        from codemods.analysis.index.recorded import RecordedMocks

        return RecordedMocks(self._root, self._files, self._recording())

    @cached_property
    def _heirs(self) -> Heirs:
        from codemods.semantics.project.heirs import Heirs

        return Heirs(self._root, self._files, self._modules.data, self._symbols)

    def forget(self) -> None:
        """Let go of the trees of all files; what was answered stays known."""
        self._suites.forget()
        if "runners" in self.__dict__:
            self.runners.forget()

    def answers(self, file: Path, depth: Depth = WHOLE) -> FileAnswers:
        """Return what answers a file."""
        key = file, depth
        if key not in self._answers:
            whole = self.answers(file) if depth != WHOLE else None
            self._answers[key] = FileAnswers(file, depth, self, whole)
        return self._answers[key]

    def suite(self, file: Path) -> Suite | None:
        """Return a file whose questions are answered; None if it can't be parsed."""
        return self._suites.suite(file, WHOLE)
