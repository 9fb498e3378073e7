"""What git ignores, decided for one entry at a time while folders are walked from the top."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codemods import source
from codemods.errors import FileError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The ignore files that are in force in a folder, outermost first.

    They are asked about one entry of the folder, never about what lies below an ignored folder: git
    doesn't look there, so nothing in it can be taken back by a ``!pattern``.
    """

    layers: tuple[tuple[str, GitIgnoreSpec], ...] = ()

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
            spec = _spec(source.read(Path(file)).decode("utf-8", "surrogateescape").replace("\r\n", "\n").split("\n"))
        except FileError:
            return self
        return IgnoreRules((*self.layers, (base.rstrip(os.sep) + os.sep, spec)))


def repository_rules(folder: str) -> IgnoreRules:
    """The rules of a repository's own ``info/exclude``."""
    git = os.path.join(folder, ".git")
    if os.path.isfile(git):
        git = _common_directory(Path(git))
    return IgnoreRules().with_file(folder, os.path.join(git, "info", "exclude"))


def rules_above(folder: Path, top: Path) -> IgnoreRules:
    """The rules in force in ``folder``, without those of its own ignore file.

    A folder that is ignored itself was asked for by name, so nothing from above holds in it.

    Args:
        folder: An absolute path.
        top: The highest folder whose ignore file counts: the repository's, or the project's root.
    """
    if folder == top or top not in folder.parents:
        return IgnoreRules()
    rules = repository_rules(str(top))
    for above in reversed([each for each in folder.parents if each == top or top in each.parents]):
        rules = rules.with_file(str(above), str(above / ".gitignore"))
    return IgnoreRules() if rules.ignores(str(folder), True) else rules


def _common_directory(file: Path) -> str:
    """Where a worktree's or a submodule's ``.git`` file says that the repository is."""
    try:
        git = file.parent / _text(file).removeprefix("gitdir:").strip()
        common = git / "commondir"
        return str(git / _text(common).strip() if common.exists() else git)
    except (FileError, ValueError):
        return str(file)


def _text(file: Path) -> str:
    return source.read(file).decode("utf-8")


def _spec(lines: Iterable[str]) -> GitIgnoreSpec:
    # Imported here because most folders have no ignore file of their own and it is slow to import.
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError:
        return GitIgnoreSpec.from_lines(line for line in lines if _valid(line))


def _valid(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True
