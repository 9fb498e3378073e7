"""What a rule sees that judges all files together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from codemods.errors import FileError
from codemods.model import Sight
from codemods.semantics.later import Later

if TYPE_CHECKING:
    from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
    from codemods.semantics.pytest.context import Context
    from codemods.semantics.pytest.fixture_graph import FixtureGraph
    from codemods.semantics.pytest.projects.project import Project
    from codemods.semantics.pytest.scope import SuiteFiles


class Noting(Protocol):
    """A rule of the project, as far as it notes something of each file."""

    code: ClassVar[str]

    def note(self, file: Context) -> Any:
        """Return what it has to know of a file by itself."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What holds for a file, whatever it says itself."""

    config: PytestConfig
    facts: Later[Project]

    @property
    def project(self) -> Project:
        """What all files of its project say together."""
        return self.facts.value


class ProjectContext:
    """All that a rule may look at that judges the files of a repository together, as they are at the moment."""

    def __init__(
        self, paths: SuiteFiles, read: Callable[[str], bytes], parse: Callable[[str], Context | None],
        graph: Callable[[], FixtureGraph],
        configuration: Callable[[], Sequence[str]] = tuple, setting: Callable[[str], Setting | None] = lambda _: None,
        others: Callable[[], Sequence[str]] = tuple, reported: Collection[str] | None = None,
        make_room: Callable[[], None] = lambda: None, project: Callable[[str], Later[Project] | None] | None = None,
    ) -> None:  # fmt: skip
        """Take the files, or what tells them: where none is reported that a rule is about, it isn't asked.

        Args:
            paths: The Python files on the side of the tests, posix, from the root.
            read: Returns the content of a file, or raises ``FileError``.
            parse: Returns what a rule sees of a Python file, or None where it can't be parsed.
            graph: Returns what binds the fixtures of these files, always the same.
            configuration: Returns the files that hold configuration and requirements.
            setting: Returns what holds for a file, or None where its pytest configuration is broken.
            others: Returns the Python files that aren't on the side of the tests.
            reported: The files whose findings are listed; by default all.
            make_room: Lets go of trees where they are many; no file or declaration may be used on after it.
            project: Returns the facts about the project of a file, the same for all its files; by default of setting.
        """
        self.paths = paths
        self._configuration = configuration
        self._others = others
        self._reported = reported
        self.setting = cache(setting)
        self._project = project or self._project_of_setting
        self.read = read
        self.file = parse
        self.make_room = make_room
        self.rules: Sequence[Noting] = ()
        """Those that are asked, which note what they have to know of a file when any of them does."""
        self._notes: dict[str, Mapping[str, Any]] = {}
        self._graph = graph

    def _project_of_setting(self, path: str) -> Later[Project] | None:
        setting = self.setting(path)
        return setting.facts if setting is not None else None

    @cached_property
    def others(self) -> tuple[str, ...]:
        """The Python files that aren't on the side of the tests."""
        return tuple(self._others())

    @cached_property
    def configuration(self) -> tuple[str, ...]:
        """The files that hold configuration and requirements."""
        return tuple(self._configuration())

    @property
    def graph(self) -> FixtureGraph:
        """What binds the fixtures of these files."""
        return self._graph()

    def mentioning(self, *needles: bytes) -> list[str]:
        """Return the Python files that hold all of some bytes."""
        return [*self.paths.such(lambda path: self._holds(path, needles))]

    def _holds(self, path: str, needles: Sequence[bytes]) -> bool:
        data = self.data(path)
        return all(needle in data for needle in needles)

    def candidates(self, *needles: bytes) -> list[str]:
        """Return those of them whose findings are listed."""
        if self._reported is None:
            return self.mentioning(*needles)
        named = (path for path in self._reported if path.endswith(".py") and self._holds(path, needles))
        return [path for path in sorted(named, key=lambda path: PurePosixPath(path).parts) if path in self.paths]

    def notes(self, rule: Noting, paths: Iterable[str]) -> dict[str, Any]:
        """Return what a rule notes of files, by path, where there is anything; nothing of any file may be in use.

        Each is parsed once for all rules, and let go of.
        """
        found = {path: self._noted(path, rule).get(rule.code) for path in paths}
        for note in found.values():
            if isinstance(note, Exception):
                raise note
        return {path: note for path, note in found.items() if note}

    def one_by_one(self, paths: Iterable[str]) -> Iterator[str]:
        """Yield paths; nothing of the file of one may be in use when the next is asked for."""
        for path in paths:
            self.make_room()
            yield path

    def _noted(self, path: str, asking: Noting) -> Mapping[str, Any]:
        if path not in self._notes:
            self.make_room()
            file = self.file(path)
            rules = {each.code: each for each in (asking, *self.rules)}
            self._notes[path] = {code: _note(each, file) for code, each in rules.items()} if file is not None else {}
        return self._notes[path]

    def listed(self, sight: Sight) -> Iterator[bytes]:
        """Yield what the files hold whose findings are listed, and in which rules of that sight may have theirs."""
        if sight is Sight.CONFIGURATION:
            from codemods.semantics.pytest.projects.evidence import is_configuration

            paths = [path for path in self._listed if is_configuration(PurePosixPath(path))]
        else:
            paths = [path for path in self._listed if path.endswith(".py")]
        return map(self.data, paths)

    def by_project(self, paths: Iterable[str]) -> dict[Later[Project], list[str]]:
        """Return files by what their projects say; nothing is looked at for it."""
        found: defaultdict[Later[Project], list[str]] = defaultdict(list)
        for path in paths:
            if (facts := self._project(path)) is not None:
                found[facts].append(path)
        return dict(found)

    def is_reported(self, path: str) -> bool:
        """Whether the findings of a file are listed."""
        return self._reported is None or path in self._reported

    @property
    def _listed(self) -> Iterable[str]:
        return (*self.paths, *self.configuration) if self._reported is None else self._reported

    def data(self, path: str) -> bytes:
        """Return the content of a file, nothing if it can't be read."""
        try:
            return self.read(path)
        except FileError:
            return b""


def _note(rule: Noting, file: Context) -> Any:
    """Return what a rule notes of a file, or its error, which is that of no other rule."""
    try:
        return rule.note(file)
    except Exception as error:
        return error.with_traceback(None)
