"""What a run comes to, in a few lines, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from codemods.model import Report, Safety, Status
from codemods.report.text import counted, shown_path

Command = Callable[..., str]
"""Writes out a command of the tool for the paths and choices of this run."""

_MANY_MARKERS = 50


def check_summary(report: Report, command: Command) -> Iterator[str]:
    """Yield the end of ``codemods check``."""
    findings, fixes = report.findings, report.applied
    files = sum(bool(result.findings) for result in report.files)
    if not findings:
        yield _nothing(report, "migrate")
        return
    counts = [f"{sum(each.safety is safety for each in findings)} {safety.value}" for safety in Safety]
    where = f"{files} of {counted(len(report.files), 'file')}"
    yield f"{counted(len(findings), 'finding')} in {where}: {', '.join(counts)}."
    if fixes:
        show, make = command("diff"), command("apply")
        yield f"{len(fixes)} can be fixed: `{show}` shows the changes, `{make}` makes them."
    yield from _next_steps(report, command)


def diff_summary(report: Report, command: Command) -> Iterator[str]:
    """Yield the end of ``codemods diff``."""
    changed = sum(result.status is Status.WOULD_CHANGE for result in report.files)
    if changed:
        yield from _together(report)
        done = f"{counted(len(report.applied), 'finding')} fixed in {counted(changed, 'file')}"
        yield f"{done}, {len(report.left_alone)} left alone. Make these changes: `{command('apply')}`."
    else:
        yield _nothing(report, "change")
    yield from _next_steps(report, command)


def _together(report: Report) -> Iterator[str]:
    """Yield the findings whose changes stand in several files of the diff."""
    for each in report.applied:
        if len(each.paths) > 1:
            changed = ", ".join(shown_path(report.root, path) for path in each.paths)
            yield f"{each.code} is one change in {len(each.paths)} files: {changed}."


def apply_summary(report: Report, command: Command) -> Iterator[str]:
    """Yield the end of ``codemods apply``, after its counts."""
    if any(result.status is Status.CHANGED for result in report.files):
        yield from _warnings(report)
        yield "Next: run the tests, and read the changes before you commit them."
    yield from _next_steps(report, command)


def _nothing(report: Report, verb: str) -> str:
    if not report.files:
        return "No test files there."
    failed = sum(result.status is Status.FAILED for result in report.files)
    unread = f"; {counted(failed, 'file')} failed" if failed else ""
    return f"Nothing to {verb} in {counted(len(report.files) - failed, 'file')}{unread}."


def _next_steps(report: Report, command: Command) -> Iterator[str]:
    left = report.left_alone
    review = sum(each.safety is Safety.REVIEW and each.fixable for each in left)
    manual = sorted({each.code for each in left if not each.fixable})
    if review:
        yield f"{review} {'needs' if review == 1 else 'need'} review: `{command('diff', '--unsafe')}`."
    if manual:
        number = sum(not each.fixable for each in left)
        yield f"{number} to do by hand: `codemods explain {' '.join(manual)}`."
    yield from _hints(report)


def _hints(report: Report) -> Iterator[str]:
    markers = sum(each.code == "PAM101" and each.fixable for each in report.findings)
    if markers > _MANY_MARKERS:
        yield f"{markers} markers: where asyncio runs all async tests, `asyncio_mode = auto` needs none."


def _warnings(report: Report) -> Iterator[str]:
    marked = sum(each.code == "PAM101" for each in report.applied)
    if marked:
        yield f"{counted(marked, 'test')} got a marker: one that never ran before may fail now, and rightly."
