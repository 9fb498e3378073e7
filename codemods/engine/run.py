"""Runs tasks here or in other processes, and gives their results in the order of the tasks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from codemods.engine.file import Task, migrate_file
from codemods.model import FileResult

_WORTH_A_PROCESS = 64
"""Tasks that take about as long as starting a process that loads LibCST."""


def run(
    tasks: Sequence[Task], jobs: int | None, progress: Callable[[int, int], None] | None = None
) -> list[FileResult]:
    """Return the results of ``tasks`` in their order.

    Args:
        tasks: The files; what each becomes depends on nothing but its own task.
        jobs: How many processes work on them; by default as many as there are cores and work for.
        progress: Called with how many are done, and of how many.
    """
    results: list[FileResult] = []
    for result in _results(tasks, jobs or _processes(len(tasks))):
        results.append(result)
        if progress is not None:
            progress(len(results), len(tasks))
    return results


def _processes(tasks: int) -> int:
    return max(1, min(os.cpu_count() or 1, tasks // _WORTH_A_PROCESS))


def _results(tasks: Sequence[Task], jobs: int) -> Iterator[FileResult]:
    if jobs == 1 or len(tasks) < 2:
        yield from map(migrate_file, tasks)
        return
    from concurrent.futures import (
        ProcessPoolExecutor,  # takes long to load, and most runs need no second process
    )

    executor = ProcessPoolExecutor(min(jobs, len(tasks)))
    try:
        yield from executor.map(migrate_file, tasks, chunksize=8)
    finally:
        executor.shutdown(cancel_futures=True)
