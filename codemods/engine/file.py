"""One file through all its rounds: find, accept, rewrite, and look again, until nothing accepted is left."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from codemods.edits.making import may_take
from codemods.engine.listing import Listing, family, place, with_ordinals, without_included
from codemods.engine.suppression import suppressions
from codemods.errors import FileError
from codemods.model import FileResult, Finding, Key, Question, Status
from codemods.rules import Context
from codemods.selection import Selection
from codemods.semantics.pytest.configuration.pytest_config import PytestConfig
from codemods.semantics.pytest.projects.project import Project
from codemods.semantics.pytest.suite import Suite
from codemods.source import Source, decode

_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Task:
    """All that is needed to migrate one file anywhere; ``path`` is posix and relative to the project's root."""

    path: str
    data: bytes
    config: PytestConfig
    project: Project
    selection: Selection
    first_round: bool = False
    """Find only, as ``check`` does."""
    only: frozenset[Key] | None = None
    """The findings that may be accepted; by default all."""
    earlier: FileResult | None = None
    """What an earlier pass over all files made of this one, from which this pass goes on."""


Numbered = tuple[int, Task]
"""A task, and its place among all."""


class Files(Protocol):
    """The files of one snapshot, each with its answers about the others."""

    def suite(self, path: str, text: str, config: PytestConfig) -> Suite:
        """Return what a file would be if it held ``text``; raises what ``Module`` does."""

    def answers(self, path: str) -> Mapping[Question, Any]:
        """Return what a file has asked, and the answers."""


def migrate_file(task: Task, files: Files) -> FileResult:
    """Return what the rules find in a file and the bytes that the accepted fixes make of it; nothing is written.

    A file that can't have a finding isn't parsed: whether it is Python is for others to say.
    """
    try:
        if not may_have_findings(task):
            return FileResult(task.path, Status.CLEAN, before=task.data, after=task.data)
        return _FileRun(task, decode(task.data), files).result()
    except FileError as error:
        return failed(task, str(error))
    except SyntaxError as error:
        return failed(task, _syntax_error(error))
    except (RecursionError, MemoryError, ValueError) as error:
        return failed(task, f"can't be parsed: {error}")
    except Exception as error:  # one file's bug must not keep the others from being done
        return failed(task, f"internal error, please report it: {type(error).__name__}: {error}")


def may_have_findings(task: Task) -> bool:
    """Return whether some rule may have anything to say about a file, or had, or it isn't text."""
    if task.earlier is not None or b"\0" in task.data:
        return True
    return any(rule.may_apply(task.data) for rule in task.selection.rules)


def failed(task: Task, reason: str) -> FileResult:
    """Return the result of a file that stays as it is because of an error."""
    return FileResult(task.path, Status.FAILED, before=task.data, after=task.data, error=reason)


def _syntax_error(error: SyntaxError) -> str:
    running = ".".join(map(str, sys.version_info[:2]))
    hint = f"if newer Python accepts it, run codemods with that Python (this is {running})"
    return f"line {error.lineno}: {error.msg}; {hint}"


class _FileRun:
    """The state of the rounds over one file."""

    def __init__(self, task: Task, source: Source, files: Files) -> None:
        self._task = task
        self._files = files
        self._source = source
        earlier = task.earlier
        self._text = decode(earlier.after).text if earlier else source.text
        listed = (earlier.findings, earlier.applied) if earlier else ((), ())
        self._listing = Listing(*listed, codes={rule.code for rule in task.selection.rules})

    def result(self) -> FileResult:
        """Run the rounds and return what came of them."""
        first = 1 + max((each.round for each in self._listing.findings), default=1 if self._task.earlier else 0)
        for number in range(first, first + _ROUNDS):
            accepted = self._round(number)
            if not accepted or self._task.first_round:
                return self._finished()
        names = ", ".join(sorted({finding.code for finding in accepted}))
        return failed(self._task, f"not stable after {_ROUNDS} rounds of {names}: left as it was; please report it")

    def _round(self, number: int) -> Sequence[Finding]:
        suite = self._suite()
        module = suite.module
        found = self._find(suite, number)
        # What was worked out leads back to the file: without this, each tree would wait for the garbage collector.
        suite.memo.clear()
        module.memo.clear()
        accepted = [each for each in found if self._accepts(each)]
        if self._task.first_round:
            self._listing.note(found, {each.id for each in accepted}, {})
            return accepted
        from codemods.engine.considering import keeping
        from codemods.rewrite import rewrite  # which most files never need

        done = rewrite(module, [keeping(each, module.path, module) for each in accepted], self._task.project)
        self._listing.note(found, {each.id for each in done.applied}, dict(_reasons(done.refused)))
        self._text = done.text
        return done.applied

    def _suite(self) -> Suite:
        try:
            return self._files.suite(self._task.path, self._text, self._task.config)
        except SyntaxError:
            if self._text == self._source.text:
                raise
            raise FileError("a fix made it unparsable: left as it was; please report it") from None

    def _find(self, suite: Suite, number: int) -> list[Finding]:
        module, selection = suite.module, self._task.selection
        context = Context(module, suite, self._task.config, self._task.project, selection.explicit)
        data = self._text.encode()
        found = [finding for rule in selection.rules if rule.may_apply(data) for finding in rule.load().find(context)]
        comments = suppressions(module)
        listed = [
            self._considerate(each, suite) for each in found if selection.lists(each) and not comments.suppresses(each)
        ]
        numbered = list(with_ordinals(sorted(without_included(listed, selection.accepts), key=place)))
        if number == 1:
            return numbered
        from codemods.engine.lines import in_original

        return in_original(numbered, self._source.text, self._text, number)

    def _considerate(self, finding: Finding, suite: Suite) -> Finding:
        if finding.fix is None or not any(map(may_take, finding.fix.edits)):
            return finding
        from codemods.engine.considering import considerate  # which few fixes need

        return considerate(finding, lambda path: suite if path == self._task.path else None)

    def _accepts(self, finding: Finding) -> bool:
        if self._task.only is not None and finding.key not in self._task.only:
            return False
        return self._task.selection.accepts(finding) and family(finding) not in self._listing.refused

    def _finished(self) -> FileResult:
        # One copy is enough of what stays the same.
        after = self._source.encode(self._text) if self._text != self._source.text else self._task.data
        changes = self._listing.applied if self._task.first_round else after != self._task.data
        return FileResult(
            self._task.path,
            Status.WOULD_CHANGE if changes else Status.CLEAN,
            tuple(sorted(self._listing.findings, key=place)),
            self._task.data,
            after,
            applied=tuple(self._listing.applied),
            answers={} if self._task.first_round else self._files.answers(self._task.path),
        )


def _reasons(refused: Iterable[tuple[Finding, str]]) -> Iterable[tuple[str, str]]:
    return ((finding.id, reason) for finding, reason in refused)
