"""``codemods apply``: make the changes."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from codemods.api import write_changes
from codemods.cli.options import STDIN, Options
from codemods.cli.session import exit_code, migrate, noting_written, say, say_json, say_unversioned, write
from codemods.model import Report, Status
from codemods.report.colour import paint
from codemods.report.summary import apply_summary
from codemods.report.text import count_lines, counted, finding_lines


def run(options: Options) -> int:
    """Write the changed files, or print the new source of standard input, and say what was done."""
    report = migrate(options)
    if STDIN in options.paths:
        return _say(report, options)
    report = write_changes(report, allow_dirty=options.allow_dirty, backup=options.backup)
    with noting_written(report):
        code = _say(report, options)
    say_unversioned(report, options)
    return code


def _say(report: Report, options: Options) -> int:
    stdin = STDIN in options.paths
    if options.json:
        say_json(report)
        return exit_code(report)
    if stdin:
        painter = paint(options.color, sys.stdout)
        write(painter.shown(result.after) for result in report.files)
    say(_lines(report, options), results=not stdin)
    say(apply_summary(report, options.command))
    return exit_code(report)


def _lines(report: Report, options: Options) -> Iterator[str]:
    done, left = report.applied, report.left_alone
    changed = sum(each.status in (Status.CHANGED, Status.WOULD_CHANGE) for each in report.files)
    yield f"Changed {changed} of {counted(len(report.files), 'file')}, {counted(len(done), 'finding')} fixed."
    yield from count_lines(done)
    if left:
        yield f"Left alone, {counted(len(left), 'finding')}:"
        yield from finding_lines(report.root, left, paint(options.color, sys.stdout))
    if options.statistics:
        yield "All findings:"
        yield from count_lines(report.findings)
