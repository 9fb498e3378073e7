"""What the commands share: where results come from, where text goes, and which code a run ends with."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from traceback import format_exc

from codemods.api import migrate_paths, migrate_text, unversioned
from codemods.cli.options import STDIN, Options
from codemods.cli.progress import Progress
from codemods.config import Settings
from codemods.discovery import find_root, folder_of
from codemods.errors import CodemodsError, UsageError
from codemods.model import Report, Status
from codemods.report import json
from codemods.report.text import shown_path

FOUND, USAGE, FAILED, INTERRUPTED, BROKEN_PIPE, SIGNALLED = 1, 2, 3, 130, 141, 128


def run_command(name: str, *arguments: object) -> int:
    """Run ``codemods.cli.<name>.run`` and return the exit code; an error becomes one line and its code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        _check_working_directory()
        code: int = import_module(f"codemods.cli.{name}").run(*arguments)
        sys.stdout.flush()
        return code
    except CodemodsError as error:
        say([f"error: {error}"])
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes standard output once more when it ends, and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception:
        # Python's own code for this is 1, which would say that there are findings.
        say([format_exc(), "error: this is a bug in codemods, please report it"])
        return FAILED


def _check_working_directory() -> None:
    try:
        os.getcwd()
    except OSError:
        raise UsageError("the working directory is gone") from None


def migrate(options: Options, *, first_round: bool = False) -> Report:
    """Return what is found in the files that the options name, and what they would become.

    Raises:
        UsageError: A path, an option or the configuration is wrong.
    """
    if STDIN in options.paths:
        return _migrate_stdin(options, first_round)
    paths, settings = chosen(options)
    with Progress() as progress:
        return migrate_paths(paths, settings, progress=progress, first_round=first_round)


def chosen(options: Options) -> tuple[list[Path], Settings]:
    """Return the paths that the options name and the settings that hold there.

    Raises:
        UsageError: An option or the configuration is wrong.
    """
    paths = [Path(each) for each in options.paths] or [Path()]
    return paths, options.settings(folder_of(paths[0]), find_root(paths))


def _migrate_stdin(options: Options, first_round: bool) -> Report:
    if len(options.paths) > 1:
        raise UsageError("'-' is standard input, and can't stand beside other paths")
    path = Path(os.path.abspath(options.stdin_filename))
    settings = options.settings(path.parent, find_root([path.parent]))
    return migrate_text(sys.stdin.buffer.read(), path, settings, first_round=first_round)


def exit_code(report: Report, *, found: bool = False) -> int:
    """Say which files failed, and return the code that the run ends with."""
    failed = [result for result in report.files if result.status is Status.FAILED]
    say(f"error: {shown_path(report.root, result.path)}: {result.error}" for result in failed)
    return FAILED if failed else FOUND if found else 0


def say_unversioned(report: Report, options: Options) -> None:
    """Say that nothing brings back what was written, where that is so."""
    if not options.backup and (paths := unversioned(report)):
        what = shown_path(report.root, paths[0]) if len(paths) == 1 else f"{len(paths)} changed files"
        verb = "lies" if len(paths) == 1 else "lie"
        say([f"note: {what} {verb} in no git repository: nothing brings the old content back (--backup keeps it)"])


def say(lines: Iterable[str], *, results: bool = False) -> None:
    """Print lines: results on standard output, everything else on standard error."""
    stream = sys.stdout if results else sys.stderr
    stream.writelines(f"{line}\n" for line in lines)


def write(chunks: Iterable[bytes]) -> None:
    """Write bytes on standard output, exactly these."""
    sys.stdout.flush()
    sys.stdout.buffer.writelines(chunks)
    sys.stdout.buffer.flush()


def say_json(report: Report) -> None:
    """Print the report for programs."""
    say([json.render(json.document(report))], results=True)
