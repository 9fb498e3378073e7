"""The corpora: real files of a folder of repositories, chosen by the hashes of their paths, so always the same ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import islice
from pathlib import Path

from trips import copied, git

ASYNC_SHARE = 0.255
"""How many of the test files have something async."""
ASYNC = b"async def"
FEWEST_LINES = 20
PROJECT = '[project]\nname = "corpus"\nversion = "0"\ndependencies = ["pytest-asyncio"]\n'
COPIED = "four"
"""The folder of a few test files inside a large repository."""


def is_test(path: Path) -> bool:
    """Whether pytest would take a file for one of tests, or it is a conftest.py."""
    return path.suffix == ".py" and (
        path.name.startswith("test_") or path.name.endswith("_test.py") or path.name == "conftest.py"
    )


def shuffled(paths: Iterable[Path], folder: Path) -> list[Path]:
    """Paths below a folder in an order that says nothing, and is the same everywhere."""
    return sorted(paths, key=lambda path: sha256(path.relative_to(folder).as_posix().encode()).digest())


def is_async(path: Path) -> bool:
    """Whether a file has a coroutine function."""
    return ASYNC in path.read_bytes()


def is_long(path: Path) -> bool:
    """Whether a file has enough lines to count."""
    return path.read_bytes().count(b"\n") >= FEWEST_LINES


def mixed(paths: Sequence[Path], files: int) -> list[Path]:
    """The first of them, so that the share of async ones is that of the corpus."""
    wanted = round(files * ASYNC_SHARE)
    long = [(path, is_async(path)) for path in paths if is_long(path)]
    return [
        *islice((path for path, has_async in long if has_async), wanted),
        *islice((path for path, has_async in long if not has_async), files - wanted),
    ]


def repository(folder: Path) -> Path:
    """Make a folder a git repository, if it is none."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / ".git").exists():
        git(folder, "init", "-q")
    return folder


def project(folder: Path) -> Path:
    """Make a folder a repository of a project that has pytest-asyncio."""
    (repository(folder) / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    return folder


def copy_files(paths: Iterable[Path], source: Path, target: Path) -> None:
    """Copy files with their paths relative to a folder."""
    for path in paths:
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def count(folder: Path) -> int:
    """How many Python files there are."""
    return sum(1 for _ in python_files(folder))


def python_files(folder: Path) -> Iterator[Path]:
    """Yield the Python files below a folder."""
    return (path for path in folder.rglob("*.py") if path.is_file() and not path.is_symlink())


@dataclass(frozen=True)
class Repositories:
    """A folder that holds repositories, and a scratch folder for copies of what is in them."""

    folder: Path
    scratch: Path

    @cached_property
    def tests(self) -> list[Path]:
        """All test files, shuffled."""
        return shuffled(filter(is_test, python_files(self.folder)), self.folder)

    @cached_property
    def sizes(self) -> dict[Path, int]:
        """How many Python files each repository has, the largest first."""
        found = {each: count(each) for each in self.folder.iterdir() if each.is_dir()}
        return dict(sorted(found.items(), key=lambda each: (-each[1], each[0].name)))

    def corpus(self, files: int) -> Path:
        """A project of that many test files, or of as many as there are."""
        folder = self.scratch / f"corpus_{files}"
        if not folder.exists():
            copy_files(mixed(self.tests, files), self.folder, folder)
        return project(folder)

    def copy(self, chosen: Path) -> Path:
        """A repository of its own with all that one of them holds."""
        folder = self.scratch / "copies" / chosen.name
        return repository(folder if folder.exists() else copied(chosen, folder))

    def large(self, files: int) -> tuple[Path, Path]:
        """Two projects with the same folder of four test files: one of so many Python files, and one without others."""
        large, alone = self.scratch / "large", self.scratch / "alone"
        first = next(iter(self.sizes))
        self._fill(large, first, files)
        tests = [each for each in self.tests if first in each.parents and each.name != "conftest.py"]
        for path in [path for path in tests if is_async(path) and is_long(path)][:4]:
            for each in (large, alone):
                (each / COPIED).mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, each / COPIED / path.name)
        return project(large), project(alone)

    def _fill(self, large: Path, first: Path, files: int) -> None:
        own = shuffled(python_files(first), self.folder)[:files]
        copy_files(own, first, large)
        others = (path for path in python_files(self.folder) if first not in path.parents)
        copy_files(shuffled(others, self.folder)[: files - len(own)], self.folder, large / "others")

    def async_tests(self, chosen: Path) -> list[Path]:
        """The test files of a repository that have something async."""
        return [path for path in self.tests if chosen in path.parents and is_async(path)]
