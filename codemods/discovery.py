"""Which files a run is about, and where the project begins."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from codemods.errors import UsageError
from codemods.git import toplevel
from codemods.ignore import IgnoreRules, repository_rules, rules_above
from codemods.source import reason
from codemods.suggest import did_you_mean

NEVER_ENTERED = frozenset(
    (".git", ".hg", ".svn", ".venv", ".tox", ".nox", ".eggs", "node_modules", "site-packages", "__pycache__")
) | {".mypy_cache", ".ruff_cache", ".pytest_cache"}
"""Names of folders that hold no source of the project."""

ENVIRONMENT_MARKS = frozenset(("pyvenv.cfg", "conda-meta"))
_ROOT_MARKS = ("pyproject.toml", "setup.cfg", "tox.ini", "pytest.ini", "setup.py")


@dataclass(frozen=True, slots=True)
class Found:
    """A file to work on, or a folder that couldn't be read and why."""

    path: Path
    named: bool = False
    error: str | None = None


def folder_of(path: Path) -> Path:
    """Return the absolute folder that a path is, or that it lies in."""
    absolute = path.absolute()
    return absolute if absolute.is_dir() else absolute.parent


def is_python(path: str) -> bool:
    """Whether a file that was met on the way, and not named, is Python."""
    return path.endswith(".py")


def discover(paths: Sequence[Path], root: Path, wanted: Callable[[str], bool] = is_python) -> list[Found]:
    """The wanted files among and below ``paths``: absolute, sorted, each once.

    A named file is always wanted. Folders are walked as git does: ``.gitignore`` and ``info/exclude`` hold,
    links to folders aren't followed, and a link to a file counts only where its target isn't found anyway
    and lies below ``root``. Environments, caches and version control are never entered.

    Args:
        paths: Files and folders.
        root: The project's root; ignore files above it count only up to the top of its repository.
        wanted: Whether a file, by its absolute path, is looked for.

    Raises:
        UsageError: One of ``paths`` doesn't exist.
    """
    walk = _Walk(wanted)
    for path in paths:
        absolute = Path(os.path.abspath(path))
        if absolute.is_dir():
            walk.top(absolute, rules_above(absolute, toplevel(absolute) or root))
        elif absolute.exists():
            walk.found[os.path.realpath(absolute)] = Found(absolute, named=True)
        else:
            raise UsageError(_missing(path, absolute))
    walk.resolve_links(os.path.realpath(root))
    return sorted(walk.found.values(), key=lambda found: found.path.parts)


class _Walk:
    """What was found so far, by its real path."""

    def __init__(self, wanted: Callable[[str], bool]) -> None:
        self.wanted = wanted
        self.found: dict[str, Found] = {}
        self.links: list[str] = []
        self._top = self._real_top = ""

    def top(self, path: Path, rules: IgnoreRules) -> None:
        self._top, self._real_top = str(path), os.path.realpath(path)
        self.folder(self._top, rules)

    def folder(self, folder: str, rules: IgnoreRules) -> None:
        try:
            entries = list(os.scandir(folder))
        except OSError as error:
            self.found[folder] = Found(Path(folder), error=f"can't be read: {reason(error)}")
            return
        names = {entry.name for entry in entries}
        if folder != self._top and names & ENVIRONMENT_MARKS:
            return
        if ".git" in names:
            rules = repository_rules(folder)
        if ".gitignore" in names:
            rules = rules.with_file(folder, os.path.join(folder, ".gitignore"))
        for entry in entries:
            self.entry(entry, rules)

    def entry(self, entry: os.DirEntry[str], rules: IgnoreRules) -> None:
        path = entry.path
        if entry.is_dir(follow_symlinks=False):
            left_out = entry.name in NEVER_ENTERED or entry.name.endswith(".egg-info")
            if not left_out and not rules.ignores(path, True):
                self.folder(path, rules)
        elif self.wanted(path) and entry.is_file() and not rules.ignores(path, False):
            if entry.is_symlink():
                self.links.append(path)
            else:
                # No link was followed below the top, so this is the real path, and for nothing.
                self.found.setdefault(self._real_top + path[len(self._top) :], Found(Path(path)))

    def resolve_links(self, root: str) -> None:
        for link in sorted(self.links):
            target = os.path.realpath(link)
            if target.startswith(root.rstrip(os.sep) + os.sep):
                self.found.setdefault(target, Found(Path(link)))


def _missing(path: Path, absolute: Path) -> str:
    existing = next(folder for folder in absolute.parents if folder.is_dir())
    wrong = absolute.relative_to(existing).parts[0]
    try:
        known = sorted(os.listdir(existing))
    except OSError:
        known = []
    return f"{path}: no such file or folder{did_you_mean(wrong, known)}"


def find_root(paths: Sequence[Path]) -> Path:
    """The folder that the project of ``paths`` begins at, for evidence and for the paths in reports.

    The top of the git repository that holds all of them; else the nearest folder upward with a packaging
    or pytest configuration; else the working directory, if they are all below it; else what they share.
    """
    cwd = Path.cwd()
    folders = [_folder(Path(os.path.abspath(path))) for path in paths] or [cwd]
    try:
        shared = Path(os.path.commonpath(folders))
    except ValueError:  # on two drives
        shared = folders[0]
    configured = next(_configured(shared), None)
    return toplevel(shared) or configured or (cwd if cwd in shared.parents else shared)


def _folder(path: Path) -> Path:
    return path.parent if path.is_file() else path


def _configured(folder: Path) -> Iterator[Path]:
    for each in (folder, *folder.parents):
        if any((each / name).is_file() for name in _ROOT_MARKS):
            yield each
