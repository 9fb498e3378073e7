"""``codemods diff``: show the changes that apply would make."""

from __future__ import annotations

import sys

from codemods.cli.options import Options
from codemods.cli.session import exit_code, migrate, say, say_json, write
from codemods.model import Status
from codemods.report.colour import paint
from codemods.report.diff import patch
from codemods.report.summary import diff_summary
from codemods.report.text import count_lines


def run(options: Options) -> int:
    """Print the patch and nothing else on standard output; the code says whether there is one."""
    report = migrate(options)
    changed = any(result.status is Status.WOULD_CHANGE for result in report.files)
    if options.json:
        say_json(report)
        return exit_code(report, found=changed)
    write(patch(report, paint(options.color, sys.stdout)))
    if options.statistics:
        say(count_lines(report.findings))
    say(diff_summary(report, options.command))
    return exit_code(report, found=changed)
