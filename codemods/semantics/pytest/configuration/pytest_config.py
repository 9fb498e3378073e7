"""What pytest's configuration says of a folder: what is a test, and who runs the async ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import PurePath

from codemods.model import Evidence

_OF_DEPRECATION = frozenset(
    {"", "Warning", "UserWarning", "DeprecationWarning", "pytest.PytestWarning", "pytest.PytestDeprecationWarning"}
)
"""The categories of warnings that a ``PytestDeprecationWarning`` belongs to."""


@dataclass(frozen=True, slots=True)
class PytestConfig:
    """The options of pytest, pytest-asyncio, anyio and pytest-trio that decide what a test is."""

    path: str | None = None
    """The configuration file, relative to the project's root."""
    python_files: tuple[str, ...] = ("test_*.py", "*_test.py")
    python_classes: tuple[str, ...] = ("Test",)
    python_functions: tuple[str, ...] = ("test",)
    testpaths: tuple[str, ...] = ()
    usefixtures: tuple[str, ...] = ()
    """The fixtures that all tests use."""
    asyncio_mode: str = "strict"
    """``strict`` or ``auto``; the old ``legacy`` counts as ``auto``, which is what it means."""
    mode_evidence: Evidence | None = None
    """Where the mode is set, or None where it is pytest-asyncio's default."""
    anyio_auto: bool = False
    trio_mode: bool = False
    fixture_loop_scope: str | None = None
    """``asyncio_default_fixture_loop_scope``, or None where it is unset."""
    test_loop_scope: str | None = None
    """``asyncio_default_test_loop_scope``, or None where it is unset."""
    filterwarnings: tuple[str, ...] = ()
    """The filters of warnings, of which a later one goes over an earlier one."""
    places: Mapping[str, Evidence] = field(default_factory=dict)
    """Where each of ``asyncio_mode``, ``filterwarnings`` and the two loop scopes is set, by its name in the file."""
    disabled: bool = False
    """Whether pytest-asyncio is turned off by ``-p no:asyncio``."""
    without_warnings: bool = False
    """Whether ``-p no:warnings`` hides all warnings, also those that would be errors."""
    plugins: tuple[str, ...] = ()
    """The modules that ``-p`` in ``addopts`` makes plugins."""
    has_timeout: bool = False
    """Whether pytest-timeout ends each test that takes too long."""

    @property
    def fails_on_deprecation(self) -> bool:
        """Whether a ``PytestDeprecationWarning`` is an error, whatever it says and wherever it is given."""
        for action, is_for_all in () if self.without_warnings else self._on_deprecation:
            is_error = "error".startswith(action)
            if is_for_all or not is_error:
                return is_error
        return False

    @property
    def hides_deprecation(self) -> bool:
        """Whether nobody sees a ``PytestDeprecationWarning``, whatever it says and wherever it is given."""
        action = next((action for action, is_for_all in self._on_deprecation if is_for_all), "default")
        return self.without_warnings or "ignore".startswith(action)

    @property
    def _on_deprecation(self) -> Iterator[tuple[str, bool]]:
        """The actions of the filters for a ``PytestDeprecationWarning``, the first to hold first.

        With each comes whether it is for all of them.
        """
        for each in reversed(self.filterwarnings):
            action, message, category, *place = (part.strip() for part in (*each.split(":"), "", ""))
            if category in _OF_DEPRECATION:
                yield action or "default", not (message or any(place))

    def matches_file(self, path: PurePath | str) -> bool:
        """Whether pytest would collect the file, as ``path_matches_patterns`` does."""
        path = PurePath(path)
        return path.suffix == ".py" and any(_matches_path(pattern, path) for pattern in self.python_files)

    def matches_class(self, name: str) -> bool:
        """Whether pytest would collect a class of this name."""
        return _matches_name(name, self.python_classes)

    def matches_function(self, name: str) -> bool:
        """Whether pytest would collect a function or a method of this name."""
        return _matches_name(name, self.python_functions)


def _matches_path(pattern: str, path: PurePath) -> bool:
    # Pytest compares absolute paths, so that a pattern with folders matches from any folder on.
    if "/" not in pattern:
        return fnmatch(path.name, pattern)
    return fnmatch(f"/{path.as_posix().lstrip('/')}", pattern if pattern.startswith("/") else f"*/{pattern}")


def _matches_name(name: str, patterns: Iterable[str]) -> bool:
    return any(
        name.startswith(pattern) or (any(mark in pattern for mark in "*?[") and fnmatch(name, pattern))
        for pattern in patterns
    )
