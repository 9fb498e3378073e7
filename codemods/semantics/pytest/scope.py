"""Which files belong to the tests: the only ones that are rewritten unless more is asked for."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path, PurePosixPath

from codemods import disk
from codemods.errors import FileError, UsageError
from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
from codemods.semantics.pytest.configuration.pytest_lookup import PytestConfigs

_TESTS = re.compile(
    r"(?:.*[^a-z])?(?:test|tests|testing|test(?:case|data|lib|suite|util)s?|[a-z]+tests|unit|integration|functional|e2e"
    r"|acceptance|smoke|regression|specs?|fixtures?)(?:[^a-z].*)?"
)
"""What folders of tests are called: ``tests``, ``test_app``, ``integration``."""
_TESTING = re.compile(
    rb"^[ \t]*(?:import|from)[ \t]+(?:pytest(?:_asyncio)?|unittest|mock|asynctest|aiounittest)\b", re.MULTILINE
)
_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]*(\([^)]{0,2000}\)|[^\n]*)|import[ \t]+([^\n]*)"
    rb"|pytest_plugins\b[^\n=]*=[ \t]*([\[(][^\])]{0,2000}|[^\n]*))",
    re.MULTILINE,
)
_NAME = re.compile(rb"\w+")
_FIXTURE = re.compile(rb"^[ \t]*@[ \t]*(?:\w+\.)*fixture\b|=[ \t]*(?:\w+\.)*fixture[ \t]*\(", re.MULTILINE)
_PYTEST = re.compile(rb"^[ \t]*(?:import|from)[ \t]+pytest(?:_asyncio)?\b", re.MULTILINE)
_SETTINGS = frozenset({"pyproject.toml", "setup.cfg", "setup.py"})


class Scope:
    """The tests' side of a project.

    These are what pytest collects by its name, conftest files, and all modules in a folder that is called like one of
    tests and has a conftest or test modules or is one of ``testpaths``. Elsewhere a module is the tests' if it imports
    pytest or unittest, a test module or a conftest imports it, perhaps through others, and it lies in the root, in such
    a folder or below a conftest. A module that defines fixtures is the tests' wherever it lies, if a conftest imports
    it or it is a plugin of pytest: by an entry point, by ``-p``, or as another plugin imports it.
    """

    def __init__(
        self, root: Path, configs: PytestConfigs, files: Callable[[], Iterable[Path]], read: Callable[[Path], bytes]
    ) -> None:
        """Decide by the configuration of each file's folder.

        Args:
            root: The project's root, absolute.
            configs: Where the configurations come from.
            files: Returns the files of the project, absolute; asked only where a file doesn't tell by itself.
            read: Returns the content of a file, or raises ``FileError``.
        """
        self._root = root
        self._configs = configs
        self._files = files
        self._read = read
        self._folders: dict[Path, bool] = {}
        self._near: dict[Path, bool] = {}
        self._names: dict[Path, bool] = {}

    def is_test_side(self, path: Path) -> bool:
        """Whether the file (absolute) belongs to the tests; any other is only read as evidence.

        Where the pytest configuration of its folder is broken, its name decides.
        """
        if path.suffix != ".py":
            return False
        if self._is_collected(path) or self._is_of_tests(path.parent):
            return True
        if self._lies_near_tests(path.parent):
            return self._serves_tests(path)
        return self._defines_fixtures(path) and _module_name(path) in self._given_on

    def _is_collected(self, path: Path) -> bool:
        if path not in self._names:
            self._names[path] = path.name == "conftest.py" or self._config(path.parent).matches_file(path)
        return self._names[path]

    def _config(self, folder: Path) -> PytestConfig:
        try:
            return self._configs.at(folder)
        except UsageError:
            return PytestConfig()

    def _below_root(self, folder: Path) -> Iterator[Path]:
        """Yield a folder and those above it, up to the root, which isn't among them."""
        return (each for each in (folder, *folder.parents) if self._root in each.parents)

    def _is_of_tests(self, folder: Path) -> bool:
        """Whether all modules in a folder are the tests'."""
        if folder not in self._folders:
            named = [each for each in self._below_root(folder) if _TESTS.fullmatch(each.name.lower())]
            self._folders[folder] = bool(named) and self._is_governed(folder, named[-1])
        return self._folders[folder]

    def _is_governed(self, folder: Path, outermost: Path) -> bool:
        if any(map(_has_conftest, self._below_root(folder))) or self._is_in_testpaths(folder):
            return True
        return _has_conftest(self._root) and outermost in self._folders_with_tests

    def _lies_near_tests(self, folder: Path) -> bool:
        if folder not in self._near:
            above = list(self._below_root(folder))
            self._near[folder] = (
                any(_has_conftest(each) or _TESTS.fullmatch(each.name.lower()) for each in above)
                or self._is_in_testpaths(folder)
                or (folder == self._root and any(folder == each.parent for each in self._collected))
            )
        return self._near[folder]

    def _serves_tests(self, path: Path) -> bool:
        """Whether the tests import a module that is about testing, or a package that hands on what is in such a one."""
        # What a file holds is asked first: the imports are those of all files.
        return self._is_of_use(path) and _module_name(path) in self._imported

    def _is_of_use(self, path: Path) -> bool:
        if (about := self._is_about_testing(path)) or path.name != "__init__.py":
            return about
        inside = (path.parent / f"{os.fsdecode(name)}.py" for name in self._named_in(path) if name != b"__init__")
        return any(
            self._is_about_testing(each) and each in self._near_tests and self._serves_tests(each) for each in inside
        )

    def _is_about_testing(self, path: Path) -> bool:
        try:
            return _TESTING.search(self._read(path)) is not None
        except FileError:
            return False

    def _defines_fixtures(self, path: Path) -> bool:
        try:
            data = self._read(path)
        except FileError:
            return False
        return _FIXTURE.search(data) is not None and _PYTEST.search(data) is not None

    @cached_property
    def plugins(self) -> tuple[str, ...]:
        """The modules that are plugins of pytest for all tests: those of the project's entry points and of ``-p``."""
        settings = [path for path in self._files() if path.name in _SETTINGS]
        named = dict.fromkeys(name for path in settings for name in self._entry_points(path))
        folders = {self._root, *(path.parent for path in settings)}
        named.update(dict.fromkeys(name for each in sorted(folders) for name in self._config(each).plugins))
        return tuple(named)

    def _entry_points(self, path: Path) -> Iterator[str]:
        try:
            data = self._read(path)
        except FileError:
            return
        if b"pytest11" in data:
            from codemods.semantics.pytest.entry_points import plugin_modules  # which few projects have

            yield from plugin_modules(path.name, data.decode("utf-8", "replace"))

    @cached_property
    def _plugin_files(self) -> list[Path]:
        """The files of the plugins, and what lies in the folders of these beside them."""
        parts = [tuple(each.split(".")) for each in self.plugins]
        python = [path for path in self._files() if path.suffix == ".py"] if parts else []
        plugins = [path for path in python if any(_module_parts(path)[-len(each) :] == each for each in parts)]
        folders = {path.parent for path in plugins} - {self._root}
        return [path for path in python if path in plugins or not folders.isdisjoint(path.parents)]

    @cached_property
    def _near_tests(self) -> frozenset[Path]:
        python = (path for path in self._files() if path.suffix == ".py")
        return frozenset(path for path in python if self._lies_near_tests(path.parent))

    @cached_property
    def _collected(self) -> list[Path]:
        """The test modules and conftest files of the project."""
        return [path for path in self._files() if path.suffix == ".py" and self._is_collected(path)]

    @cached_property
    def _folders_with_tests(self) -> frozenset[Path]:
        return frozenset(folder for path in self._collected for folder in path.parents if path.name != "conftest.py")

    @cached_property
    def _imported(self) -> frozenset[bytes]:
        """The names that test modules, conftest files and plugins import, or what those import that lies near them."""
        return self._imported_by(self._collected)

    @cached_property
    def _given_on(self) -> frozenset[bytes]:
        """The names that conftest files and plugins import, and so have for all tests around them."""
        return self._imported_by(path for path in self._collected if path.name == "conftest.py")

    def _imported_by(self, paths: Iterable[Path]) -> frozenset[bytes]:
        near: defaultdict[bytes, list[Path]] = defaultdict(list)
        for path in (*self._near_tests, *self._plugin_files):
            near[_module_name(path)].append(path)
        found = {each.rpartition(".")[2].encode() for each in self.plugins}
        waiting = [*paths, *(path for name in sorted(found) for path in near.pop(name, ()))]
        while waiting:
            new = set(self._named_in(waiting.pop())) - found
            found |= new
            waiting += [path for name in new for path in near.pop(name, ())]
        return frozenset(found)

    def _named_in(self, path: Path) -> Iterator[bytes]:
        try:
            data = self._read(path)
        except FileError:
            return
        for found in _IMPORT.finditer(data):
            yield from _NAME.findall(b" ".join(filter(None, found.groups())))

    def _is_in_testpaths(self, folder: Path) -> bool:
        config = self._config(folder)
        base = (self._root / config.path).parent if config.path else self._root
        if base not in folder.parents:
            return False
        relative = PurePosixPath(folder.relative_to(base).as_posix())
        return any(_lies_below(relative, pattern) for pattern in config.testpaths)


