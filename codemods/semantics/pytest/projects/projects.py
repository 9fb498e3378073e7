"""Which project of a repository a file belongs to; each has facts of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable
from dataclasses import replace
from pathlib import Path

from codemods.semantics.later import Later
from codemods.semantics.pytest.projects.environment import with_environment
from codemods.semantics.pytest.projects.evidence import is_configuration, is_lock
from codemods.semantics.pytest.projects.project import Project, scan
from codemods.semantics.pytest.projects.silence import Silence
from codemods.semantics.pytest.scope import Scope

_MARKS = frozenset({"pyproject.toml", "setup.py", "setup.cfg"})


class Projects:
    """The projects below a root: folders with a ``pyproject.toml``, a ``setup.py`` or a ``setup.cfg``, and the root.

    A file belongs to the innermost. What a folder above a project configures for all that is below, its requirements,
    its command lines and its conftest, holds for the project too.
    """

    def __init__(
        self, root: Path, files: Iterable[Path], read: Callable[[Path], bytes], scope: Scope,
        target: tuple[int, ...] | None = None, python: Path | None = None, given: Container[Path] = (),
    ) -> None:  # fmt: skip
        """Take the files.

        Args:
            root: The root of all, absolute.
            files: The files that may bear witness, absolute.
            read: Returns the content of a file.
            scope: Which files belong to the tests.
            target: The pytest-asyncio that the tests will run under, if a setting says so.
            python: The Python of the tests.
            given: The files whose content isn't what the disk holds.
        """
        self._given = given
        self._python = python
        self._target = target
        self._root = root
        self._read = read
        self._scope = scope
        known = sorted(files)  # the first that bears witness is named
        self._folders = {path.parent for path in known if path.name in _MARKS} | {root}
        self._nearest: dict[Path, Path] = {}
        self._files: defaultdict[Path, list[Path]] = defaultdict(list)
        for path in known:
            self._files[self._folder(path)].append(path)
        self._held: dict[Path, list[Path]] = {}
        self._projects: dict[Path, Project] = {}
        self._facts: dict[Path, Later[Project]] = {}

    def _folder(self, path: Path) -> Path:
        if (near := path.parent) not in self._nearest:
            self._nearest[near] = next((folder for folder in path.parents if folder in self._folders), self._root)
        return self._nearest[near]

    def later(self, path: Path) -> Later[Project]:
        """Return the facts about the project of a file, which are the same for all its files, as they are needed."""
        folder = self._folder(path)
        if folder not in self._facts:
            self._facts[folder] = Later(lambda: self._at(folder))
        return self._facts[folder]

    def at(self, path: Path) -> Project:
        """Return the facts about the project of a file."""
        return self._at(self._folder(path))

    def _at(self, folder: Path) -> Project:
        if folder not in self._projects:
            files = [*self._files[folder], *self._above(folder)]
            silence = Silence(self._root, folder, self._given)
            found = scan(self._root, files, self._read, self._scope, silence)
            project = with_environment(found, self._python)
            self._projects[folder] = replace(project, stated_target=self._target)
        return self._projects[folder]

    def _above(self, folder: Path) -> list[Path]:
        return [path for outer in folder.parents if outer in self._files for path in self._held_below(outer)]

    def _held_below(self, outer: Path) -> list[Path]:
        if outer not in self._held:  # a repository may hold a hundred projects
            self._held[outer] = [path for path in self._files[outer] if _holds_below(path, outer)]
        return self._held[outer]


def _holds_below(path: Path, folder: Path) -> bool:
    if path.parent == folder:
        return is_configuration(path) or is_lock(path) or path.name == "conftest.py"
    return is_configuration(path) and path.relative_to(folder).parts[0].startswith(".")
