"""The findings that only all files together show: accepted, and applied in every file that they touch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from codemods.engine.listing import Listing, place
from codemods.errors import ConfigurationError, FileError
from codemods.model import FileResult, Finding, Fix, Key, Status
from codemods.selection import FOUNDATIONS, Selection
from codemods.source import decode

if TYPE_CHECKING:
    from codemods.semantics.pytest.projects.project import Project

Refusal = tuple[str, str, str]
"""The path, code and function of a finding whose fix could not be made."""


@dataclass(slots=True)
class Stage:
    """What became of the findings of the rules of the project in one pass."""

    found: Sequence[Finding]
    results: Mapping[str, FileResult]
    codes: frozenset[str]
    """The rules that were asked."""
    project: Callable[[str], Project | None]
    """What is known of the project of a file."""
    contents: Mapping[str, bytes] = field(default_factory=dict)
    """The new content of the files that change."""
    touched: frozenset[str] = frozenset()
    """The paths of the files that change, or would if more than the first round were run."""
    applied: frozenset[str] = frozenset()
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Why fixes could not be made, by the ids of the findings."""
    failures: Mapping[str, str] = field(default_factory=dict)
    """Why files have to stay as they are, by path."""

    @property
    def changed(self) -> frozenset[str]:
        """The paths of the files that this stage changed."""
        return frozenset(self.contents)

    @property
    def refused(self) -> frozenset[Refusal]:
        """The findings that are not to be tried again."""
        return frozenset(_refusal(each) for each in self.found if each.id in self.reasons)

    def listed(self) -> dict[str, FileResult]:
        """Return the results of all files with these findings among the others."""
        results = {path: self._with_content(each) for path, each in self.results.items()}
        by_path: defaultdict[str, list[Finding]] = defaultdict(list)
        for each in self.found:
            by_path[each.path].append(each)
        for path in {*by_path, *results}:
            results[path] = self._with_findings(results[path], by_path[path])
        return results

    def _with_content(self, result: FileResult) -> FileResult:
        return replace(result, after=self.contents.get(result.path, result.after))

    def _with_findings(self, result: FileResult, found: Sequence[Finding]) -> FileResult:
        listing = Listing(result.findings, result.applied, codes=self.codes)
        listing.note(found, self.applied, self.reasons)
        changes = result.after != result.before or result.path in self.touched
        status = Status.WOULD_CHANGE if changes and result.status is Status.CLEAN else result.status
        findings = tuple(sorted(listing.findings, key=place))
        return replace(result, status=status, findings=findings, applied=tuple(listing.applied))


def apply_stage(
    found: Sequence[Finding], results: Mapping[str, FileResult], selection: Selection, only: frozenset[Key] | None,
    refused: Collection[Refusal], *, project: Callable[[str], Project | None], first_round: bool = False,
) -> Stage:  # fmt: skip
    """Apply what is accepted, each finding in all of its files or in none; ``project`` gives that of a file."""
    accepted = [
        each for each in found
        if selection.accepts(each) and (only is None or each.key in only) and _refusal(each) not in refused
    ]  # fmt: skip
    codes = frozenset(rule.code for rule in selection.project_rules)
    if first_round:
        touched = frozenset(path for path, _, _ in _pieces(accepted, results))
        return Stage(found, results, codes, project, touched=touched, applied=frozenset(each.id for each in accepted))
    return _in_turn(Stage(found, results, codes, project), accepted, selection)


def _in_turn(stage: Stage, accepted: Sequence[Finding], selection: Selection) -> Stage:
    """Apply what others build on first, and the others only where that changes nothing: they run again after it."""
    order = {rule.code: index for index, rule in enumerate(selection.project_rules)}
    ordered = sorted(accepted, key=lambda finding: order[finding.code])
    for code in FOUNDATIONS:
        done = _applied(stage, [each for each in ordered if each.code == code])
        if done.contents or done.failures:
            return done
    return _applied(stage, ordered)


def _applied(stage: Stage, accepted: Sequence[Finding]) -> Stage:
    results = stage.results
    reasons: dict[str, str] = {}
    while True:
        written = [
            _written(path, data, pieces, stage.project(path)) for path, data, pieces in _pieces(accepted, results)
        ]
        undone = {identity: reason for each in written for identity, reason in each.undone.items()}
        if not undone:
            contents = {each.path: each.content for each in written if each.content != results[each.path].after}
            failures = {each.path: each.error for each in written if each.error}
            applied = frozenset(each.id for each in accepted)
            return replace(stage, contents=contents, applied=applied, reasons=reasons, failures=failures)
        reasons.update({identity: reason for identity, reason in undone.items() if reason})
        accepted = [each for each in accepted if each.id not in undone]


def _refusal(finding: Finding) -> Refusal:
    return finding.path, finding.code, finding.qualname


def _pieces(
    accepted: Sequence[Finding], results: Mapping[str, FileResult]
) -> Iterator[tuple[str, bytes, list[Finding]]]:
    """Yield the files that change, what they hold, and the findings with what each does there."""
    for path in sorted({path for finding in accepted for path in finding.paths}):
        parts = [(finding, finding.fix.at(path, finding.path)) for finding in accepted if finding.fix]
        if pieces := [replace(finding, fix=part) for finding, part in parts if _does(part)]:
            yield path, results[path].after, pieces


def _does(part: Fix | None) -> bool:
    return part is not None and bool(part.edits or part.imports or part.released)


@dataclass(slots=True)
class _Written:
    path: str
    content: bytes
    undone: dict[str, str] = field(default_factory=dict)
    """The ids of findings that could not be applied, and the reason; empty where they only have to wait."""
    error: str | None = None
    """Why the file has to stay as it is."""


def _written(path: str, data: bytes, pieces: Sequence[Finding], project: Project | None) -> _Written:
    from codemods.edits.configuration import KIND

    try:
        if any(edit.kind == KIND for each in pieces if each.fix for edit in each.fix.edits):
            return _configured(path, data, pieces)
        return _rewritten(path, data, pieces, project)
    except FileError as error:
        return _Written(path, data, {each.id: f"{path}: {error}" for each in pieces})
    except Exception as error:  # a bug, of which the files that it doesn't touch must not suffer
        names = ", ".join(sorted({each.code for each in pieces}))
        reason = f"{type(error).__name__}: {error}"
        return _Written(path, data, error=f"internal error in {names}, please report it: {reason}")


def _rewritten(path: str, data: bytes, pieces: Sequence[Finding], project: Project | None) -> _Written:
    from codemods.rewrite import rewrite  # here and below: to find takes nothing that rewrites
    from codemods.semantics.file.module import Module

    source = decode(data)
    done = rewrite(Module(path, source.text), pieces, project)
    waiting = {each.id: "" for each in done.waiting}
    return _Written(path, source.encode(done.text), {**waiting, **{each.id: reason for each, reason in done.refused}})


def _configured(path: str, data: bytes, pieces: Sequence[Finding]) -> _Written:
    from codemods.rewrite.configuration import edit_configuration

    undone: dict[str, str] = {}
    taken: set[object] = set()
    for each in pieces:
        edits = each.fix.edits if each.fix else ()
        keys = {(edit.args.get("key"), edit.args.get("package")) for edit in edits}
        if taken & keys:  # what an earlier one sets
            undone[each.id] = ""
            continue
        try:
            data = edit_configuration(path, data, edits)
            taken |= keys
        except ConfigurationError as error:
            undone[each.id] = f"{path}: {error}"
    return _Written(path, data, undone)
