"""The user's folders, where the platform wants them; nothing of the tool's own lies in a project."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

_NAME = "codemods"


NO_CACHE = "CODEMODS_NO_CACHE"


def cache_folder() -> Path | None:
    """Return where what can be found out again is kept: ``CODEMODS_CACHE_DIR``, or the platform's folder for it.

    None where ``CODEMODS_NO_CACHE`` says that nothing is to be kept.
    """
    if os.environ.get(NO_CACHE):
        return None
    from platformdirs import user_cache_path  # as long to load as this package, and not each run asks

    named = os.environ.get("CODEMODS_CACHE_DIR")
    return Path(os.path.abspath(named)) if named else user_cache_path(_NAME, appauthor=False)


def state_folder() -> Path:
    """Return where what must outlive a run is kept: ``CODEMODS_STATE_DIR``, or the platform's folder for it."""
    from platformdirs import user_state_path

    named = os.environ.get("CODEMODS_STATE_DIR")
    return Path(os.path.abspath(named)) if named else user_state_path(_NAME, appauthor=False)


def journal_of(root: Path) -> Path:
    """Return where the journal of a project lies while files of it are written: see ``codemods.journal``."""
    return state_folder() / "journals" / _file_of(root)


def evidence_of(root: Path) -> Path | None:
    """Return where the evidence of the last recorded run of a project's suite lies, if anything may be kept."""
    folder = cache_folder()
    return folder / "evidence" / _file_of(root) if folder is not None else None


def _file_of(root: Path) -> str:
    return f"{sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:32]}.json"


def is_own(status: os.stat_result) -> bool:
    """Return whether a file or folder belongs to the user who runs this; where nobody owns files, it does."""
    return not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