class SuiteFiles(Collection[str]):
    """The Python files of the tests, posix, from the root, folder by folder."""

    def __init__(self, python: Callable[[], Sequence[str]], is_one: Callable[[str], bool]) -> None:
        """Take what returns all Python files, sorted, and what tells of one whether it is of the tests."""
        self._python = python
        self._is_one = cache(is_one)

    @classmethod
    def of(cls, paths: Sequence[str]) -> SuiteFiles:
        """Return the side of the tests where all files are theirs."""
        return cls(lambda: paths, paths.__contains__)

    @property
    def candidates(self) -> Sequence[str]:
        """All Python files."""
        return self._python()

    def __contains__(self, path: object) -> bool:
        """Whether a file is one of them."""
        return isinstance(path, str) and self._is_one(path)

    def __iter__(self) -> Iterator[str]:
        """Yield them in their order."""
        return filter(self._is_one, self.candidates)

    def __len__(self) -> int:
        """Their number."""
        return sum(1 for _ in self)

    def such(self, wanted: Callable[[str], bool]) -> Iterator[str]:
        """Yield those of which something holds, which is asked first."""
        return filter(self._is_one, filter(wanted, self.candidates))

    def among(self, paths: Iterable[str]) -> list[str]:
        """Return those of some files that are among them."""
        return [*filter(self._is_one, paths)]

    def has_in(self, folder: str) -> bool:
        """Return whether one stands in a folder itself."""
        return any(map(self._is_one, self._by_folder.get(folder, ())))

    @cached_property
    def order(self) -> Mapping[str, int]:
        """Which of all Python files each is."""
        return {path: number for number, path in enumerate(self.candidates)}

    @cached_property
    def _by_folder(self) -> Mapping[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for path in self.candidates:
            found[path.rpartition("/")[0]].append(path)
        return dict(found)


def _module_name(path: Path) -> bytes:
    return os.fsencode(path.parent.name if path.name == "__init__.py" else path.stem)


def _module_parts(path: Path) -> tuple[str, ...]:
    return path.parent.parts if path.name == "__init__.py" else path.with_suffix("").parts


def _has_conftest(folder: Path) -> bool:
    return disk.is_file(folder / "conftest.py")


def _lies_below(folder: PurePosixPath, pattern: str) -> bool:
    wanted = PurePosixPath(pattern)
    return any(
        each.match(pattern) and (len(each.parts) == len(wanted.parts) or "**" in wanted.parts)
        for each in (folder, *folder.parents)
        if each.parts and wanted.parts
    )
