"""What the flags of check, diff and apply come to."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codemods.config import MAX_RUNS, TIMEOUT, Settings, load_settings, merge
from codemods.errors import UsageError

STDIN = "-"
STDIN_FILENAME = "test_stdin.py"
_FEW_PATHS = 3


@dataclass(frozen=True, slots=True)
class Options:
    """The choices of one run, as they were written."""

    paths: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    unsafe: bool = False
    jobs: int | None = None
    statistics: bool = False
    output_format: str = "text"
    color: str = "auto"
    stdin_filename: str = STDIN_FILENAME
    allow_dirty: bool = False
    backup: bool = False
    python: str | None = None
    before: str | None = None
    after: str | None = None
    against: str | None = None
    strict: bool = False
    target_version: str | None = None
    timeout: float = TIMEOUT
    max_runs: int = MAX_RUNS
    write: bool = False
    pytest_args: tuple[str, ...] = ()
    evidence: str | None = None
    include_non_tests: bool = False
    no_cache: bool = False

    @property
    def json(self) -> bool:
        """Whether the report is for programs."""
        return self.output_format == "json"

    def settings(self, folder: Path, root: Path) -> Settings:
        """Return the settings of the project, with the flags over them.

        Raises:
            UsageError: The project's ``[tool.codemods]`` is wrong.
        """
        return merge(
            load_settings(folder, root),
            select=self.select,
            ignore=self.ignore,
            extend_select=self.extend_select,
            unsafe=self.unsafe,
            jobs=self.jobs,
            python=self.environment,
            target_version=self.target_version,
            evidence=Path(self.evidence) if self.evidence is not None else None,
            include_non_tests=self.include_non_tests,
        )

    @property
    def environment(self) -> Path | None:
        """The Python of the tests as they are migrated, if one is named.

        Raises:
            UsageError: Two are named.
        """
        if self.python is not None and self.after is not None:
            raise UsageError("--python and --after name the same: give one of them")
        named = self.after if self.after is not None else self.python
        return Path(named) if named is not None else None

    def command(self, name: str, *flags: str) -> str:
        """Return the command line that does ``name`` with the same choices."""
        verifies = name == "verify"
        words = dict.fromkeys((*self._flags(), *(self._pytest_flags() if verifies else ()), *flags))
        paths = self.paths if len(self.paths) <= _FEW_PATHS else ("…",)
        rest = ("--", *self.pytest_args) if verifies and self.pytest_args else ()
        return shlex.join(("codemods", name, *words, *paths, *rest)).replace("'…'", "…")

    def _pytest_flags(self) -> Iterator[str]:
        if self.before is not None:
            yield f"--before={self.before}"
        if self.after is not None:
            yield f"--after={self.after}"
        if self.against is not None:
            yield f"--against={self.against}"
        if self.strict:
            yield "--strict"
        if self.timeout != TIMEOUT:
            yield f"--timeout={self.timeout:g}"
        if self.max_runs != MAX_RUNS:
            yield f"--max-runs={self.max_runs}"

    def _flags(self) -> Iterator[str]:
        for option, values in (
            ("select", self.select),
            ("ignore", self.ignore),
            ("extend-select", self.extend_select),
        ):
            if values:
                yield f"--{option}={','.join(values)}"
        if self.unsafe:
            yield "--unsafe"
        if self.evidence is not None:
            yield f"--evidence={self.evidence}"
        if self.include_non_tests:
            yield "--include-non-tests"
        if self.python is not None:
            yield f"--python={self.python}"
        if self.target_version is not None:
            yield f"--target-version={self.target_version}"
