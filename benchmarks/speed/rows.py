"""The table: its lines, what is wanted of them, and what was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from speed.corpora import Repositories


@dataclass(frozen=True)
class Bench:
    """What is measured on: some repositories, and how often and how much of them."""

    repositories: Repositories
    runs: int
    files: int
    suites: tuple[str, ...] = ()
    """How the names of those begin on which `diff` runs."""

    @property
    def corpus(self) -> Path:
        """The project of so many test files."""
        return self.repositories.corpus(self.files)

    def scratch(self, name: str) -> Path:
        """A folder for one thing."""
        folder = self.repositories.scratch / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    line: str
    measured: float
    n: int
    wanted: float | None = None
    """The most that it may be, or the least."""
    least: bool = False
    unit: str = ""
    medians: str = ""
    """What the figure comes from: it says nothing on another machine."""

    @property
    def holds(self) -> str:
        """Whether it is as wanted."""
        if self.wanted is None:
            return ""
        return "yes" if (self.measured >= self.wanted if self.least else self.measured <= self.wanted) else "**no**"

    @property
    def limit(self) -> str:
        """What is wanted, in words."""
        return "" if self.wanted is None else f"{'≥' if self.least else '≤'} {self.wanted:.4g}{self.unit}"

    def __str__(self) -> str:
        """Return it as it is printed when it is there."""
        limit = f" (wanted {self.limit})" if self.limit else ""
        return f"{self.line}: {self.shown}{limit}, n = {self.n}{f'; {self.medians}' if self.medians else ''}"

    @property
    def shown(self) -> str:
        """What was measured."""
        return f"{self.measured:.3g}{self.unit}" if self.measured < 1000 else f"{self.measured:.0f}{self.unit}"


Line = Callable[[Bench], Iterator[Row]]
"""Measures some lines of the table."""


def table(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of the table in Markdown."""
    yield "| line | wanted | measured | held | n |"
    yield "|---|---|---|---|---|"
    for row in rows:
        yield f"| {row.line} | {row.limit} | {row.shown} | {row.holds} | {row.n} |"
