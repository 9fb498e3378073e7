"""``codemods verify``: prove the changes by running the suite."""

from __future__ import annotations

import sys
from pathlib import Path

from codemods.cli.options import STDIN, Options
from codemods.cli.progress import Progress
from codemods.cli.session import UNPROVEN, chosen, exit_code, noting_written, say, say_notes, say_unversioned
from codemods.cli.streams import put
from codemods.errors import UsageError
from codemods.report import json
from codemods.report.colour import paint
from codemods.report.verification_json import document
from codemods.report.verification_text import lines, next_steps
from codemods.verify import verify_paths


def run(options: Options) -> int:
    """Verify the migration, say what came of it, and with ``write`` write what is left.

    Returns:
        1 if a test regressed or is lost, 4 if nothing is proven about the versions that the suite is migrated for.
    """
    if STDIN in options.paths:
        raise UsageError("verify runs the suite of a project: it takes files and folders, not standard input")
    for name, given in (("--python", options.python), ("--before", options.before), ("--after", options.after)):
        if given == "":
            raise UsageError(f"{name}: an empty path names no environment")
    paths, settings = chosen(options)
    with Progress("verify") as progress:
        found = verify_paths(
            paths, settings, python=options.environment, before=Path(options.before) if options.before else None,
            against=options.against,
            pytest_args=options.pytest_args, timeout=options.timeout, max_runs=options.max_runs, strict=options.strict,
            write=options.write, allow_dirty=options.allow_dirty, backup=options.backup, progress=progress.phase,
        )  # fmt: skip
    say_notes(found.report)
    with noting_written(found.report):
        if options.json:
            put(sys.stdout, [json.render(document(found)), "\n"])
        else:
            say(lines(found, paint(options.color, sys.stdout)), results=True)
    say_unversioned(found.report, options)
    if not options.json:
        say(next_steps(found, options.command, write=options.write))
    return exit_code(found.report, found=bool(found.regressed or found.lost)) or (UNPROVEN if found.unproven else 0)
