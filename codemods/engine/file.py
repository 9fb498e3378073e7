"""The work on one file: what there is to do, and whether there is anything."""

from __future__ import annotations

import sys

from codemods.engine.task import Files, Task, clean, failed
from codemods.errors import FileError
from codemods.model import FileResult
from codemods.source import decode


def migrate_file(task: Task, files: Files) -> FileResult:
    """Return what the rules find in a file and the bytes that the accepted fixes make of it; nothing is written.

    A file that can't have a finding isn't parsed: whether it is Python is for others to say.
    """
    try:
        if not may_have_findings(task):
            return clean(task)
        from codemods.engine.rounds import FileRun  # most files have nothing to go through them for

        return FileRun(task, decode(task.data), files).result()
    except FileError as error:
        return failed(task, str(error))
    except SyntaxError as error:
        return failed(task, _syntax_error(error))
    except (RecursionError, MemoryError, ValueError) as error:
        return failed(task, f"can't be parsed: {error}")
    except Exception as error:  # one file's bug must not keep the others from being done
        return failed(task, f"internal error, please report it: {type(error).__name__}: {error}")


def may_have_findings(task: Task) -> bool:
    """Return whether some rule may have anything to say about a file, or had, or it isn't text."""
    if task.earlier is not None or b"\0" in task.data:
        return True
    return next(task.selection.applicable(task.data), None) is not None


def _syntax_error(error: SyntaxError) -> str:
    running = ".".join(map(str, sys.version_info[:2]))
    hint = f"if newer Python accepts it, run codemods with that Python (this is {running})"
    return f"line {error.lineno}: {error.msg}; {hint}"
