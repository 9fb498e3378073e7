"""Which files a run is about, and where the project begins."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from codemods import disk
from codemods.errors import UsageError, did_you_mean
from codemods.git import toplevel
from codemods.source import reason
from codemods.walking import Listings, is_environment, left_out, walk

_ROOT_MARKS = ("pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini", "setup.py")


@dataclass(frozen=True, slots=True)
class Found:
    """A file to work on; or, with an error, a file or folder that couldn't be read."""

    path: Path
    named: bool = False
    error: str | None = None
    note: str | None = None
    """Why something that was met on the way isn't worked on, or not followed, which is no error."""

    @property
    def is_file(self) -> bool:
        """Whether there is a file to work on."""
        return self.error is None and self.note is None


def located(path: Path) -> Path:
    """Return a path as absolute and without links above it; what it names itself may be a link."""
    try:
        return (
            Path(disk.real_path(path.parent), path.name) if path.name not in ("", "..") else Path(disk.real_path(path))
        )
    except (OSError, ValueError, RuntimeError):  # a circle of links, a NUL
        return Path(os.path.abspath(path))


def folder_of(path: Path) -> Path:
    """Return the absolute folder that a path is, or that it lies in; what is a link is what it leads to."""
    absolute = located(path)
    return Path(disk.real_path(absolute)) if disk.is_folder(absolute) else absolute.parent


def is_python(path: str) -> bool:
    """Whether a file that was met on the way, and not named, is Python."""
    return path.endswith(".py")


def discover(
    paths: Sequence[Path], root: Path, wanted: Callable[[str], bool] = is_python, listings: Listings | None = None
) -> list[Found]:
    """The wanted files among and below ``paths``: absolute, sorted, each once.

    A named file is always wanted. Folders are walked as git does: what it ignores is left out. Links to folders aren't
    followed, but for those that are named. A link to a file counts only where its target isn't found anyway and
    lies where it could have been. Environments, caches and version control are never entered.

    Args:
        paths: Files and folders.
        root: The project's root; ignore files above it count only up to the top of its repository.
        wanted: Whether a file, by its absolute path, is looked for.
        listings: What git was asked before in this run.

    Raises:
        UsageError: One of ``paths`` doesn't exist.
    """
    search = _Search(Path(disk.real_path(root)), wanted, listings or Listings())
    for path in paths:
        absolute = located(path)
        if disk.is_folder(absolute):
            search.folder(disk.real_path(absolute))
        elif disk.is_there(absolute):
            search.named(absolute)
        else:
            raise UsageError(_missing(path, absolute))
    search.resolve_links()
    return sorted(search.found.values(), key=lambda found: found.path.parts)


class _Search:
    """What was found so far, by its real path."""

    def __init__(self, root: Path, wanted: Callable[[str], bool], listings: Listings) -> None:
        self.found: dict[str, Found] = {}
        self._root = root
        self._wanted = wanted
        self._listings = listings
        self._tops: list[Path] = []
        self._links: set[str] = set()

    def folder(self, top: str) -> None:
        self._tops.append(Path(top))
        below = walk(top, self._root, self._wanted, self._listings)
        for path in below.files:
            self.found.setdefault(path, Found(Path(path)))
        for path, error in below.errors.items():
            self.found[path] = Found(Path(path), error=error)
        for path, why in below.unheeded.items():
            self.found.setdefault(path, Found(Path(path), note=why))
        self._links.update(below.links)

    def named(self, path: Path) -> None:
        target = Path(disk.real_path(path))
        error = _no_file(path)
        if error is None and target != path and (obstacle := self._obstacle(target)):
            error = f"is a link to {target}, {obstacle}"
        if error is not None:
            self.found[str(path)] = Found(path, named=True, error=error)
        else:
            # What would be found anyway is called by its own name.
            own = target if self._wanted(str(target)) else path
            self.found[str(target)] = Found(own, named=True)

    def resolve_links(self) -> None:
        for link in sorted(self._links):
            target = Path(disk.real_path(link))
            if str(target) in self.found:
                continue
            obstacle = self._obstacle(target) or self._outside(target)
            note = f"left alone: it is a link to {target}, {obstacle}" if obstacle else None
            self.found[link if note else str(target)] = Found(Path(link), note=note)

    def _obstacle(self, target: Path) -> str | None:
        """Return why what a link leads to isn't worked on, or None."""
        if not disk.exists(target):
            return "which isn't there"
        if not disk.is_file(target):
            return "which isn't a regular file"
        if self._root not in target.parents:
            return "which lies outside the project"
        for folder in target.parents:
            if folder == self._root:
                break
            if left_out(folder.name) or is_environment(str(folder)):
                return f"which lies in {folder.name}, where nothing is of the project"
        return "which git ignores" if self._listings.ignores(target, self._root) else None

    def _outside(self, target: Path) -> str | None:
        inside = any(top in target.parents for top in self._tops)
        return None if inside else "which lies outside the named paths"


def _no_file(path: Path) -> str | None:
    """Return why what a path leads to can't be read, or None."""
    try:
        return None if stat.S_ISREG(disk.target_kind(path)) else "can't be read: not a regular file"
    except OSError as error:
        return f"can't be read: {reason(error)}"


def _missing(path: Path, absolute: Path) -> str:
    existing = next(folder for folder in absolute.parents if disk.is_there(folder))
    if not disk.is_folder(existing):
        return f"{path}: no such file or folder: {existing} is a file"
    wrong = absolute.relative_to(existing).parts[0]
    return f"{path}: no such file or folder{did_you_mean(wrong, disk.names(existing))}"


def find_root(paths: Sequence[Path]) -> Path:
    """The folder that the project of ``paths`` begins at, for evidence and for the paths in reports.

    The top of the git repository that holds all of them; else the nearest folder upward with a packaging
    or pytest configuration; else what they share, or the outermost folder with a conftest.py from there up to the
    working directory: what lies beside that is of no project that is known.
    A link to a folder counts as what it leads to; a device or a pipe belongs to no project.

    Raises:
        UsageError: The paths share nothing but the top of the file system.
    """
    folders = [folder_of(path) for path in paths if _is_of_a_project(path)] or [Path.cwd()]
    try:
        shared = Path(os.path.commonpath(folders))
    except ValueError:  # on two drives
        shared = folders[0]
    known = toplevel(shared) or next(_configured(shared), None)
    if known is None and shared == shared.parent and len(set(folders)) > 1:  # all that there is would be evidence
        raise UsageError(f"{paths[0]} and the other paths share no folder: name one project at a time")
    return known or next((each for each in folders_up(shared)[::-1] if disk.is_file(each / "conftest.py")), shared)


def folders_up(folder: Path) -> list[Path]:
    """Return a folder and those above it up to the working directory; itself alone where it isn't below that."""
    above = [folder, *folder.parents]
    cwd = Path.cwd()
    return above[: above.index(cwd) + 1] if cwd in above else [folder]


def beside(root: Path) -> list[Path]:
    """Return the folders above a root that no project is known to begin at: from there files may import, too."""
    return [] if toplevel(root) or next(_configured(root), None) else folders_up(root)[1:]


def _is_of_a_project(path: Path) -> bool:
    if "\0" in str(path):
        return False
    return disk.is_folder(path) or disk.is_file(path) or not disk.exists(path)


def _configured(folder: Path) -> Iterator[Path]:
    for each in (folder, *folder.parents):
        if any(disk.is_file(each / name) for name in _ROOT_MARKS):
            yield each
