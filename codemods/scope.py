"""Which files a run may write: those that belong to the tests."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path, PurePosixPath

from codemods.analysis.configuration.pytest_config import PytestConfig
from codemods.analysis.configuration.pytest_lookup import PytestConfigs


class WriteScope:
    """The test side of a project: its test modules, conftest files, what lies beside them, what was named."""

    def __init__(self, root: Path, configs: PytestConfigs, named: Collection[Path] = ()) -> None:
        """Decide by the configuration of each file's folder.

        Args:
            root: The project's root, absolute.
            configs: Where the configurations come from.
            named: Files that the user named, absolute.
        """
        self._root = root
        self._configs = configs
        self._named = frozenset(named)
        self._folders: dict[Path, bool] = {}

    def may_write(self, path: Path) -> bool:
        """Whether the file (absolute) may be rewritten; any other is only read as evidence.

        Raises:
            UsageError: The pytest configuration of its folder is broken.
        """
        if path in self._named or self.is_test_side(path):
            return True
        return path.suffix == ".py" and self._has_conftest(self._root)

    def is_test_side(self, path: Path) -> bool:
        """Whether the file belongs to the tests; a conftest in the root itself doesn't make all files do.

        Raises:
            UsageError: The pytest configuration of its folder is broken.
        """
        if path.name == "conftest.py":
            return True
        config = self._configs.at(path.parent)
        return config.matches_file(path) or (path.suffix == ".py" and self._below_tests(path.parent, config))

    def _below_tests(self, folder: Path, config: PytestConfig) -> bool:
        if folder not in self._folders:
            inside = [each for each in (folder, *folder.parents) if self._root in each.parents]
            self._folders[folder] = any(map(self._has_conftest, inside)) or self._in_testpaths(folder, config)
        return self._folders[folder]

    def _has_conftest(self, folder: Path) -> bool:
        return (folder / "conftest.py").is_file()

    def _in_testpaths(self, folder: Path, config: PytestConfig) -> bool:
        base = (self._root / config.path).parent if config.path else self._root
        if folder != base and base not in folder.parents:
            return False
        relative = PurePosixPath(folder.relative_to(base).as_posix())
        return any(_lies_below(relative, pattern) for pattern in config.testpaths)


def _lies_below(folder: PurePosixPath, pattern: str) -> bool:
    wanted = PurePosixPath(pattern)
    if not wanted.parts:
        return True
    return any(
        each.match(pattern) and (len(each.parts) == len(wanted.parts) or "**" in wanted.parts)
        for each in (folder, *folder.parents)
        if each.parts
    )
