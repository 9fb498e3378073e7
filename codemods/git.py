"""What git knows about files. Nothing here changes a repository."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from codemods.errors import UsageError

_ARGUMENTS = 24_000
"""Characters of file names in one command, below the 32,767 that Windows allows."""


def toplevel(path: Path) -> Path | None:
    """The nearest folder at or above ``path`` that holds a ``.git``, without asking git."""
    path = Path(os.path.abspath(path))
    return next((folder for folder in (path, *path.parents) if (folder / ".git").exists()), None)


def dirty(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """Those of ``paths`` that git couldn't bring back, each with the reason as the end of a sentence.

    A file outside any repository isn't dirty, and without a git command none is.

    Args:
        paths: Files; a symbolic link counts as its target.

    Raises:
        UsageError: git refused to answer.
    """
    repositories: dict[Path, dict[str, Path]] = {}
    for path in paths:
        target = Path(os.path.realpath(path))
        top = toplevel(target.parent)
        if top is not None:
            repositories.setdefault(top, {})[target.relative_to(top).as_posix()] = path
    found = [
        (files[name], state) for top, files in repositories.items() for name, state in _states(top, list(files)).items()
    ]
    return sorted(found)


def _states(top: Path, names: list[str]) -> dict[str, str]:
    states: dict[str, str] = {}
    for chunk in _chunks(names):
        for code, name in _status(top, chunk):
            state = "is untracked" if code in ("??", "!!") else "has uncommitted changes"
            # git names a folder where it ignores all of it.
            reached = [each for each in chunk if each == name or (name[-1] == "/" and each.startswith(name))]
            states.update(dict.fromkeys(reached, state))
    return states


def _chunks(names: list[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for name in names:
        if chunk and size + len(name) > _ARGUMENTS:
            yield chunk
            chunk, size = [], 0
        chunk.append(name)
        size += len(name) + 1
    if chunk:
        yield chunk


def _status(top: Path, names: list[str]) -> Iterator[tuple[str, str]]:
    import subprocess  # slow to import, and only a run that writes asks git

    options = ["--porcelain", "-z", "--untracked-files=all", "--ignored=matching", "--no-renames"]
    command = ["git", "--literal-pathspecs", "-C", str(top), "status", *options, "--", *names]
    try:
        answer = subprocess.run(command, capture_output=True, check=False, env=environment())
    except OSError:
        return
    if answer.returncode:
        complaint = os.fsdecode(answer.stderr).strip()
        if "not a git repository" not in complaint:
            raise UsageError(f"{top}: git status failed: {complaint.partition(chr(10))[0]}")
    for entry in os.fsdecode(answer.stdout).split("\0"):
        if entry:
            yield entry[:2], entry[3:]


def environment() -> dict[str, str]:
    """Return the environment to ask git in."""
    # In a git hook these point at the repository of the hook, whatever -C says.
    hook = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
    kept = {key: value for key, value in os.environ.items() if key not in hook}
    return {**kept, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
