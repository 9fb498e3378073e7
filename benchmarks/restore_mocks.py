"""Take the AsyncMocks of a project's tests away, let `codemods apply` put them back, and compare.

    python benchmarks/restore_mocks.py PROJECT [--tests tests] [--environment VENV] [--json FILE] [--keep FOLDER]

The whole project is copied, because its sources say what is awaited; only its tests are stripped. A mock is back
where an AsyncMock is again, whatever way it is spelt. One whose attributes are AsyncMocks now, but not itself, is back
"by attribute". What is added although it never was an AsyncMock is "legacy" if the tool adds it to the suite as
published, too. A miss has the tool's own reason (PAM915), if it gives one. The tables are Markdown.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

from editing import parses, read, rewrite_folder
from miss_reasons import Finding, findings_on_mocks, reason_of
from mock_places import Assertion, Mock, Places, all_mocks, below
from strip_mocks import without_async_mocks
from trips import codemods, committed, copied

CREATIONS, ASSERTIONS = "creations", "assertions"
MODES: Mapping[str, tuple[str, ...]] = {"safe": (), "unsafe": ("--unsafe",)}
Place = TypeVar("Place", Mock, Assertion)


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


class Versions:
    """A file as published, stripped and migrated, and the findings on the stripped one."""

    def __init__(self, paths: Sequence[Path], findings: list[Finding]) -> None:
        """Read all three; raises what parsing does."""
        self.old, self.stripped, self.new = (Places(read(path)[0]) for path in paths)
        self._findings = findings

    def is_by_attribute(self, mock: Mock, added: list[Mock]) -> bool:
        """Whether attributes of a mock are back, if not the mock."""
        return any(each.function == mock.function and below(each.path, mock.path) for each in added)

    def was_async_child(self, mock: Mock) -> bool:
        """Whether it is below what was an AsyncMock without a spec: all below that is async."""
        outer = (each for each in all_mocks(self.old) if each.function == mock.function)
        return any(each.is_async and not each.has_spec and below(mock.path, each.path) for each in outer)

    def reason(self, mock: Mock, *, unsafe: bool) -> str:
        """Why a published mock isn't back; the stripped file has it under the same name and number."""
        key = mock.function, mock.path
        twin = self.stripped.mocks[key][self.old.mocks[key].index(mock)]
        return reason_of(self._on(twin), has_spec=mock.has_spec, unsafe=unsafe)

    def message(self, mock: Mock) -> str:
        """Why a mock was added: the finding on it, or on what it is below."""
        parts = mock.path.split(".")
        paths = (".".join(parts[:size]) for size in range(len(parts), 0, -1))
        makers = (each for path in paths for each in self.stripped.mocks.get((mock.function, path), ()))
        return next((found.message for maker in makers for found in self._on(maker)), "")

    def _on(self, mock: Mock) -> list[Finding]:
        """The findings at the place of a stripped mock, else those on a mock of its function that name it."""
        here = [each for each in self._findings if (each.line, each.column) == (mock.line, mock.column)]
        lines = {each.line for each in all_mocks(self.stripped) if each.function == mock.function}
        return here or [each for each in self._findings if each.line in lines and each.label == mock.path]

    def why(self, found: Assertion) -> str:
        """Why an assertion isn't about awaits again."""
        mocks = [each for each in all_mocks(self.new) if each.path == found.path and each.function == found.function]
        if not mocks:
            return f"{found.kind}: the mock isn't made here"
        return f"{found.kind}: the mock is {'back' if any(each.is_async for each in mocks) else 'missed'}"


def differences(old: list[Place], new: list[Place]) -> tuple[list[Place], list[Place]]:
    """Those lost and those added at one place: pairwise, or by their number if something came or went."""
    if len(old) == len(new):
        pairs = list(zip(old, new, strict=True))
        lost = [before for before, after in pairs if before.is_async and not after.is_async]
        return lost, [after for before, after in pairs if after.is_async and not before.is_async]
    were, are = [each for each in old if each.is_async], [each for each in new if each.is_async]
    return were[len(are) :], are[len(were) :]


