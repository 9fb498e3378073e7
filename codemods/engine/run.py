"""Runs tasks here or in other processes, and gives their results in the order of the tasks."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import chain, repeat

from codemods import disk
from codemods.engine.file import may_have_findings, migrate_file
from codemods.engine.task import Files, Numbered, Task, clean, failed
from codemods.model import FileResult
from codemods.source import reason

_WORTH_A_PROCESS = 64
"""Tasks with something to look at that take longer than what a further process has to parse once more."""
_ENDED = "the process that worked on it was ended by the system: it may need more memory than there is"


def run(
    tasks: Sequence[Task], files: Files, jobs: int | None, progress: Callable[[int, int], None] | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> list[FileResult]:  # fmt: skip
    """Return the results of ``tasks`` in their order.

    What a process was at that the system ended is done again; a task at which that happens twice has failed. That, and
    that fewer processes than ``jobs`` could be started, is said as a warning of the logger ``codemods``.

    Args:
        tasks: What to do.
        files: The snapshot: what each file becomes depends on nothing but its task and this.
        jobs: How many processes work on them; by default as many as there are cores and work for.
        progress: Called with how many are done, and of how many.
        meanwhile: Called before processes work on them, if any do; it has something else done in the meantime.
    """
    results: dict[int, FileResult] = {}
    for number, result in _results(tasks, files, jobs, meanwhile):
        results[number] = result
        if progress is not None:
            progress(len(results), len(tasks))
    return [results[number] for number in range(len(tasks))]


def _results(
    tasks: Sequence[Task], files: Files, jobs: int | None, meanwhile: Callable[[], None]
) -> Iterator[tuple[int, FileResult]]:
    numbered = list(enumerate(tasks))
    most = min(jobs or os.cpu_count() or 1, len(tasks) // (1 if jobs else _WORTH_A_PROCESS))
    work = [each for each in numbered if may_have_findings(each[1])] if most > 1 else []
    number = min(most, len(work) // (1 if jobs else _WORTH_A_PROCESS))
    sent = {each for each, _ in work} if number > 1 else set()
    here = ((each, task) for each, task in numbered if each not in sent)
    yield from ((each, clean(task) if sent else migrate_file(task, files)) for each, task in here)
    if sent:
        yield from _in_processes(work, files, number, meanwhile, asked=jobs is not None)


def dealt(work: Sequence[Numbered], processes: int) -> deque[list[Numbered]]:
    """Return tasks in batches: neighbours, which ask for the same files, together, and the last are small."""
    left = sum(len(task.data) + 1 for _, task in work)
    batches: deque[list[Numbered]] = deque()
    room = 0.0
    for each in work:
        if room <= 0:
            batches.append([])
            room = left / (2 * processes)
        size = len(each[1].data) + 1
        batches[-1].append(each)
        room, left = room - size, left - size
    return batches


def _in_processes(
    work: Sequence[Numbered], files: Files, number: int, meanwhile: Callable[[], None], *, asked: bool
) -> Iterator[tuple[int, FileResult]]:  # fmt: skip
    try:
        # It takes long to load, and most runs need no second process.
        from codemods.engine.workers import Workers, load_for_all
    except ImportError as error:  # a system without processes
        if asked:
            _say(f"there can't be more than one process: {error}")
        yield from ((number, migrate_file(task, files)) for number, task in work)
        return
    load_for_all([task for _, task in work])
    meanwhile()
    batches = dealt(work, number)
    suspects: list[Numbered] = []
    for wanted in chain([number], repeat(1)):
        with Workers(wanted, files) as workers:
            yield from workers.run(batches)
        suspects += workers.suspects
        if asked and workers.came < wanted:
            _say(f"only {workers.came} of {wanted} processes could be started{_because(workers.error)}")
        if not batches or not workers.came:
            break
    if suspects:
        _say("the system ended a process: the file that it worked on is done again, in a process of its own")
    yield from ((number, _alone(number, task, files)) for number, task in suspects)
    yield from ((number, migrate_file(task, files)) for number, task in chain.from_iterable(batches))


def _alone(number: int, task: Task, files: Files) -> FileResult:
    from codemods.engine.workers import Workers

    with Workers(1, files) as workers:
        found = [result for _, result in workers.run(deque([[(number, task)]]))]
    return found[0] if found else failed(task, _ENDED)


def _because(error: Exception | None) -> str:
    return f": {reason(error)}" if isinstance(error, OSError) else ""


@cache  # once is enough, however many passes there are
def _say(what: str) -> None:
    from logging import getLogger

    disk.spoil()
    getLogger("codemods").warning(what)
