"""The findings that only all files together show: found, accepted, and applied in every file that they touch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from codemods.analysis.module import Module
from codemods.engine.listing import Listing, in_original, left_alone, place, with_ordinals
from codemods.engine.suppression import Suppressions, is_suppressed_in
from codemods.errors import ConfigurationError, FileError
from codemods.model import FileResult, Finding, Fix, Key, Status
from codemods.rewrite import rewrite
from codemods.rewrite.configuration import edit_configuration
from codemods.rules import ProjectContext
from codemods.selection import Selection
from codemods.source import decode

Refusal = tuple[str, str, str]
"""The path, code and function of a finding whose fix could not be made."""


def find_in_project(context: ProjectContext, selection: Selection, results: Mapping[str, FileResult]) -> list[Finding]:
    """Return what the rules of the project find, with the lines of the files as they are at the moment.

    A finding whose fix touches a file that failed, or that isn't among the ``results`` and so may not change, has none.
    """
    found: defaultdict[str, list[Finding]] = defaultdict(list)
    for rule in selection.project_rules:
        for finding in rule.find_in_project(context):
            if finding.path in results and selection.lists(finding) and not _is_suppressed(context, finding):
                found[finding.path].append(_if_possible(finding, results))
    return [each for path in sorted(found) for each in with_ordinals(sorted(found[path], key=place))]


def _is_suppressed(context: ProjectContext, finding: Finding) -> bool:
    if not finding.path.endswith(".py"):
        return is_suppressed_in(_text(finding.path, context.read(finding.path)).splitlines(), finding)
    file = context.file(finding.path)
    return file is not None and Suppressions(file.module).suppresses(finding)


def _if_possible(finding: Finding, results: Mapping[str, FileResult]) -> Finding:
    for path in finding.paths if finding.fix else ():
        if path not in results:
            return left_alone(finding, f"{path} would change too, and isn't below the paths that were named")
        if results[path].status is Status.FAILED:
            return left_alone(finding, f"{path} would change too, and can't be read")
    return finding


@dataclass(slots=True)
class Stage:
    """What became of the findings of one look at the project."""

    found: Sequence[Finding]
    results: Mapping[str, FileResult]
    contents: Mapping[str, bytes] = field(default_factory=dict)
    """The new content of the files that change."""
    applied: frozenset[str] = frozenset()
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Why fixes could not be made, by the ids of the findings."""

    @property
    def changed(self) -> frozenset[str]:
        """The paths of the files that this stage changed."""
        return frozenset(self.contents)

    @property
    def refused(self) -> frozenset[Refusal]:
        """The findings that are not to be tried again."""
        return frozenset(_refusal(each) for each in self.found if each.id in self.reasons)

    def listed(self, number: int) -> dict[str, FileResult]:
        """Return the results of all files with these findings among the others; ``number`` is that of the pass."""
        results = {path: self._with_content(each) for path, each in self.results.items()}
        by_path: defaultdict[str, list[Finding]] = defaultdict(list)
        for each in self.found:
            by_path[each.path].append(each)
        for path in {*by_path, *results}:
            results[path] = self._with_findings(results[path], by_path[path], number)
        return results

    def _with_content(self, result: FileResult) -> FileResult:
        return replace(result, after=self.contents.get(result.path, result.after))

    def _with_findings(self, result: FileResult, found: Sequence[Finding], number: int) -> FileResult:
        listing = Listing(result.findings, result.applied)
        now = self.results[result.path].after
        if now != result.before:
            found = in_original(found, _text(result.path, result.before), _text(result.path, now), number)
        listing.note(found, self.applied, self.reasons)
        changes = result.after != result.before or self.applied & {each.id for each in found}
        status = Status.WOULD_CHANGE if changes and result.status is Status.CLEAN else result.status
        findings = tuple(sorted(listing.findings, key=place))
        return replace(result, status=status, findings=findings, applied=tuple(listing.applied))


def _text(path: str, data: bytes) -> str:
    return decode(data).text if path.endswith(".py") else data.decode("utf-8-sig", "replace")


def apply_stage(
    found: Sequence[Finding], results: Mapping[str, FileResult], selection: Selection, only: frozenset[Key] | None,
    refused: Collection[Refusal], *, first_round: bool = False,
) -> Stage:  # fmt: skip
    """Apply what is accepted, each finding in all of its files or in none."""
    accepted = [
        each for each in found
        if selection.accepts(each) and (only is None or each.key in only) and _refusal(each) not in refused
    ]  # fmt: skip
    if first_round:
        return Stage(found, results, applied=frozenset(each.id for each in accepted))
    reasons: dict[str, str] = {}
    while True:
        written = [_written(path, data, pieces) for path, data, pieces in _pieces(accepted, results)]
        undone = {identity: reason for each in written for identity, reason in each.undone.items()}
        if not undone:
            contents = {each.path: each.content for each in written if each.content != results[each.path].after}
            return Stage(found, results, contents, frozenset(each.id for each in accepted), reasons)
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
        yield path, results[path].after, [replace(finding, fix=part) for finding, part in parts if _does(part)]


def _does(part: Fix | None) -> bool:
    return part is not None and bool(part.edits or part.imports or part.released)


@dataclass(slots=True)
class _Written:
    path: str
    content: bytes
    undone: dict[str, str] = field(default_factory=dict)
    """The ids of findings that could not be applied, and the reason; empty where they only have to wait."""


def _written(path: str, data: bytes, pieces: Sequence[Finding]) -> _Written:
    if any(edit.kind == "configuration" for each in pieces if each.fix for edit in each.fix.edits):
        return _configured(path, data, pieces)
    try:
        source = decode(data)
        done = rewrite(Module(path, source.text), pieces)
        content = source.encode(done.text)
    except FileError as error:
        return _Written(path, data, {each.id: f"{path}: {error}" for each in pieces})
    waiting = {each.id: "" for each in done.waiting}
    return _Written(path, content, {**waiting, **{each.id: reason for each, reason in done.refused}})


def _configured(path: str, data: bytes, pieces: Sequence[Finding]) -> _Written:
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
