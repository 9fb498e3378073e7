"""What came of the AsyncMocks of a project: restored, missed and added, as Markdown and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

CREATIONS, ASSERTIONS = "creations", "assertions"


@dataclass(frozen=True, slots=True)
class Item:
    """A place and what the tool says of it; its line is that of the file as published, or as migrated if it is new."""

    kind: str
    at: str
    function: str
    path: str
    reason: str

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What it has in common with the same place in another version of the file."""
        return self.kind, self.at.partition(":")[0], self.function, self.path


@dataclass(slots=True)
class Report:
    """What one migration made of one project."""

    taken: dict[str, int] = field(default_factory=lambda: dict.fromkeys((CREATIONS, ASSERTIONS), 0))
    by_attribute: list[Item] = field(default_factory=list)
    missed: list[Item] = field(default_factory=list)
    added: list[Item] = field(default_factory=list)
    legacy: list[Item] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    """The files that parsed as published, and don't any more."""


def set_apart(report: Report, as_published: Report) -> None:
    """Tell those additions apart that the suite gets as it was published: it has legacy mocks of its own."""
    own = {each.place for each in as_published.added}
    report.legacy = [each for each in report.added if each.place in own]
    report.added = [each for each in report.added if each.place not in own]


def table(reports: Mapping[str, Report]) -> Iterator[str]:
    """What was put back, as a table."""
    yield "| mode | kind | taken away | restored | by attribute | missed | added | legacy |"
    yield "|---|---|--:|--:|--:|--:|--:|--:|"
    for mode, report in reports.items():
        for kind in (CREATIONS, ASSERTIONS):
            lists = (report.by_attribute, report.missed, report.added, report.legacy)
            sizes = [sum(each.kind == kind for each in found) for found in lists]
            restored = report.taken[kind] - sizes[0] - sizes[1]
            yield f"| {mode} | {kind} | {report.taken[kind]} | {restored} | {' | '.join(map(str, sizes))} |"


def details(mode: str, report: Report) -> Iterator[str]:
    """The misses by reason, and each addition."""
    reasons = Counter((each.kind, each.reason) for each in report.missed)
    if reasons:
        yield from ("", f"| {mode}: missed | reason | |", "|---|---|--:|")
        yield from (f"| {kind} | {reason} | {number} |" for (kind, reason), number in reasons.most_common())
    yield from (f"{mode}: doesn't parse: {name}" for name in report.broken)
    for title, items in (("by attribute", report.by_attribute), ("added", report.added), ("legacy", report.legacy)):
        if items:
            yield from ("", f"{mode}: {title}", "")
            yield from (f"- {each.at}: {each.path} in {each.function}: {each.reason}" for each in items)


def print_reports(reports: Mapping[str, Report]) -> None:
    """Print the tables of one project."""
    print(*table(reports), sep="\n")
    for mode, report in reports.items():
        print(*details(mode, report), sep="\n", flush=True)


def as_json(reports: Mapping[str, Report]) -> str:
    """All details."""
    return json.dumps({mode: asdict(report) for mode, report in reports.items()}, indent=2)
