"""One file through all its rounds: find, accept, rewrite, and look again, until nothing accepted is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from codemods.edits.making import may_take
from codemods.engine.listing import Listing, family, place, with_ordinals, without_included
from codemods.engine.suppression import suppressions
from codemods.engine.task import Files, Task, failed
from codemods.errors import FileError
from codemods.model import FileResult, Finding, Status
from codemods.rules.base import Context
from codemods.semantics.pytest.suite import Suite
from codemods.source import Source, decode

_ROUNDS = 10


class FileRun:
    """The state of the rounds over one file."""

    def __init__(self, task: Task, source: Source, files: Files) -> None:
        """Begin with the file as it is, or as an earlier pass has left it."""
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
        context = Context(module, suite, self._task.config, self._task.facts, selection.explicit)
        data = self._text.encode()
        found = [finding for rule in selection.applicable(data) for finding in rule.load().find(context)]
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
