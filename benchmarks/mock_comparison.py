"""Compares the mocks of a project as published, stripped and migrated, file by file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from editing import parses, read
from miss_reasons import Finding, reason_of
from mock_places import Assertion, Mock, Places, all_mocks, below
from mock_report import ASSERTIONS, CREATIONS, Item, Report

Place = TypeVar("Place", Mock, Assertion)


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
