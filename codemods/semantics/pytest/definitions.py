"""Looks up what the names that a test file imports from elsewhere in its project stand for."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from codemods.semantics.answers import ClassKind, ImportedName, NoAnswers
from codemods.semantics.file.module import Module
from codemods.semantics.file.scopes import imported
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.project.trees import Trees
from codemods.semantics.pytest.classes import class_type
from codemods.semantics.pytest.decorator_effect import decorator_effect
from codemods.semantics.pytest.marks import class_marks, mark_name

_HOPS = 6


class OnlyDefinitions(NoAnswers):
    """Answers what imported names stand for, and nothing else."""

    def __init__(self, find: Callable[[str], ImportedName | None]) -> None:
        """Take what looks a dotted name up."""
        self._find = find

    def definition(self, dotted: str, /) -> ImportedName | None:
        """Return what a name that the file imports from its project stands for."""
        return self._find(dotted)


class Definitions:
    """Looks names up in the files of a project; each file is parsed once, and only if a name leads there."""

    def __init__(self, root: Path, files: ModuleFiles, trees: Trees) -> None:
        """Take where the modules of the project at ``root`` are, and their trees."""
        self.files = files
        self._root = root
        self._trees = trees
        self._answered: dict[tuple[Path, int], Module] = {}
        self._found: dict[tuple[PurePosixPath, str, int], ImportedName | None] = {}

    def find(self, path: str, dotted: str) -> ImportedName | None:
        """Return what ``dotted``, as the file ``path`` (posix, from the root) imports it, stands for, or None."""
        return self._find(PurePosixPath(path), dotted, _HOPS)

    def _find(self, path: PurePosixPath, dotted: str, hops: int) -> ImportedName | None:
        key = path, dotted, hops
        if key not in self._found:
            self._found[key] = self._look_up(path, dotted, hops)
        return self._found[key]

    def _look_up(self, path: PurePosixPath, dotted: str, hops: int) -> ImportedName | None:
        module_name, _, name = dotted.rpartition(".")
        file = self.files.find(self._root / path, module_name + "." if not module_name.strip(".") else module_name)
        file = None if file is None or self.files.is_installed(file) else file
        module = self._at(file, hops) if file and hops else None
        found = module.scopes.module_names().get(name, []) if module else []
        return self._describe(module, found[0], name, hops) if module and len(found) == 1 else None

    def _at(self, path: Path, hops: int) -> Module | None:
        """Return a file whose own names may be followed one hop less."""
        module = self._trees.module(path)
        if module is not None and (path, hops) not in self._answered:
            own = PurePosixPath(module.path)
            found = OnlyDefinitions(lambda dotted: self._find(own, dotted, hops - 1))
            self._answered[path, hops] = module.answered_by(found)
        return self._answered.get((path, hops))

    def forget(self) -> None:
        """Let go of the trees; what was found stays known."""
        self._answered.clear()

    def _describe(self, module: Module, node: ast.AST, name: str, hops: int) -> ImportedName | None:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            dotted = imported(node, name)
            return self._find(PurePosixPath(module.path), dotted, hops - 1) if dotted else None
        if isinstance(node, ast.ClassDef):
            found = class_type(module, node)
            if found.kind is ClassKind.UNKNOWN:
                return None
            return ImportedName(found.kind, found.base, tuple(mark.name for mark in class_marks(module, node)))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            effects = [decorator_effect(module, node, called) for called in (False, True)]
            return ImportedName(bare=effects[0], called=effects[1]) if any(effects) else None
        mark = mark_name(module, node) if isinstance(node, ast.Name) else None
        return ImportedName(bare=f"mark:{mark}", called=f"mark:{mark}") if mark else None
