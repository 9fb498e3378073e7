"""Which file a dotted name leads to: in the project, whatever its layout, or in the environment of its tests."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

from codemods import disk

_SUFFIXES = (".py", ".pyi")


class ModuleFiles:
    """The modules of a project and of its environment, by name.

    A project's file is ``app.services`` if its path ends so and ``app`` isn't itself inside a package: that covers src
    layouts, namespace packages and several roots. Where two files fit, the one nearer to the importer counts.
    """

    def __init__(self, files: Iterable[Path], environment: Iterable[Path] = ()) -> None:
        """Take the project's Python ``files`` (absolute), and the folders from which installed modules are imported.

        The files are looked through when the first name is asked for.
        """
        self._given = files
        self._environment = tuple(environment)
        self._installed: dict[tuple[str, ...], Path | None] = {}
        self._found: dict[tuple[Path, str], Path | None] = {}
        self._below_folder: dict[Path, list[Path]] = {}
        self._shown: dict[tuple[Path, Path], str] = {}

    @cached_property
    def _files(self) -> frozenset[Path]:
        return frozenset(path for path in self._given if path.suffix == ".py")

    @cached_property
    def _packages(self) -> frozenset[Path]:
        return frozenset(path.parent for path in self._files if path.name == "__init__.py")

    @cached_property
    def _by_name(self) -> Mapping[str, list[Path]]:
        found: defaultdict[str, list[Path]] = defaultdict(list)
        for path in self._files:
            found[path.parent.name if path.name == "__init__.py" else path.stem].append(path)
        return found

    def find(self, importer: Path, dotted: str) -> Path | None:
        """Return the file of a module; leading dots count from the folder of ``importer``."""
        key = importer, dotted
        if key not in self._found:
            self._found[key] = self._find(importer, dotted)
        return self._found[key]

    def _find(self, importer: Path, dotted: str) -> Path | None:
        name = dotted.lstrip(".")
        parts = tuple(filter(None, name.split(".")))
        if level := len(dotted) - len(name):
            return self._below(importer.parents[level - 1], parts) if level <= len(importer.parents) else None
        return (self._in_project(importer, parts) or self._in_environment(parts)) if parts else None

    def below(self, folder: Path) -> list[Path]:
        """Return the project's files below a folder."""
        if folder not in self._below_folder:
            self._below_folder[folder] = sorted(each for each in self._files if each.is_relative_to(folder))
        return self._below_folder[folder]

    def shown(self, path: Path, root: Path) -> str:
        """Return a path as evidence names it: from the root of the project, or from the folder it is installed in."""
        if (path, root) not in self._shown:
            self._shown[path, root] = self._named_from(path, root)
        return self._shown[path, root]

    def _named_from(self, path: Path, root: Path) -> str:
        for folder in (root, *self._environment):
            if path.is_relative_to(folder):
                return path.relative_to(folder).as_posix()
        return path.name

    def is_installed(self, path: Path) -> bool:
        """Return whether a file isn't the project's own."""
        return path not in self._files

    def _below(self, folder: Path, parts: tuple[str, ...]) -> Path | None:
        base = folder.joinpath(*parts)
        for each in (base / "__init__.py", base.with_suffix(".py") if parts else base / "__init__.py"):
            if each in self._files or (
                base not in self._packages and self._is_below_environment(each) and disk.is_file(each)
            ):
                return each
        return None

    def _is_below_environment(self, path: Path) -> bool:
        return any(path.is_relative_to(each) for each in self._environment)

    def _in_project(self, importer: Path, parts: tuple[str, ...]) -> Path | None:
        found = [each for each in self._by_name.get(parts[-1], ()) if self._is_named(each, parts, importer)]
        if len(found) < 2:
            return found[0] if found else None
        shared = [len(os.path.commonpath((each, importer))) for each in found]
        nearest = [each for each, size in zip(found, shared, strict=True) if size == max(shared)]
        return nearest[0] if len(nearest) == 1 else None

    def _is_named(self, path: Path, parts: tuple[str, ...], importer: Path) -> bool:
        module = path.parent if path.name == "__init__.py" else path.with_suffix("")
        if module.parts[-len(parts) :] != parts:
            return False
        root = module.parents[len(parts) - 1]
        # A script of another folder, such as examples/queue.py, doesn't hide the standard library.
        return root not in self._packages and (parts[0] not in sys.stdlib_module_names or importer.is_relative_to(root))

    def _in_environment(self, parts: tuple[str, ...]) -> Path | None:
        if parts not in self._installed:
            bases = [folder.joinpath(*parts) for folder in self._environment]
            ends = (str(Path("__init__.py")), str(Path("__init__.pyi")))
            named = (
                each for base in bases for each in (*(base / end for end in ends), *map(base.with_suffix, _SUFFIXES))
            )
            self._installed[parts] = next((each for each in named if disk.is_file(each)), None)
        return self._installed[parts]
