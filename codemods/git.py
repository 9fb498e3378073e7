"""What git knows about files. Nothing here changes a repository."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from codemods.errors import GitError, UsageError
from codemods.source import reason

_ARGUMENTS = 24_000
"""Characters of file names in one command, below the 32,767 that Windows allows."""


def toplevel(path: Path) -> Path | None:
    """The nearest folder at or above ``path`` that holds a ``.git``, without asking git."""
    path = Path(os.path.abspath(path))
    return next((folder for folder in (path, *path.parents) if (folder / ".git").exists()), None)


def dirty(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """Those of ``paths`` that git couldn't bring back, each with the reason as the end of a sentence.

    A file outside any repository isn't dirty.

    Args:
        paths: Files; a symbolic link counts as its target.

    Raises:
        UsageError: git can't answer.
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
    options = ("--porcelain", "-z", "--untracked-files=all", "--ignored=matching", "--no-renames")
    try:
        answer = run(top, "status", *options, "--ignore-submodules=all", "--", *names)
    except GitError as error:
        raise UsageError(f"{top}: git can't tell whether there are uncommitted changes: {error}") from None
    for entry in os.fsdecode(answer).split("\0"):
        if entry:
            yield entry[:2], entry[3:]


def run(folder: Path, *arguments: str, data: bytes | None = None) -> bytes:
    """Return what git prints in a folder. It runs no program that the repository names, and fetches nothing.

    Args:
        folder: A folder in a repository, or one in which to make a repository.
        arguments: The command and its arguments.
        data: What git reads.

    Raises:
        GitError: git isn't there, or refuses.
    """
    return _run(folder, *_unfiltered(_filters(folder)), *arguments, data=data)


def _filters(folder: Path) -> list[str]:
    """Return the names of the filters that some configuration defines: each is a program of its choice."""
    keys = _run(folder, "config", "--null", "--name-only", "--get-regexp", r"^filter\..", expected=(0, 1)).split(b"\0")
    names = {os.fsdecode(key).partition(".")[2].rpartition(".")[0] for key in keys if key}
    if odd := [each for each in names if "=" in each]:
        raise GitError(f"a filter is called {odd[0]!r}")
    return sorted(names)


def _unfiltered(filters: Sequence[str]) -> Iterator[str]:
    for name in filters:
        for value in ("clean=", "smudge=", "process=", "required=false"):
            yield from ("-c", f"filter.{name}.{value}")


def _run(folder: Path, *arguments: str, expected: Sequence[int] = (0,), data: bytes | None = None) -> bytes:
    import subprocess  # slow to import, and few runs ask git

    command = ["git", *_HARMLESS, "-C", str(folder), *arguments]
    try:
        answer = subprocess.run(command, capture_output=True, check=False, env=environment(), input=data or b"")
    except (OSError, ValueError) as error:
        raise GitError(f"git can't be run: {reason(error)}") from None
    if answer.returncode not in expected:
        complaint = os.fsdecode(answer.stderr).strip().partition("\n")[0]
        raise GitError(complaint or f"git ended with {answer.returncode}")
    return answer.stdout


_HARMLESS = ("--no-pager", "--literal-pathspecs", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
_OF_ANOTHER_REPOSITORY = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"),
    *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_SHALLOW_FILE", "GIT_CONFIG"),
    *("GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT", "GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE", "GIT_TRACE"),
    *("GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_ATTR_SOURCE", "GIT_DEFAULT_HASH"),
)
"""In a git hook these point at the repository of the hook, whatever -C says; see ``git rev-parse --local-env-vars``."""


def environment() -> dict[str, str]:
    """Return the environment to ask git in."""
    kept = {key: value for key, value in os.environ.items() if key not in _OF_ANOTHER_REPOSITORY}
    # A partial clone would fetch what it lacks, by a program that its configuration names.
    alone = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none", "GIT_TERMINAL_PROMPT": "0"}
    return {**kept, **alone, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
