"""The files below a folder: what git lists there or, without git, what its ignore files leave."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from codemods import disk
from codemods.errors import GitError
from codemods.git import ends_with_any_pattern, ignore_files, listed_files, toplevel
from codemods.ignore import (
    IgnoreRules,
    exclude_file,
    has_costly_patterns,
    is_ignored,
    repository_rules,
    rules_above,
)
from codemods.source import reason

NEVER_ENTERED = frozenset(
    (".git", ".hg", ".svn", ".venv", ".tox", ".nox", ".eggs", "node_modules", "site-packages", "__pycache__")
) | {".mypy_cache", ".ruff_cache", ".pytest_cache"}
"""Names of folders that hold no source of the project."""

ENVIRONMENT_MARKS = frozenset(("pyvenv.cfg", "conda-meta"))


class Listings:
    """What git lists in the repositories of one run; each is asked once."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known: dict[Path, Mapping[str, bool] | None] = {}

    def below(self, folder: str) -> Mapping[str, bool] | None:
        """Return what git lists below a folder, by names from there, and whether each is a repository of its own.

        None if git doesn't answer, and where a folder was asked for that git ignores itself.
        """
        top = toplevel(Path(folder))
        listed = self._at(top) if top else None
        if top is None or listed is None or str(top) == folder:
            return listed
        start = Path(folder).relative_to(top).as_posix() + "/"
        return {name[len(start) :]: inner for name, inner in listed.items() if name.startswith(start)} or None

    def ignores(self, file: Path, root: Path) -> bool:
        """Return whether git ignores a file (absolute, no link above it); ``root`` is for where there is no git."""
        top = toplevel(file.parent)
        listed = self._at(top) if top else None
        if top is None or listed is None:
            return is_ignored(file, top or root)
        return file.relative_to(top).as_posix() not in listed

    def _at(self, top: Path) -> Mapping[str, bool] | None:
        if top not in self._known:
            try:
                self._known[top] = None if _hangs(top) else listed_files(top, sorted(NEVER_ENTERED))
            except GitError:
                self._known[top] = None
        return self._known[top]


def _hangs(top: Path) -> bool:
    """Return whether git would take for ever over the patterns of a repository."""
    if ends_with_any_pattern(top):
        return False
    files = [top / each for each in ignore_files(top, sorted(NEVER_ENTERED))]
    return any(map(has_costly_patterns, (*files, exclude_file(top))))


@dataclass(slots=True)
class Below:
    """What lies below a folder that was walked: the wanted ones of its files, by absolute path."""

    files: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    """Links to files, whether these are there or not."""
    errors: dict[str, str] = field(default_factory=dict)
    """Folders that can't be read, and why."""
    unheeded: dict[str, str] = field(default_factory=dict)
    """Ignore files of which not all is followed, and why."""


def walk(folder: str, root: Path, wanted: Callable[[str], bool], listings: Listings) -> Below:
    """Look for files below a folder. Links to folders aren't followed.

    Args:
        folder: The folder, absolute.
        root: The project's root: the highest folder whose ignore file counts where there is no repository.
        wanted: Whether a file is looked for, by its absolute path.
        listings: What git was asked before.
    """
    found = Below()
    waiting = [folder]
    while waiting:
        top = waiting.pop()
        listed = listings.below(top)
        if listed is None:
            waiting += _scanned(top, root, wanted, found)
        else:
            waiting += _taken(top, listed, wanted, found)
    return found


def _taken(top: str, listed: Mapping[str, bool], wanted: Callable[[str], bool], found: Below) -> Iterator[str]:
    """Take the wanted ones of the names that git lists; yield the repositories among them."""
    entered = {top: True}
    prefix = os.path.join(top, "")
    for name, is_repository in listed.items():
        path = prefix + (name if os.sep == "/" else name.replace("/", os.sep))
        if is_repository:
            if path != top and _is_entered(path, entered):
                yield path
        elif wanted(path) and _is_entered(os.path.dirname(path), entered):
            _take(path, found)


def _is_entered(folder: str, known: dict[str, bool]) -> bool:
    """Return whether all folders down to this one are real ones that may be entered, from one that is known on."""
    down = []
    while folder not in known:
        down.append(folder)
        folder = os.path.dirname(folder)
    answer = known[folder]
    for each in reversed(down):
        answer = known[each] = answer and not left_out(os.path.basename(each)) and _is_source(each)
    return answer


def left_out(name: str) -> bool:
    """Return whether a folder of this name is never entered."""
    return name in NEVER_ENTERED or name.endswith(".egg-info")


def is_environment(folder: str) -> bool:
    """Return whether packages are installed in a folder."""
    return any(disk.is_there(os.path.join(folder, mark)) for mark in ENVIRONMENT_MARKS)


def _is_source(folder: str) -> bool:
    return stat.S_ISDIR(disk.kind(folder)) and not is_environment(folder)


def _take(path: str, found: Below) -> None:
    mode = disk.kind(path)  # 0 where it is gone since it was committed
    if stat.S_ISREG(mode):
        found.files.append(path)
    elif stat.S_ISLNK(mode) and not disk.is_folder(path):
        found.links.append(path)


def _scanned(top: str, root: Path, wanted: Callable[[str], bool], found: Below) -> Iterator[str]:
    """Look for wanted files without git; yield the repositories that are met."""
    waiting = [(top, rules_above(Path(top), toplevel(Path(top)) or root))]
    while waiting:
        folder, rules = waiting.pop()
        try:
            entries = disk.entries(folder)
        except OSError as error:
            found.errors[folder] = f"can't be read: {reason(error)}"
            continue
        names = {entry.name for entry in entries}
        if folder != top and ".git" in names:
            yield folder
        elif folder == top or not names & ENVIRONMENT_MARKS:
            rules = _rules_in(folder, names, rules)
            found.unheeded.update(rules.unheeded)
            waiting += [(each, rules) for each in _folders(entries, rules, wanted, found)]


def _rules_in(folder: str, names: set[str], rules: IgnoreRules) -> IgnoreRules:
    if ".git" in names:
        rules = repository_rules(folder)
    if ".gitignore" in names:
        rules = rules.with_file(folder, os.path.join(folder, ".gitignore"))
    return rules


def _folders(
    entries: list[os.DirEntry[str]], rules: IgnoreRules, wanted: Callable[[str], bool], found: Below
) -> Iterator[str]:
    """Take the wanted files among the entries of a folder; yield the folders."""
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if not left_out(entry.name) and not rules.ignores(entry.path, True):
                yield entry.path
        elif wanted(entry.path) and not rules.ignores(entry.path, False):
            _take(entry.path, found)
