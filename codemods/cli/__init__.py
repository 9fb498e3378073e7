"""The command line. Here stands only what each start needs: a run over clean files has to begin quickly."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module

from codemods import __version__
from codemods.cli.streams import prepare, put
from codemods.errors import CodemodsError


def main() -> None:
    """Run the command of ``sys.argv`` and exit with its code."""
    try:
        prepare()
        sys.exit(_run(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)


def _run(arguments: list[str]) -> int:
    if arguments == ["--version"]:
        try:
            return _show_version()
        except (OSError, CodemodsError):
            return _guarded(_show_version)  # which says why, as of any command
    from codemods.cli.kept import kept

    return kept(arguments, lambda: _done(arguments), _guarded)


def _done(arguments: list[str]) -> int:
    return _plain(arguments) if _is_plain(arguments) else _guarded(lambda: import_module("codemods.cli.app").run())


def _show_version() -> int:
    put(sys.stdout, [f"codemods {__version__}\n"])
    return 0


def _is_plain(arguments: list[str]) -> bool:
    """Whether it is a command and paths, as from pre-commit: loading typer takes longer than these."""
    # On Windows typer also expands wildcards.
    options = any(each.startswith("-") for each in arguments)
    return arguments[:1] in (["check"], ["diff"], ["apply"]) and not options and os.name != "nt"


def _plain(arguments: list[str]) -> int:
    from codemods.cli.options import Options
    from codemods.cli.session import run_command

    return run_command(arguments[0], Options(paths=tuple(arguments[1:])))


def _guarded(run: Callable[[], int]) -> int:
    from codemods.cli.session import guarded

    return guarded(run)
