"""What each rule costs: the share of the CPU time that it alone needs, and that no other rule would need too.

All rules run over the corpus in one process, once in their order and once backwards. What several of them need is
worked out for the first that asks, and kept; so the smaller of both times is what a rule adds to the others. A file
that a rule alone keeps wouldn't be looked at without it: all that it takes counts for this rule.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

from codemods import Settings, migrate_paths
from codemods.engine import run as running
from codemods.engine.file import Files, Task, migrate_file
from codemods.model import FileResult
from codemods.rules import ProjectRule, all_rules
from codemods.selection import Selection
from speed.keeping import keepers
from speed.rows import Bench, Row
from speed.running import nothing_there

MOCKS = "PAM3"
SHOWN = 0.001
"""The share from which a rule has a line of its own."""


class Backwards(Selection):
    """The same rules, in the other order."""

    def __init__(self, *arguments: Any) -> None:
        """Turn them."""
        super().__init__(*arguments)
        self.rules = self.rules[::-1]
        self.project_rules = self.project_rules[::-1]


class Costs:
    """CPU seconds of each rule, or family of mocks, in one run."""

    def __init__(self) -> None:
        """Begin."""
        self.whole = 0.0
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._inner = 0.0
        """What was noted while something else is measured."""

    def note(self, code: str, work: Callable[[], Any]) -> Any:
        """Do some work, for a rule."""
        before, inner = time.process_time(), self._inner
        try:
            return work()
        finally:
            spent = time.process_time() - before
            self.seconds[named(code)] += spent - (self._inner - inner)
            self._inner = inner + spent

    def share(self, name: str) -> float:
        """The share of a rule."""
        return self.seconds[name] / self.whole


def named(code: str) -> str:
    """What a rule counts for."""
    return f"{MOCKS}xx together" if code.startswith(MOCKS) else code


def costs(folder: Path, selection: type[Selection]) -> Costs:
    """Run all rules over a project, in one process."""
    found = Costs()
    with ExitStack() as stack, nothing_there():
        stack.enter_context(patch("codemods.migration.Selection", selection))
        stack.enter_context(patch.object(running, "migrate_file", by_file(found)))
        for rule in all_rules():
            name = "find_in_project" if isinstance(rule, ProjectRule) else "find"
            stack.enter_context(patch.object(type(rule), name, timed(found, rule.code, getattr(type(rule), name))))
        before = time.process_time()
        migrate_paths([folder], Settings(jobs=1), first_round=True)
        found.whole += time.process_time() - before
    return found


def timed(found: Costs, code: str, find: Callable[[Any, Any], Any]) -> Callable[[Any, Any], list[Any]]:
    """The same way to find things, with what it takes noted."""
    return lambda rule, context: found.note(code, lambda: list(find(rule, context)))


def by_file(found: Costs) -> Callable[[Task, Files], FileResult]:
    """The work on a file: if one rule alone keeps it, all of that is for this rule."""

    def work(task: Task, files: Files) -> FileResult:
        before = time.process_time()
        keeping = keepers(task.data, task.selection.rules) if task.earlier is None else ()
        found.whole -= time.process_time() - before
        if len(keeping) != 1:
            return migrate_file(task, files)
        return found.note(keeping[0], lambda: migrate_file(task, files))  # type: ignore[no-any-return]

    return work


def shares(bench: Bench) -> Iterator[Row]:
    """What each rule costs, the dearest first."""
    forward, backward = taken(bench)
    names = {name for each in (*forward, *backward) for name in each.seconds}
    found = {name: min(middle(forward, name), middle(backward, name)) for name in names}
    for name, share in sorted(found.items(), key=lambda each: (-each[1], each[0])):
        if share >= SHOWN or name.startswith(MOCKS):
            limit = 6 if name.startswith(MOCKS) else 2
            medians = f"forwards {100 * middle(forward, name):.2f} %, backwards {100 * middle(backward, name):.2f} %"
            yield Row(f"share of {name}", 100 * share, bench.runs, limit, unit=" %", medians=medians)


def taken(bench: Bench) -> tuple[list[Costs], list[Costs]]:
    """All runs, in turns; the one before imports the rules."""
    costs(bench.corpus, Selection)
    turns = [(costs(bench.corpus, Selection), costs(bench.corpus, Backwards)) for _ in range(bench.runs)]
    return [each for each, _ in turns], [each for _, each in turns]


def middle(runs: list[Costs], name: str) -> float:
    """The median of a rule's shares."""
    return median(each.share(name) for each in runs)
