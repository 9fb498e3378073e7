"""What git knows about files. Nothing here changes a repository."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from codemods import disk
from codemods.errors import GitError, UsageError
from codemods.source import reason

if TYPE_CHECKING:
    from subprocess import CompletedProcess

_ARGUMENTS = 24_000
"""Characters of file names in one command, below the 32,767 that Windows allows."""
_POLYNOMIAL = (2, 41)
_GITLINK = "160000 "
"""The mode of a submodule."""
_REGULAR = "100"
"""How the modes of files that aren't links begin."""


def toplevel(path: Path) -> Path | None:
    """The nearest folder at or above ``path`` that holds a ``.git``, whatever it is, without asking git."""
    path = Path(os.path.abspath(path))
    return next((folder for folder in (path, *path.parents) if disk.is_there(folder / ".git")), None)


def is_below_repository(path: Path) -> bool:
    """Whether a ``.git`` stands above a file, or above its target if it is a link."""
    return toplevel(Path(os.path.realpath(path)).parent) is not None


def dirty(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """Those of ``paths`` that git couldn't bring back, each with the reason as the end of a sentence.

    A file outside any repository isn't dirty.

    Args:
        paths: Files; a symbolic link counts as its target.

    Raises:
        UsageError: A ``.git`` stands above a file, and git can't answer.
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
    try:
        _check_top(top)
        return {name: state for chunk in _chunks(names) for name, state in _states_of(top, chunk).items()}
    except GitError as error:
        raise UsageError(
            f"nothing written: {top}: git can't tell whether there are uncommitted changes: {error}; "
            "--allow-dirty writes without asking it"
        ) from None


def _check_top(top: Path) -> None:
    """Make sure that git means the repository whose ``.git`` stands in ``top``, and not one above it or elsewhere."""
    found = os.fsdecode(run(top, "rev-parse", "--show-toplevel")).rstrip("\r\n")
    if os.path.realpath(found) != os.path.realpath(top):
        raise GitError(f"it takes {found} for the repository")


def _states_of(top: Path, names: list[str]) -> dict[str, str]:
    # Only what git says to know, to watch and not to have changed is clean: it passes over much in silence.
    states = dict.fromkeys(names, "is untracked")
    for entry in _lines(run(top, "ls-files", "-v", "-z", "--", *names)):
        states[entry[2:]] = _HIDDEN if entry[0] in "Ss" or entry[0].islower() else ""
    options = ("--porcelain", "-z", "--untracked-files=all", "--ignored=matching", "--no-renames")
    for entry in _lines(run(top, "status", *options, "--ignore-submodules=all", "--", *names)):
        if entry[:2] not in ("??", "!!"):
            states[entry[3:]] = "has uncommitted changes"
    return {name: state for name, state in states.items() if state}


_HIDDEN = "is marked as assume-unchanged or skip-worktree, so git can't tell"


def _lines(answer: bytes) -> list[str]:
    return [each for each in os.fsdecode(answer).split("\0") if each]


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


def listed_files(top: Path, never_entered: Iterable[str]) -> dict[str, bool]:
    """Return what git tracks, and what it neither tracks nor ignores, and whether each is a repository of its own.

    Names are posix, from ``top``. Of a repository inside only its folder is listed.

    Args:
        top: The top of a repository.
        never_entered: Names of folders in which nothing that isn't tracked is looked for.

    Raises:
        GitError: git can't answer, or not for all folders.
    """
    options = ("-z", "-t", "--stage", "--cached", "--others", "--exclude-standard")
    # Names are listed without a look into the files, so there are no filters to turn off.
    answer = _answer(top, "ls-files", *options, *(f"--exclude={each}/" for each in never_entered))
    if answer.stderr:
        raise GitError(_complaint(answer))
    return dict(_listed(entry) for entry in os.fsdecode(answer.stdout).split("\0") if entry)


def ignore_files(top: Path, never_entered: Iterable[str]) -> list[str]:
    """Return the ignore files below the folder ``top``, also those in ignored folders; none of them is obeyed.

    Raises:
        GitError: git can't answer.
    """
    answer = _answer(top, "ls-files", "-z", "--cached", "--others", *(f"--exclude={each}/" for each in never_entered))
    return [name for name in os.fsdecode(answer.stdout).split("\0") if name.rpartition("/")[2] == ".gitignore"]


def ends_with_any_pattern(top: Path) -> bool:
    """Return whether this git's time doesn't grow exponentially with the stars of a pattern, as it did before 2.41.

    Raises:
        GitError: There is no git.
    """
    found = re.search(rb"(\d+)\.(\d+)", _answer(top, "version").stdout)
    return found is not None and (int(found[1]), int(found[2])) >= _POLYNOMIAL


def contents_at(folder: Path, revision: str) -> dict[str, bytes | None]:
    """Return what files below a folder held at a revision that they don't hold now; None of those that weren't there.

    Names are posix, from the folder. Links and files that git ignores are left out.

    Raises:
        GitError: git knows no such revision, or can't answer.
    """
    try:
        found = run(folder, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    except GitError as error:
        raise GitError(f"git knows no such revision here ({error})") from None
    commit = os.fsdecode(found).strip()
    options = ("--name-only", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules=all", "--relative")
    changed = _lines(run(folder, "diff", *options, commit, "--", "."))
    added = _lines(run(folder, "ls-files", "-z", "--others", "--exclude-standard"))
    entries = dict(_in_tree(each) for each in _lines(run(folder, "ls-tree", "-r", "-z", commit)))
    blobs = [entries.get(name, "") for name in changed]
    held = _blobs(folder, [each.rpartition(" ")[2] for each in blobs if each.startswith(_REGULAR)])
    there = zip(changed, blobs, strict=True)
    files = {name: next(held) if blob else None for name, blob in there if not blob or blob.startswith(_REGULAR)}
    return {**files, **dict.fromkeys(each for each in added if not each.endswith("/"))}


def _in_tree(entry: str) -> tuple[str, str]:
    """Return the name in ``mode blob object<TAB>name``, and what stands before it."""
    about, _, name = entry.partition("\t")
    return name, about


def _blobs(folder: Path, objects: Sequence[str]) -> Iterator[bytes]:
    """Yield the contents of objects: git prints ``object blob size``, a line end, as many bytes, and a line end."""
    answer = run(folder, "cat-file", "--batch", data="".join(f"{each}\n" for each in objects).encode())
    start = 0
    for _ in objects:
        begin = answer.index(b"\n", start) + 1
        start = begin + int(answer[start:begin].rsplit(b" ", 1)[1]) + 1
        yield answer[begin : start - 1]


def _listed(entry: str) -> tuple[str, bool]:
    """Return the name in ``? name`` or ``H mode object stage<TAB>name``, and whether it is a repository."""
    tag, _, rest = entry.partition(" ")
    if tag == "?":
        return rest.rstrip("/"), rest.endswith("/")
    place, _, name = rest.partition("\t")
    return name, place.startswith(_GITLINK)


def _run(folder: Path, *arguments: str, expected: Sequence[int] = (0,), data: bytes | None = None) -> bytes:
    return _answer(folder, *arguments, expected=expected, data=data).stdout


def _answer(
    folder: Path, *arguments: str, expected: Sequence[int] = (0,), data: bytes | None = None
) -> CompletedProcess[bytes]:
    command = [str(folder), *arguments]
    try:
        answer = _ended(command, data)
    except GitError:
        disk.note_command(command, ())
        raise
    disk.note_command(command, _printed(answer))
    if answer.returncode not in expected:
        raise GitError(_complaint(answer))
    return answer


def printed_again(command: str) -> tuple[bytes, ...]:
    """Return what git prints, as it was noted: its code, its results and its complaints."""
    try:
        return _printed(_ended(command.split("\0")))
    except GitError:
        return ()


def _printed(answer: CompletedProcess[bytes]) -> tuple[bytes, ...]:
    return str(answer.returncode).encode(), answer.stdout, answer.stderr


def _ended(words: Sequence[str], data: bytes | None = None) -> CompletedProcess[bytes]:
    """Return what comes of git in the folder that is the first word."""
    import subprocess  # slow to import, and few runs ask git

    folder, *arguments = words
    command = ["git", *_HARMLESS, "-C", folder, *arguments]
    try:
        return subprocess.run(
            command, capture_output=True, check=False, env=environment(), input=data or b"", timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired:
        raise GitError(f"git gave no answer in {_PATIENCE} seconds") from None
    except (OSError, ValueError) as error:
        raise GitError(f"git can't be run: {reason(error)}") from None


def _complaint(answer: CompletedProcess[bytes]) -> str:
    return os.fsdecode(answer.stderr).strip().partition("\n")[0] or f"git ended with {answer.returncode}"


_HARMLESS = ("--no-pager", "--literal-pathspecs", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
_PATIENCE = 300
"""Seconds after which git is taken for hanging: it reads pipes and devices that a repository names."""
_OF_THE_USER = frozenset(("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH"))
"""All other variables of git's may point at another repository, whatever -C says, as those of a hook do, or may change
what its answers mean."""


def environment() -> dict[str, str]:
    """Return the environment to ask git in."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_") or key in _OF_THE_USER}
    # A partial clone would fetch what it lacks, by a program that its configuration names.
    alone = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none", "GIT_TERMINAL_PROMPT": "0"}
    return {**kept, **alone, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
