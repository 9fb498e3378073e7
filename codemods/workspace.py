"""The surroundings of the files of one run: their root, their pytest configurations, their projects."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codemods import source
from codemods.discovery import beside, discover
from codemods.engine.task import Task
from codemods.errors import FileError, UsageError
from codemods.model import FileResult, Question
from codemods.selection import Selection
from codemods.semantics.later import Later
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
from codemods.semantics.pytest.configuration.pytest_lookup import PytestConfigs
from codemods.semantics.pytest.projects.environment import import_folders
from codemods.semantics.pytest.projects.evidence import is_configuration, is_evidence
from codemods.semantics.pytest.scope import Scope, SuiteFiles
from codemods.walking import Listings

if TYPE_CHECKING:
    from codemods.analysis.index.index import Index
    from codemods.rules.base import Context, ProjectContext, Setting
    from codemods.semantics.project.outlines import Outlines
    from codemods.semantics.project.recording import Recording
    from codemods.semantics.project.trees import Trees
    from codemods.semantics.pytest.fixture_graph import FixtureGraph
    from codemods.semantics.pytest.projects.project import Project
    from codemods.semantics.pytest.projects.projects import Projects
    from codemods.semantics.pytest.suite import Suite


_MOST = 4_000_000
"""How many characters of files are held as trees, when one is done, before they are let go of."""
_ROOM = 32 * 1024 * 1024
"""How many bytes of files are kept that no one wants to rewrite: rules look through all of them several times."""


class _Kept(dict[Path, bytes]):
    """The content of files, as long as there is room."""

    room = _ROOM

    def put(self, path: Path, data: bytes) -> None:
        if len(data) <= self.room:
            self[path] = data
            self.room -= len(data)


class Workspace:
    """A root, and what is known of the files below it; each file is read once."""

    def __init__(
        self, root: Path, contents: Mapping[Path, bytes] | None = None, *, python: Path | None = None,
        environment: Sequence[Path] | None = None, target: tuple[int, ...] | None = None,
        evidence: Path | None = None, include_non_tests: bool = False, listings: Listings | None = None,
    ) -> None:  # fmt: skip
        """Look at the files below ``root``.

        Args:
            root: The project's root, absolute.
            contents: The content of files that aren't on the disk as they are meant.
            python: The Python of the tests.
            environment: The folders that the tests import from, where they are known.
            target: The pytest-asyncio that the tests will run under, if a setting says so.
            evidence: The file with what a run has shown of the mocks, if one is named.
            include_non_tests: Whether files that don't belong to the tests may be rewritten too.
            listings: What git was asked before in this run.

        Raises:
            UsageError: There is no environment at ``python``, or no recording at ``evidence``.
        """
        self.root = root
        self._evidence = evidence
        if evidence is not None:
            from codemods.recordings import named_recording

            self._recording = named_recording(evidence)  # which tells now what is wrong with it
        self._target = target
        self._python = python
        self._include_non_tests = include_non_tests
        self._listings = listings or Listings()
        if environment is not None:
            self._environment = environment
        elif python is not None:
            self._environment = [*beside(root), *import_folders(root, python)]  # which tells now what is wrong with it
        self._contents = dict(contents or {})
        self._given = frozenset(self._contents)
        self._kept: frozenset[Path] = frozenset(self._contents)
        self._others_read = _Kept()
        self._configs = PytestConfigs(root, contents=self._contents)
        self._contexts: dict[str, Context | None] = {}

    def keep(self, paths: frozenset[Path]) -> None:
        """Keep the content of these files once it was read."""
        self._kept |= paths

    def read(self, path: Path) -> bytes:
        """Return the bytes of a file.

        Raises:
            FileError: It can't be read.
        """
        if (data := self._contents.get(path)) is None and (data := self._others_read.get(path)) is None:
            data = source.read(path)
            if path in self._kept:
                self._contents[path] = data
            else:
                self._others_read.put(path, data)
        return data

    @cached_property
    def _environment(self) -> Sequence[Path]:
        return [*beside(self.root), *import_folders(self.root, self._python)]

    @cached_property
    def _projects(self) -> Projects:
        from codemods.semantics.pytest.projects.projects import Projects

        return Projects(self.root, self._witnesses, self.read, self._scope, self._target, self._python, self._given)

    @cached_property
    def _scope(self) -> Scope:
        return Scope(self.root, self._configs, lambda: self._witnesses, self.read)

    @cached_property
    def _witnesses(self) -> frozenset[Path]:
        found = discover([self.root], self.root, is_evidence, self._listings)
        return frozenset((*(each.path for each in found if each.is_file), *self._contents))

    @cached_property
    def _module_files(self) -> ModuleFiles:
        return ModuleFiles(self._found(), self._environment)

    def _found(self) -> Iterator[Path]:
        yield from self._witnesses

    @cached_property
    def _trees(self) -> Trees:
        from codemods.semantics.project.trees import Trees

        return Trees(self.root, self._module_files, self.read)

    @cached_property
    def _outlines(self) -> Outlines:
        from codemods.semantics.project.outlines import Outlines

        return Outlines(self.read, self._trees)

    @cached_property
    def _index(self) -> Index:
        # Where no file may have a finding, none asks.
        from codemods.analysis.index.index import Index
        from codemods.analysis.index.modules import Modules
        from codemods.semantics.pytest.definitions import Definitions

        files, trees = self._module_files, self._trees
        definitions = Definitions(self.root, files, trees)
        modules = Modules(files, self.read, self._configs, trees, definitions)
        return Index(
            self.root, files, modules, definitions, self._outlines, lambda: self._graph, lambda: self._recording
        )

    @cached_property
    def _recording(self) -> Recording:
        from codemods.recordings import kept_recording

        return kept_recording(self.root)

    @cached_property
    def _python_files(self) -> list[str]:
        """The Python files, folder by folder."""
        files = (self.relative(path) for path in self._witnesses if path.suffix == ".py")
        return sorted(files, key=lambda path: path.split("/"))

    @cached_property
    def _tests(self) -> SuiteFiles:
        return SuiteFiles(lambda: self._python_files, self._is_test)

    def _is_test(self, path: str) -> bool:
        file = self.root / path
        return path.endswith(".py") and file in self._witnesses and self.may_write(file)

    def _context(self, path: str) -> Context | None:
        if path not in self._contexts:
            self._contexts[path] = self._parsed(path)
        return self._contexts[path]

    @cached_property
    def _graph(self) -> FixtureGraph:
        from codemods.semantics.pytest.fixture_graph import FixtureGraph  # few files ask for it

        return FixtureGraph(self._tests, self._context, self._locate, self._data, self._scope.plugins)

    def _data(self, path: str) -> bytes:
        try:
            return self.read(self.root / path)
        except FileError:
            return b""

    def suite(self, path: str, text: str, config: PytestConfig) -> Suite:
        """Return what a file would be if it held ``text``.

        Raises:
            SyntaxError: It can't be parsed; so do ValueError and RecursionError.
        """
        from codemods.semantics.pytest.suite import Suite

        self._make_room()
        module = self._trees.holding(self.root / path, text)
        return Suite(module.answered_by(self._index.answers(self.root / path)), config)

    def answers(self, path: str) -> Mapping[Question, Any]:
        """Return what a file has asked, and the answers."""
        return self._index.answers(self.root / path).known

    def answer(self, path: str, question: Question) -> Any:
        """Return the answer to a question that a file asks."""
        name, args = question
        return getattr(self._index.answers(self.root / path), name)(*args)

    def may_write(self, path: Path) -> bool:
        """Return whether a file belongs to the tests, or may be rewritten though it doesn't."""
        return self._include_non_tests or self._scope.is_test_side(path)

    def refuse_broken_root(self, folders: Iterable[Path]) -> None:
        """Go on only if the pytest configuration at the root isn't broken, or holds for none of these folders.

        A broken one further down, often test data, fails its own files only.

        Raises:
            UsageError: It is, and holds for one of them.
        """
        try:
            self._configs.at(self.root)
        except UsageError as error:
            if any(self._configs.error_at(each) == str(error) for each in folders):
                raise

    def forget(self) -> None:
        """Let go of the trees of all files, which are parsed again where they are asked for."""
        if "_index" in self.__dict__:
            self._index.forget()
        if (graph := self.__dict__.pop("_graph", None)) is not None:
            graph.end()
        self._contexts.clear()
        if "_trees" in self.__dict__:
            self._trees.forget()

    def _make_room(self, most: int = _MOST) -> None:
        """Let go of the trees where they have more characters: none of them may be in use."""
        if "_trees" in self.__dict__ and self._trees.held > most:
            self.forget()

    def now(self, contents: Mapping[str, bytes]) -> Workspace:
        """Return the same with other contents of some files, by their paths in results."""
        changed = {self.root / path: data for path, data in contents.items()}
        other = Workspace(
            self.root, {**self._contents, **changed}, python=self._python, environment=self._environment,
            target=self._target, include_non_tests=self._include_non_tests,
        )  # fmt: skip
        other._evidence = self._evidence
        if "_recording" in self.__dict__:
            other.__dict__.update(_recording=self._recording)
        # No fix adds a file, or takes one from the tests.
        other.__dict__.update(_witnesses=self._witnesses, _scope=self._scope, _module_files=self._module_files)
        other.__dict__.update(_tests=self._tests, _others_read=self._others_read)
        trees = self._trees.after(other.read, changed.keys())
        outlines = self._outlines.after(other.read, trees, changed.keys())
        other.__dict__.update(_trees=trees, _outlines=outlines)
        return other

    def __reduce__(self) -> tuple[Callable[..., Workspace], tuple[Any, ...]]:
        """Hand on the snapshot, not what was found out of it."""
        named = self._python, self._environment, self._target, self._evidence, self._include_non_tests
        return _restored, (self.root, self._contents, *named)

    def renewed(self, task: Task, earlier: FileResult) -> Task:
        """Return the task that goes on from ``earlier``, with the configuration and the project of the moment."""
        path = self.root / task.path
        return replace(task, config=self._configs.at(path.parent), facts=self._facts(path), earlier=earlier)

    def project_context(self, reported: Collection[str] | None = None) -> ProjectContext:
        """Return what the rules of the project see; findings in other files than these, if given, aren't listed."""
        from codemods.rules.project import ProjectContext

        self._make_room(0)
        return ProjectContext(
            self._tests, lambda path: self.read(self.root / path), self._context, lambda: self._graph,
            self._configuration, self._setting, self._others, reported, self._make_room,
            lambda path: self._projects.later(self.root / path),
        )  # fmt: skip

    def _others(self) -> list[str]:
        return [path for path in self._python_files if path not in self._tests]

    def _configuration(self) -> list[str]:
        return [*map(self.relative, sorted(path for path in self._witnesses if is_configuration(path)))]

    def _setting(self, path: str) -> Setting | None:
        from codemods.rules.project import Setting

        file = self.root / path
        try:
            return Setting(self._configs.at(file.parent), self._projects.later(file))
        except UsageError:
            return None

    def _locate(self, importer: str, module: str) -> str | None:
        file = self._module_files.find(self.root / importer, module)
        return None if file is None or self._module_files.is_installed(file) else self.relative(file)

    def _parsed(self, path: str) -> Context | None:
        from codemods.rules.base import Context

        suite = self._index.suite(self.root / path)
        if suite is None:
            return None
        return Context(suite.module, suite, suite.config, self._facts(self.root / path))

    def task(self, path: Path, selection: Selection, *, first_round: bool = False) -> Task:
        """Return the work to do on a file (absolute).

        Raises:
            FileError: The file can't be read.
            UsageError: The pytest configuration of its folder is broken.
        """
        data = self.read(path)
        config = self._configs.at(path.parent)
        return Task(self.relative(path), data, config, self._facts(path), selection, first_round)

    def project(self, path: str) -> Project:
        """Return the facts about the project of a file."""
        return self._projects.at(self.root / path)

    def _facts(self, path: Path) -> Later[Project]:
        return Later(lambda: self._projects.at(path))

    def relative(self, path: Path) -> str:
        """Return a path as results show it: posix, from the root if it lies below."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.as_posix()


def _restored(
    root: Path, contents: Mapping[Path, bytes], python: Path | None, environment: Sequence[Path],
    target: tuple[int, ...] | None, evidence: Path | None, include_non_tests: bool,
) -> Workspace:  # fmt: skip
    return Workspace(
        root, contents, python=python, environment=environment, target=target, evidence=evidence,
        include_non_tests=include_non_tests,
    )  # fmt: skip
