"""The work on one file: what there is to do, and whether there is anything."""

from __future__ import annotations

import ast
import sys
import warnings
from symtable import symtable
from typing import TYPE_CHECKING

from codemods.engine.task import Files, Task, failed
from codemods.errors import FileError
from codemods.model import FileResult, Status
from codemods.selection import Selection
from codemods.source import decode

if TYPE_CHECKING:
    pass


def migrate_file(task: Task, files: Files) -> FileResult:
    """Return what the rules find in a file and the bytes that the accepted fixes make of it; nothing is written."""
    try:
        if task.earlier is None and not _may_have_findings(task.data, task.selection):
            _check_readable(task.data)
            return FileResult(task.path, Status.CLEAN, before=task.data, after=task.data)
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


def _may_have_findings(data: bytes, selection: Selection) -> bool:
    """Return whether some rule may have anything to say about a file."""
    return any(rule.may_apply(data) for rule in selection.rules)


def _check_readable(data: bytes) -> None:
    """Check that a file is Python, at half the cost of building its tree.

    Raises:
        FileError: It can't be decoded.
        SyntaxError: It can't be parsed.
    """
    text = decode(data).text
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            symtable(text, "<file>", "exec")
        except SyntaxError:
            ast.parse(text)  # a symbol table has rules of its own; only what can't be parsed is an error here


def _syntax_error(error: SyntaxError) -> str:
    running = ".".join(map(str, sys.version_info[:2]))
    hint = f"if newer Python accepts it, run codemods with that Python (this is {running})"
    return f"line {error.lineno}: {error.msg}; {hint}"
