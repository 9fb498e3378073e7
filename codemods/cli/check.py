"""``codemods check``: list the findings."""

from __future__ import annotations

import sys

from codemods.cli.options import Options
from codemods.cli.session import exit_code, migrate, say, say_json
from codemods.report.colour import paint
from codemods.report.summary import check_summary
from codemods.report.text import count_lines, finding_lines


def run(options: Options) -> int:
    """List what the first round finds; the code says whether there is anything."""
    report = migrate(options, first_round=True)
    findings = report.findings
    if options.json:
        say_json(report)
        return exit_code(report, found=bool(findings))
    say(finding_lines(report.root, findings, paint(options.color, sys.stdout)), results=True)
    if options.statistics:
        say(count_lines(findings), results=True)
    say(check_summary(report, options.command))
    return exit_code(report, found=bool(findings))