def all_differences(
    old: Mapping[tuple[str, str], list[Place]], new: Mapping[tuple[str, str], list[Place]]
) -> tuple[list[Place], list[Place]]:
    """Those lost and those added in one file."""
    pairs = [differences(old.get(key, []), new.get(key, [])) for key in {**old, **new}]
    return [each for lost, _ in pairs for each in lost], [each for _, added in pairs for each in added]


def compare_file(report: Report, name: str, versions: Versions, *, unsafe: bool) -> None:
    """Add what there is to be said of one file."""

    def item(found: Mock | Assertion, reason: str) -> Item:
        kind = CREATIONS if isinstance(found, Mock) else ASSERTIONS
        return Item(kind, f"{name}:{found.line}", found.function, found.path, reason)

    old, new = versions.old, versions.new
    report.taken[CREATIONS] += sum(each.is_async for each in all_mocks(old))
    report.taken[ASSERTIONS] += sum(each.is_async for found in old.assertions.values() for each in found)
    lost, added = all_differences(old.mocks, new.mocks)
    for mock in lost:
        apart = versions.is_by_attribute(mock, added)
        (report.by_attribute if apart else report.missed).append(item(mock, versions.reason(mock, unsafe=unsafe)))
    report.added += [item(each, versions.message(each)) for each in added if not versions.was_async_child(each)]
    unasserted, asserted = all_differences(old.assertions, new.assertions)
    report.missed += [item(each, versions.why(each)) for each in unasserted]
    report.added += [item(each, each.kind) for each in asserted]


def compare(folders: Sequence[Path], tests: str, findings: Mapping[str, list[Finding]], *, unsafe: bool) -> Report:
    """Compare all test files of three versions of a project: published, stripped and migrated."""
    report = Report()
    for path in sorted((folders[0] / tests).rglob("*.py")):
        name = path.relative_to(folders[0]).as_posix()
        if not parses(path):
            continue
        try:
            versions = Versions([folder / name for folder in folders], findings.get(name, []))
        except (SyntaxError, ValueError):
            report.broken.append(name)
            continue
        compare_file(report, name, versions, unsafe=unsafe)
    return report


@dataclass(frozen=True, slots=True)
class Trip:
    """A project that is migrated in copies: where its tests and the packages that it imports are."""

    project: Path
    tests: str
    work: Path
    environment: Path | None

    def reports(self) -> Iterator[tuple[str, Report]]:
        """Strip, migrate and compare: the modes and their reports."""
        stripped = copied(self.project, self.work / "stripped")
        rewrite_folder(stripped / self.tests, without_async_mocks)
        for mode in MODES:
            report = self._report(mode, stripped, self.work / mode)
            if report.added:
                as_published = self._report(mode, self.project, self.work / f"{mode}-published")
                set_apart(report, as_published)
            yield mode, report

    def _report(self, mode: str, before: Path, after: Path) -> Report:
        committed(copied(before, after))
        flags = (*MODES[mode], "--format", "json", self.tests)
        done = codemods(after, "apply", *flags, environment=self.environment)
        if done.returncode or not done.stdout:
            raise RuntimeError(f"apply ended with {done.returncode}: {done.stderr[-1000:]}")
        findings = findings_on_mocks(done.stdout)
        return compare([self.project, before, after], self.tests, findings, unsafe=mode == "unsafe")


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


def main() -> None:
    """Measure one project."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("project", type=Path)
    parser.add_argument("--tests", default="tests", help="their folder in the project")
    parser.add_argument("--environment", type=Path, help="a virtual environment with what the project imports")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the details there")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="work there, and leave it to be looked at")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = (options.keep or Path(scratch)).resolve()
        reports = dict(Trip(options.project.resolve(), options.tests, work, options.environment).reports())
    print_reports(reports)
    if options.json:
        options.json.write_text(as_json(reports) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
