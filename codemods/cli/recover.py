"""``codemods recover``: finish or undo a write that was interrupted."""

from __future__ import annotations

import os
from pathlib import Path

from codemods import journal
from codemods.cli.session import FAILED, say
from codemods.discovery import find_root
from codemods.errors import UsageError
from codemods.report.text import counted, shown_path


def run(path: str, undo: bool) -> int:
    """Bring all files of the interrupted write to one side and say so; 3 if one can't be."""
    if not os.path.isdir(path):
        raise UsageError(f"{path}: no such folder")
    root = journal.find(find_root([Path(path)]))
    if root is None:
        say(["Nothing to recover: no write was interrupted here."])
        return 0
    files = journal.pending(root)
    failed = journal.undo(root) if undo else journal.finish(root)
    say(f"error: {shown_path(root, name)}: {reason}" for name, reason in failed)
    done = counted(len(files) - len(failed), "file")
    say([f"Undone: {done} as before." if undo else f"Finished: {done} as migrated."], results=True)
    return FAILED if failed else 0
