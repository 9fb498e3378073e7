"""The command line. Here stands only what each start needs: a run over clean files has to begin quickly."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from codemods.cli.streams import prepare


def main() -> None:
    """Run the command of ``sys.argv`` and exit with its code."""
    try:
        prepare()
        sys.exit(_plain(sys.argv[1:]) if _is_plain(sys.argv[1:]) else _typer())
    except KeyboardInterrupt:
        sys.exit(130)


def _is_plain(arguments: list[str]) -> bool:
    """Whether it is a command and paths, as from pre-commit: loading typer takes longer than these."""
    # On Windows typer also expands wildcards.
    options = any(each.startswith("-") for each in arguments)
    return arguments[:1] in (["check"], ["diff"], ["apply"]) and not options and os.name != "nt"


def _plain(arguments: list[str]) -> int:
    from codemods.cli.options import Options
    from codemods.cli.session import run_command

    return run_command(arguments[0], Options(paths=tuple(arguments[1:])))


def _typer() -> int:
    from codemods.cli.session import guarded

    return guarded(lambda: import_module("codemods.cli.app").run())
