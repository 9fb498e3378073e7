"""Finding the pytest configuration of a folder and reading its values as pytest does."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from codemods import disk
from codemods.errors import UsageError
from codemods.model import Evidence
from codemods.semantics.pytest.configuration.addopts import Options, parse_options
from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
from codemods.semantics.pytest.configuration.pytest_files import ConfigFile, load_folder

ENVIRONMENT = "PYTEST_ADDOPTS"
_MODES = {"strict": "strict", "auto": "auto", "legacy": "auto"}
_FIXTURE_SCOPE = "asyncio_default_fixture_loop_scope"
_TEST_SCOPE = "asyncio_default_test_loop_scope"
_LOCATED = ("asyncio_mode", _FIXTURE_SCOPE, _TEST_SCOPE, "filterwarnings")
_TRUE = ("y", "yes", "t", "true", "on", "1")


class PytestConfigs:
    """The configuration for each folder of a project; each file is read once."""

    def __init__(
        self, root: Path, environment: str | None = None, *, contents: Mapping[Path, bytes] | None = None
    ) -> None:
        """Look no higher than ``root``.

        Args:
            root: The project's root, which paths are relative to.
            environment: The value of ``PYTEST_ADDOPTS``; by default that of this process.
            contents: The content of files that aren't on the disk as they are meant.
        """
        self._root = root
        self._environment = (disk.variable(ENVIRONMENT) or "") if environment is None else environment
        self._files: dict[Path, ConfigFile | None] = {}
        self._broken: dict[Path, str] = {}
        self._configs: dict[Path, PytestConfig] = {}
        self._known: dict[Path, PytestConfig] = {}
        self._errors: dict[Path, str] = {}
        self._contents = contents or {}

    def at(self, directory: Path) -> PytestConfig:
        """The configuration that pytest reads when it is given ``directory``.

        Raises:
            UsageError: The file is broken; the message names it.
        """
        if (error := self.error_at(directory)) is not None:
            raise UsageError(error)
        return self._known[directory]

    def error_at(self, directory: Path) -> str | None:
        """What is wrong with the configuration of ``directory``; None if nothing is."""
        if directory not in self._known and directory not in self._errors:
            try:
                self._known[directory] = self._find(directory)
            except UsageError as error:
                self._errors[directory] = str(error)
        return self._errors.get(directory)

    def _find(self, directory: Path) -> PytestConfig:
        file = self._file(directory)
        if file.path not in self._configs:
            self._configs[file.path] = self._read(file)
        return self._configs[file.path]

    def _file(self, directory: Path) -> ConfigFile:
        folders = [directory]
        while folders[-1] not in (self._root, folders[-1].parent):
            folders.append(folders[-1].parent)
        for folder in folders:
            if (file := self._loaded(folder)) is not None:
                return file
        # Where no file configures pytest, the nearest pyproject.toml is taken for the one that does.
        named = (folder / "pyproject.toml" for folder in folders)
        return ConfigFile(next((path for path in named if disk.is_file(path)), self._root), {})

    def _loaded(self, folder: Path) -> ConfigFile | None:
        if (error := self._broken.get(folder)) is not None:
            raise UsageError(error)
        if folder not in self._files:
            try:
                self._files[folder] = load_folder(folder, self._contents)
            except UsageError as broken:
                self._broken[folder] = str(broken)  # it is asked about once for each folder below
                raise
        return self._files[folder]

    def _read(self, file: ConfigFile) -> PytestConfig:
        environment = self._environment_words()
        always = file.words("addopts") or []
        if (instead := parse_options(environment).overrides.get("addopts")) is not None:
            always = _split(instead, f"{ENVIRONMENT}: 'addopts'")
        options = parse_options([*always, *environment])
        values = _values(ConfigFile(file.path, options.overrides), _values(file, PytestConfig()))
        places = self._places(file, options)
        return replace(
            values,
            path=None if file.path == self._root else _relative(file.path, self._root),
            asyncio_mode=_mode(options.asyncio_mode or values.asyncio_mode, file.path),
            mode_evidence=places.get("asyncio_mode"),
            filterwarnings=(*values.filterwarnings, *options.warnings),
            places=places,
            disabled=options.disabled,
            without_warnings=options.without_warnings,
            plugins=tuple(options.plugins),
            has_timeout=values.has_timeout if options.timeout is None else _is_time(options.timeout),
        )

    def _environment_words(self) -> list[str]:
        return _split(self._environment, f"{ENVIRONMENT}:")

    def _places(self, file: ConfigFile, options: Options) -> dict[str, Evidence]:
        patterns = {key: _option_pattern(options, key) for key in _LOCATED}
        given = {key: pattern for key, pattern in patterns.items() if pattern or key in file.values}
        if not given:
            return {}
        from codemods.semantics.pytest.configuration.option_lines import OptionLines

        lines = OptionLines(file.path.name, file.text)
        found = {}
        for key, pattern in given.items():
            if pattern and re.search(pattern, self._environment):
                found[key] = Evidence(ENVIRONMENT, 1, self._environment)
            else:
                place = lines.find("addopts" if pattern else key, pattern)
                found[key] = Evidence(_relative(file.path, self._root), *place)
        return found


def _split(text: str, what: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"{what} can't be split into words: {error}") from None


def _option_pattern(options: Options, key: str) -> str | None:
    """What the option looks like that goes over the value of the file, if there is one."""
    if key == "asyncio_mode" and options.asyncio_mode is not None:
        return r"--asyncio-mode\b"
    if key == "filterwarnings" and options.warnings:
        return r"(?:-W|--pythonwarnings)"
    return rf"(?:-o|override-ini|[\"'])[ =]?{key}=" if key in options.overrides else None


def find_config(directory: Path, root: Path) -> PytestConfig:
    """The configuration that pytest reads when it is given ``directory``, looking no higher than ``root``.

    Raises:
        UsageError: The file is broken; the message names it.
    """
    return PytestConfigs(root).at(directory)


def _values(file: ConfigFile, base: PytestConfig) -> PytestConfig:
    def words(key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        found = file.words(key)
        return default if found is None else tuple(found)

    anyio, trio = file.word("anyio_mode"), file.word("trio_mode")
    return replace(
        base,
        python_files=words("python_files", base.python_files),
        python_classes=words("python_classes", base.python_classes),
        python_functions=words("python_functions", base.python_functions),
        testpaths=words("testpaths", base.testpaths),
        usefixtures=words("usefixtures", base.usefixtures),
        asyncio_mode=base.asyncio_mode if (mode := file.word("asyncio_mode")) is None else mode,
        # An empty scope is none, and pytest-asyncio refuses it.
        fixture_loop_scope=file.word(_FIXTURE_SCOPE) or base.fixture_loop_scope,
        test_loop_scope=file.word(_TEST_SCOPE) or base.test_loop_scope,
        filterwarnings=base.filterwarnings if (filters := file.lines("filterwarnings")) is None else tuple(filters),
        anyio_auto=base.anyio_auto if anyio is None else anyio == "auto",
        trio_mode=base.trio_mode if trio is None else trio.lower() in _TRUE,
        has_timeout=base.has_timeout if (timeout := file.word("timeout")) is None else _is_time(timeout),
    )


def _is_time(value: str) -> bool:
    """Say whether pytest-timeout takes a value for a time: 0 and less mean none."""
    try:
        return float(value) > 0
    except ValueError:
        return False


def _mode(mode: str, path: Path) -> str:
    if mode not in _MODES:
        raise UsageError(f"{path}: {mode!r} is no asyncio_mode; it must be 'strict' or 'auto'")
    return _MODES[mode]


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if root in path.parents else path.as_posix()
