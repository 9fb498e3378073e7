"""What each rule costs: the share of the CPU time that it alone needs, and that no other rule would need too.

All rules run over the corpus in one process, once in their order and once backwards. What several of them need is
worked out for the first that asks, and kept; so the smaller of both times is what a rule adds to the others. A file
that a rule alone keeps wouldn't be looked at without it: all that it takes counts for this rule.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
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
ON_MOCKS = ("PAM915", "PAM916")
"""Rules of another family that need what the mocks need: so it is in the share of neither, but in that of both."""
SHOWN = 0.5
"""The per cent from which a rule has a line of its own."""


class Backwards(Selection):
    """The same rules, in the other order."""

    def __init__(self, *arguments: Any) -> None:
        """Turn them."""
        super().__init__(*arguments)
        self.rules = self.rules[::-1]
        self.project_rules = self.project_rules[::-1]


class Costs:
    """CPU seconds of each rule in one run."""

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
            self.seconds[code] += spent - (self._inner - inner)
            self._inner = inner + spent

    def share(self, codes: Iterable[str]) -> float:
        """The share of some rules together."""
        return sum(self.seconds[code] for code in codes) / self.whole


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
    """What each rule costs, the dearest first, and what the mocks do."""
    runs = taken(bench)
    codes = {code for each in (*runs[0], *runs[1]) for code in each.seconds}
    alone = [row(f"share of {code}", runs, (code,), 2) for code in sorted(codes) if not code.startswith(MOCKS)]
    yield from sorted((each for each in alone if each.measured >= SHOWN), key=lambda each: -each.measured)
    family = [code for code in codes if code.startswith(MOCKS)]
    yield row(f"share of {MOCKS}xx together", runs, family, 6)
    yield row(f"share of {MOCKS}xx, {' and '.join(ON_MOCKS)} together", runs, [*family, *ON_MOCKS], 6)


def row(line: str, runs: tuple[list[Costs], list[Costs]], codes: Sequence[str], limit: float) -> Row:
    """The line of some rules."""
    forward, backward = (100 * median(each.share(codes) for each in one) for one in runs)
    medians = f"forwards {forward:.2f} %, backwards {backward:.2f} %"
    return Row(line, min(forward, backward), len(runs[0]), limit, unit=" %", medians=medians)


def taken(bench: Bench) -> tuple[list[Costs], list[Costs]]:
    """All runs, in turns; the one before imports the rules."""
    costs(bench.corpus, Selection)
    turns = [(costs(bench.corpus, Selection), costs(bench.corpus, Backwards)) for _ in range(bench.runs)]
    return [each for each, _ in turns], [each for _, each in turns]
