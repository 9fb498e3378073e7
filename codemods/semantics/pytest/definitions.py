"""Looks up what the names that a test file imports from other files of its project stand for."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from pathlib import Path

from codemods.semantics.answers import ClassKind, ImportedName, NoAnswers
from codemods.semantics.file.module import Module
from codemods.semantics.project.files import ModuleFiles
from codemods.semantics.project.names import NameResolver
from codemods.semantics.project.trees import Trees
from codemods.semantics.pytest.classes import class_type
from codemods.semantics.pytest.decorator_effect import decorator_effect
from codemods.semantics.pytest.marks import Level, class_marks, entries, is_list, mark_name

_HOPS = 6
"""How many descriptions are followed that rest on each other."""


class OnlyDefinitions(NoAnswers):
    """Answers what imported names stand for, and nothing else."""

    def __init__(self, find: Callable[[str], ImportedName | None]) -> None:
        """Take what looks a dotted name up."""
        self._find = find

    def definition(self, dotted: str, /) -> ImportedName | None:
        """Return what a name that the file imports from its project stands for."""
        return self._find(dotted)


class Definitions:
    """Describes what names mean in the files of a project; each file is parsed once, and only if a name leads there."""

    def __init__(self, root: Path, files: ModuleFiles, trees: Trees) -> None:
        """Take where the modules of the project at ``root`` are, and their trees."""
        self._root = root
        self._trees = trees
        self._names = NameResolver(partial(_located, root, files), lambda path: trees.module(root / path))
        self._answered: dict[tuple[str, int], Module] = {}
        self._found: dict[tuple[str, str, int], ImportedName | None] = {}

    def find(self, path: str, dotted: str, hops: int = _HOPS) -> ImportedName | None:
        """Return what ``dotted``, as the file ``path`` (posix, from the root) imports it, stands for, or None."""
        key = path, dotted, hops
        if key not in self._found:
            there = self._names.defined(path, dotted) if hops else None
            module = self._at(there[0], hops) if there is not None else None
            found = _described(module, there[1]) if module is not None and there is not None else None
            self._found[key] = found
        return self._found[key]

    def _at(self, path: str, hops: int) -> Module | None:
        """Return a file that may ask what its own names stand for one time less."""
        module = self._trees.module(self._root / path)
        if module is not None and (path, hops) not in self._answered:
            found = OnlyDefinitions(lambda dotted: self.find(path, dotted, hops - 1))
            self._answered[path, hops] = module.answered_by(found)
        return self._answered.get((path, hops))

    def forget(self) -> None:
        """Let go of the trees; what was found stays known."""
        for each in self._answered.values():
            each.memo.clear()
        self._answered.clear()
        self._names.forget()


def _located(root: Path, files: ModuleFiles, importer: str, dotted: str) -> str | None:
    """Return the project's file of a module."""
    file = files.find(root / importer, dotted)
    return None if file is None or files.is_installed(file) else files.shown(file, root)


def _described(module: Module, node: ast.AST) -> ImportedName | None:
    if isinstance(node, ast.ClassDef):
        found = class_type(module, node)
        if found.kind is ClassKind.UNKNOWN:
            return None
        return ImportedName(found.kind, found.base, tuple(mark.name for mark in class_marks(module, node)))
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        effects = [decorator_effect(module, node, called) for called in (False, True)]
        return ImportedName(bare=effects[0], called=effects[1]) if any(effects) else None
    if not isinstance(node, ast.Name):
        return None
    if (mark := mark_name(module, node)) is not None:
        return ImportedName(bare=f"mark:{mark}", called=f"mark:{mark}")
    parent = module.parents.get(node)
    if not isinstance(parent, ast.Assign) or not is_list(module, parent.value):
        return None
    return ImportedName(marks=tuple(each.name for each in entries(module, parent.value, Level.MODULE, module.tree)))
