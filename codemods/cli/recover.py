"""``codemods recover``: finish or undo a write that was interrupted."""

from __future__ import annotations

import os
from pathlib import Path

from codemods import journal, recovery
from codemods.cli.session import FAILED, say
from codemods.discovery import find_root
from codemods.errors import UsageError
from codemods.report.text import counted, shown_path


def run(path: str, undo: bool) -> int:
    """Bring all files of the interrupted write to one side and say so; 3 if one can't be."""
    if not os.path.isdir(path):
        raise UsageError(f"{path}: no such folder")
    root = find_root([Path(path)])
    with journal.pending(root) as found:
        if found is None:
            say(["Nothing to recover: no write was interrupted here."])
            return 0
        failed = recovery.undo(root, found) if undo else recovery.finish(root, found)
    say(f"error: {shown_path(root, name)}: {reason}" for name, reason in failed)
    if failed:
        say([f"Make them what they should be, and remove the journal: {found.path}"])
    done = counted(len(found.entries) - len(failed), "file")
    say([f"Undone: {done} as before." if undo else f"Finished: {done} as migrated."], results=True)
    return FAILED if failed else 0
