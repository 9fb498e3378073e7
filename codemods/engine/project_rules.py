"""What the rules of the project find in all files together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, cast

from codemods.engine.listing import left_alone, place, with_ordinals
from codemods.model import FileResult, Finding, Status
from codemods.rules.registry import Registration
from codemods.selection import Selection
from codemods.source import decode

if TYPE_CHECKING:
    from codemods.rules.base import ProjectContext, ProjectRule

WHOLE = "."
"""The path of all files together, for what concerns none of them alone."""


@dataclass(frozen=True, slots=True)
class Unfiltered:
    """What the rules of the project find, and why some could not judge it, by their codes."""

    found: Sequence[Finding]
    broken: Mapping[str, str]


class ProjectRules:
    """The rules of the project that work, over all its files together."""

    def __init__(self, selection: Selection) -> None:
        """Begin with all rules that were selected."""
        self._selection = selection
        self._broken: dict[str, str] = {}

    def unfiltered(self, context: ProjectContext) -> Unfiltered:
        """Return what the rules find in the files as they are, whatever becomes of these."""
        rules = [each for each in self._selection.project_rules if any(map(each.may_apply, context.listed(each.sight)))]
        context.rules = [cast("ProjectRule", each.load()) for each in rules]
        found: list[Finding] = []
        for rule in rules:
            found += self._found_by(rule, context)
            context.make_room()
        return Unfiltered(found, dict(self._broken))

    def find(
        self,
        context: ProjectContext,
        results: Mapping[str, FileResult],
        number: int,
        unfiltered: Unfiltered | None = None,
    ) -> list[Finding]:
        """Return what the rules find in the pass of that ``number``, with the lines that the files had at first.

        They don't look again where it is known what they find, ``unfiltered``. A finding whose fix touches a file that
        failed, or that isn't among the ``results`` and so may not change, has none. Nor has one where a conftest.py
        around a file that would change can't be parsed.
        """
        found: defaultdict[str, list[Finding]] = defaultdict(list)
        unfiltered = unfiltered or self.unfiltered(context)
        self._broken.update(unfiltered.broken)
        for finding in unfiltered.found:
            result = results.get(finding.path)
            if result and result.status is not Status.FAILED and self._selection.lists(finding):
                found[finding.path].append(_if_possible(finding, results, context))
        self._without_followers(found, results)
        return [each for path in sorted(found) for each in _with_first_lines(found[path], results[path], number)]

    def _without_followers(self, found: dict[str, list[Finding]], results: Mapping[str, FileResult]) -> None:
        """Drop what is worth nothing alone, where no other rule has a fix; without Python files nothing tells."""
        codes = {each.code for path in found for each in found[path]} - self._selection.explicit
        follows = {each.code for each in self._selection.project_rules if each.code in codes and _follows(each)}
        listed = (each for path in results for each in (*results[path].findings, *found.get(path, ())))
        is_alone = not any(each.endswith(".py") for each in results)
        if follows and not is_alone and not any(each.fix and each.code not in follows for each in listed):
            for path in found:
                found[path] = [each for each in found[path] if each.code not in follows]

    def _found_by(self, rule: Registration, context: ProjectContext) -> list[Finding]:
        """Return what a rule finds; one rule's bug must not keep the others from being heard."""
        try:
            if rule.code in self._broken:
                return []
            found = cast("ProjectRule", rule.load()).find_in_project(context)
            return [each for each in list(found) if not _is_suppressed(context, each)]
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            self._broken[rule.code] = f"internal error in {rule.code}, please report it: {reason}"
            return []

    def failed(self) -> dict[str, FileResult]:
        """Return what stands for the whole project in the results if a rule could not judge it."""
        error = "; ".join(self._broken.values())
        return {WHOLE: FileResult(WHOLE, Status.FAILED, error=error)} if error else {}


def _follows(rule: Registration) -> bool:
    return cast("ProjectRule", rule.load()).follows


def _with_first_lines(found: Sequence[Finding], result: FileResult, number: int) -> list[Finding]:
    numbered = list(with_ordinals(sorted(found, key=place)))
    if result.after == result.before:
        return numbered
    from codemods.engine.lines import in_original

    return in_original(numbered, text_of(result.path, result.before), text_of(result.path, result.after), number)


def _is_suppressed(context: ProjectContext, finding: Finding) -> bool:
    from codemods.engine.suppression import is_suppressed_in, suppressions

    if not finding.path.endswith(".py"):
        return is_suppressed_in(text_of(finding.path, context.read(finding.path)).splitlines(), finding)
    file = context.file(finding.path)
    return file is not None and suppressions(file.module).suppresses(finding)


def _if_possible(finding: Finding, results: Mapping[str, FileResult], context: ProjectContext) -> Finding:
    for path in finding.paths if finding.fix else ():
        if path not in results:
            return left_alone(finding, f"{path} would change too, and isn't below the paths that were named")
        if results[path].status is Status.FAILED:
            return left_alone(finding, f"{path} would change too, and there is an error in it")
        if path.endswith(".py") and (conftest := _unreadable_conftest(path, context)):
            return left_alone(finding, f"{conftest} holds for {path}, and can't be parsed")
    if finding.fix is None:
        return finding
    from codemods.engine.considering import considerate, keeping  # which a project without fixes doesn't need

    files = {path: file for path in finding.paths if path.endswith(".py") and (file := context.file(path)) is not None}
    finding = considerate(finding, lambda path: files[path].suite if path in files else None)
    for path, file in files.items():
        finding = keeping(finding, path, file.module)
    return finding


def _unreadable_conftest(path: str, context: ProjectContext) -> str | None:
    around = [(folder / "conftest.py").as_posix() for folder in PurePosixPath(path).parents]
    return next((each for each in around if each in context.paths and context.file(each) is None), None)


def text_of(path: str, data: bytes) -> str:
    """Return the text of a Python or a configuration file."""
    return decode(data).text if path.endswith(".py") else data.decode("utf-8-sig", "replace")
