"""What the commands share: where results come from, where text goes, and which code a run ends with."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from traceback import format_exc

from codemods import disk
from codemods.cli.options import STDIN, STDIN_FILENAME, Options
from codemods.cli.progress import Progress
from codemods.cli.signals import heeded
from codemods.cli.streams import OutputError, give_up, put, put_beside
from codemods.config import Settings
from codemods.discovery import find_root, folder_of, located
from codemods.errors import CodemodsError, FileError, UsageError
from codemods.model import FileResult, Report, Status
from codemods.report.quoting import quoted, quoted_around_colours
from codemods.report.text import counted, shown_path
from codemods.source import LIMIT, reason

FOUND, USAGE, FAILED, UNPROVEN, INTERRUPTED, BROKEN_PIPE = 1, 2, 3, 4, 130, 141


def run_command(name: str, *arguments: object) -> int:
    """Run ``codemods.cli.<name>.run`` and return the exit code; an error becomes one line and its code."""
    return guarded(lambda: command(name, *arguments))


def command(name: str, *arguments: object) -> int:
    """Run ``codemods.cli.<name>.run`` and return what it returns."""
    _check_working_directory()
    code: int = import_module(f"codemods.cli.{name}").run(*arguments)
    return code


def guarded(run: Callable[[], int]) -> int:
    """Return what ``run`` returns; an error becomes one line and its code."""
    with heeded():
        try:
            return run()
        except CodemodsError as error:
            return _report_error(error)
        except KeyboardInterrupt:
            give_up(sys.stdout)
            return INTERRUPTED
        except BrokenPipeError:
            give_up(sys.stdout)
            return BROKEN_PIPE
        except SystemExit:
            give_up(sys.stdout)
            raise
        except Exception:
            disk.spoil()
            # Python's own code for this is 1, which would say that there are findings.
            say([*format_exc().split("\n"), "error: this is a bug in codemods, please report it"])
            return FAILED


def _report_error(error: CodemodsError) -> int:
    if failed := isinstance(error, OutputError):
        disk.spoil()
        give_up(sys.stdout)
    first, *more = error.args
    say([f"error: {first}", *more])
    return FAILED if failed else USAGE


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
    from codemods.api import migrate_paths  # here and below: most of the tool, which not each command needs

    paths, settings = chosen(options)
    with Progress() as progress:
        report = migrate_paths(paths, settings, progress=progress, first_round=first_round)
    gc.freeze()  # the process is about to end: to look through what is left of the trees takes a tenth of its time
    say_notes(report)
    return report


def chosen(options: Options) -> tuple[list[Path], Settings]:
    """Return the paths that the options name and the settings that hold there.

    Raises:
        UsageError: An option or the configuration is wrong.
    """
    if "" in options.paths:
        raise UsageError("an empty path names no file or folder; '.' is the current folder")
    paths = [Path(each) for each in options.paths] or [Path()]
    return paths, options.settings(folder_of(paths[0]), find_root(paths))


def _migrate_stdin(options: Options, first_round: bool) -> Report:
    from codemods.api import migrate_text

    if len(options.paths) > 1:
        raise UsageError("'-' is standard input, and can't stand beside other paths")
    if not options.stdin_filename or os.path.isdir(options.stdin_filename):
        raise UsageError(f"--stdin-filename must name a file, not {options.stdin_filename!r}")
    path = located(Path(options.stdin_filename))
    root = find_root([path.parent])
    settings = options.settings(path.parent, root)
    if options.stdin_filename == STDIN_FILENAME:  # what has no name is taken for a test, whatever tests are called
        settings = replace(settings, include_non_tests=True)
    try:
        data = _read_stdin()
    except FileError as error:
        name = Path(os.path.relpath(path, root)).as_posix()
        return Report(root, (FileResult(name, Status.FAILED, error=str(error)),))
    report = migrate_text(data, path, settings, first_round=first_round)
    say_notes(report)
    return report


def _read_stdin() -> bytes:
    try:
        data = sys.stdin.buffer.read(LIMIT + 1)
    except OSError as error:
        raise FileError(f"standard input can't be read: {reason(error)}") from None
    if len(data) > LIMIT:
        raise FileError(f"standard input is larger than {LIMIT // 1024**2} MiB")
    return data


def exit_code(report: Report, *, found: bool = False) -> int:
    """Say which files failed, and return the code that the run ends with."""
    failed = [result for result in report.files if result.status is Status.FAILED]
    say(f"error: {shown_path(report.root, result.path)}: {result.error}" for result in failed)
    return FAILED if failed else FOUND if found else 0


def say_unversioned(report: Report, options: Options) -> None:
    """Say that nothing brings back what was written, where that is so."""
    from codemods.api import unversioned

    if not options.backup and (paths := unversioned(report)):
        what = shown_path(report.root, paths[0]) if len(paths) == 1 else f"{len(paths)} changed files"
        verb = "lies" if len(paths) == 1 else "lie"
        say([f"note: {what} {verb} in no git repository: nothing brings the old content back (--backup keeps it)"])


def say_notes(report: Report) -> None:
    """Say what was left alone before it was looked into."""
    say(f"{shown_path(report.root, each.path)}: {each.text}" if each.path else each.text for each in report.notes)


def say(lines: Iterable[str], *, results: bool = False) -> None:
    """Print lines: results on standard output, everything else on standard error.

    Of the control characters in them only those of the tool's own colours, in results, reach the terminal.

    Raises:
        OutputError: A result can't be printed.
    """
    if results:
        put(sys.stdout, (f"{quoted_around_colours(line)}\n" for line in lines))
    else:
        put_beside(f"{quoted(line)}\n" for line in lines)


def write(chunks: Iterable[bytes]) -> None:
    """Write bytes on standard output, exactly these; raises OutputError if that can't be."""
    put(sys.stdout.buffer, chunks)


def say_json(report: Report) -> None:
    """Print the report for programs."""
    from codemods.report import json

    put(sys.stdout, [json.render(json.document(report)), "\n"])


@contextmanager
def noting_written(report: Report) -> Iterator[None]:
    """Say in the error, if the result can't be printed, that files were written all the same."""
    try:
        yield
    except OutputError as error:
        written = sum(each.status is Status.CHANGED for each in report.files)
        raise OutputError(f"{error}; {counted(written, 'file')} written" if written else str(error)) from None
