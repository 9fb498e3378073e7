"""What git ignores where git can't be asked, decided for one entry at a time while folders are walked from the top."""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codemods import disk, source
from codemods.errors import FileError, MissingFileError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_LIMIT = 1024 * 1024
"""Bytes of the largest ignore file that is read."""
_STARS = 3
"""How many stars a pattern may have: each multiplies the time that a name takes which it doesn't fit."""
_MANY_STARS = 6
"""The same for git, which is faster."""
_WILDCARDS = re.compile(r"(?<!\\)[*?]*\?[*?]*")
_BROKEN = (ValueError, RecursionError, OverflowError, re.error)
_STAR = re.compile(r"\*+")
_STARS_IN_ROW = re.compile(r"(?<!\\)\*{2,}")


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The ignore files that are in force in a folder, outermost first.

    They are asked about one entry of the folder, never about what lies below an ignored folder: git
    doesn't look there, so nothing in it can be taken back by a ``!pattern``.
    """

    layers: tuple[tuple[str, GitIgnoreSpec], ...] = ()
    unheeded: tuple[tuple[str, str], ...] = ()
    """Files of which not all is followed, and why."""

    def ignores(self, path: str, folder: bool) -> bool:
        """Whether git ignores ``path``; the innermost file that has a matching line decides.

        Args:
            path: An absolute path below all the layers' folders.
            folder: Whether it is a folder.
        """
        for base, spec in reversed(self.layers):
            included = spec.check_file(path[len(base) :] + ("/" if folder else "")).include
            if included is not None:
                return included
        return False

    def with_file(self, base: str, file: str) -> IgnoreRules:
        """These rules and those of one more ignore file, whose patterns start at the folder ``base``."""
        try:
            lines = [_plain(line) for line in _lines(Path(file))]
        except MissingFileError:
            return self
        except FileError as error:
            return IgnoreRules(self.layers, (*self.unheeded, (file, f"{error}; it isn't followed")))
        costly = [line for line in lines if _is_costly(line)]
        unheeded = self.unheeded
        if costly:
            why = f"without git, patterns with more than {_STARS} stars aren't followed, such as {costly[0]!r:.80}"
            unheeded = (*unheeded, (file, why))
        spec = _spec([line for line in lines if line not in costly])
        return IgnoreRules((*self.layers, (base.rstrip(os.sep) + os.sep, spec)), unheeded)


def _lines(file: Path) -> list[str]:
    return source.read(file, _LIMIT).decode("utf-8", "surrogateescape").replace("\r\n", "\n").split("\n")


def _is_costly(line: str, most: int = _STARS) -> bool:
    # At either end `**` takes no search.
    return len(_STAR.findall(line.strip().removeprefix("**/").removesuffix("/**"))) > most


def _plain(line: str) -> str:
    """Write ``?*?*`` as ``??*`` and ``a**`` as ``a*``, which are the same and take less of a search."""
    parts = (part if part.strip(" !") == "**" else _STARS_IN_ROW.sub("*", part) for part in line.split("/"))
    return _WILDCARDS.sub(lambda found: "?" * found[0].count("?") + "*" * ("*" in found[0]), "/".join(parts))


def repository_rules(folder: str) -> IgnoreRules:
    """The rules of a repository's own ``info/exclude``."""
    return IgnoreRules().with_file(folder, str(exclude_file(Path(folder))))


def exclude_file(top: Path) -> Path:
    """Where a repository's own patterns stand, which need not be there."""
    git = str(top / ".git")
    if disk.is_file(git):
        git = _common_directory(Path(git))
    return Path(git, "info", "exclude")


def has_costly_patterns(file: Path) -> bool:
    """Whether an ignore file holds patterns that take a search among very many ways to fit a name."""
    try:
        return any(_is_costly(_plain(line), _MANY_STARS) for line in _lines(file))
    except FileError:
        return False


def rules_above(folder: Path, top: Path) -> IgnoreRules:
    """The rules in force in ``folder``, without those of its own ignore file.

    A folder that is ignored itself was asked for by name, so nothing from above holds in it.

    Args:
        folder: An absolute path.
        top: The highest folder whose ignore file counts: the repository's, or the project's root.
    """
    rules, ignored = _down_to(folder, top)
    return IgnoreRules() if ignored else rules


def is_ignored(file: Path, top: Path) -> bool:
    """Whether a file, or a folder above it, is ignored.

    Args:
        file: An absolute path.
        top: The highest folder whose ignore file counts.
    """
    return any(_down_to(each, top)[1] for each in (file, *file.parents))


def _down_to(path: Path, top: Path) -> tuple[IgnoreRules, bool]:
    """Return the rules of the folders above a path, and whether they ignore it."""
    if path == top or top not in path.parents:
        return IgnoreRules(), False
    rules = repository_rules(str(top))
    for above in reversed([each for each in path.parents if each == top or top in each.parents]):
        rules = rules.with_file(str(above), str(above / ".gitignore"))
    return rules, rules.ignores(str(path), disk.is_folder(path))


def _common_directory(file: Path) -> str:
    """Where a worktree's or a submodule's ``.git`` file says that the repository is."""
    try:
        git = file.parent / _text(file).removeprefix("gitdir:").strip()
        common = git / "commondir"
        return str(git / _text(common).strip() if disk.exists(common) else git)
    except (FileError, ValueError):
        return str(file)


def _text(file: Path) -> str:
    return source.read(file).decode("utf-8")


def _spec(lines: list[str]) -> GitIgnoreSpec:
    # Imported here because most folders have no ignore file of their own and it is slow to import.
    from pathspec import GitIgnoreSpec

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Python about brackets that git reads otherwise
        try:
            return GitIgnoreSpec.from_lines(lines)
        except _BROKEN:
            return GitIgnoreSpec.from_lines(line for line in lines if _valid(line))


def _valid(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except _BROKEN:
        return False
    return True
